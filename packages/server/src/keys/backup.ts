// Room keys of an account, sealed by its devices, so that a new one reads everything. The server counts them and gives
// them back; it cannot tell one from another.
import type { ConversationId, RouteResult } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { BackupRow } from '../directory/keys.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import type { KeysContext } from './parts.ts';

type Item = RouteResult<'listBackup'>['items'][number];

export function createBackup({ directory }: KeysContext) {
  const { backup } = directory;
  return {
    uploadBackup: async (call) => {
      const { account } = callerOf(call);
      const rows = call.body.items.map(toRow);
      const put = await backup.put(account, rows, wire.maxBackupSessions);
      if (put !== 'done') return refuse(put === 'full' ? 'keys.too_many' : 'auth.required');
      return ok({ count: await backup.count(account) });
    },
    listBackup: async (call) => {
      const { limit = wire.defaultPageItems, cursor } = call.query;
      if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) return refuse('frame.invalid', { path: '/cursor' });
      const before = cursor === undefined ? null : Number(cursor);
      const rows = await backup.page(callerOf(call).account, before, limit);
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) return ok({ items: rows.map(toItem), has_more: false });
      return ok({ items: rows.map(toItem), next_cursor: String(last.n), has_more: true });
    },
    findBackup: async (call) =>
      ok({ items: (await backup.get(callerOf(call).account, call.body.sessions)).map(toItem) }),
    deleteBackup: async (call) => {
      const { account } = callerOf(call);
      const { below, sessions } = call.body;
      if (below !== undefined) await backup.dropBelow(account, below);
      if (sessions !== undefined) await backup.drop(account, sessions);
      return ok({});
    },
  } satisfies Partial<Handlers>;
}

function toRow({ epoch, conversation_id, session_id, first_index, value }: Item): BackupRow {
  return {
    epoch,
    conversation: conversation_id as ConversationId,
    session: session_id,
    firstIndex: first_index,
    value,
  };
}

function toItem({ epoch, conversation, session, firstIndex, value }: BackupRow): Item {
  return { epoch, conversation_id: conversation, session_id: session, first_index: firstIndex, value };
}

// The present settings of an account, by key: what a new device begins with. A page is bounded in items, in bytes and
// in rows looked at; removed settings stand in no page.
import { type ErrorCode, type RouteResult, limits as wire } from '@parley/protocol';
import type { Call } from '../kernel/handlers.ts';
import { listedRowsPage, maxListedRows } from '../kernel/limits.ts';
import { ok, type Result } from '../kernel/result.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { stateOf } from './access.ts';
import { asNewAs } from './behind.ts';
import { type ConversationContext, callerOf } from './context.ts';

type SettingsPage = RouteResult<'listSettings'>;

/** Room for what stands around the items. */
const headroomBytes = 1024;

/** The route. */
export async function listSettings(
  context: Pick<ConversationContext, 'rows' | 'clock' | 'here'>,
  call: Call<'listSettings'>,
): Promise<Result<SettingsPage, ErrorCode>> {
  const { limit = wire.defaultPageItems, cursor, at_least: seq = 0 } = call.query;
  const { rows } = context;
  const log = accountLog(callerOf(call).account);
  await asNewAs(context, seq, async () => (await stateOf(rows, log))?.seq ?? 0);
  const items: SettingsPage['items'] = [];
  let room = wire.maxPageBytes - headroomBytes;
  let after = cursor;
  for (let read = 0; read < maxListedRows; read += listedRowsPage) {
    const bounds = after === undefined ? {} : { after: [after] };
    const found = await rows.list('settings', { prefix: [callerOf(call).account], limit: listedRowsPage, ...bounds });
    for (const { key, value, seq } of found) {
      if (value !== '') {
        room -= Buffer.byteLength(JSON.stringify({ key, value, seq })) + 1;
        if (items.length === limit || (room < 0 && items.length > 0)) return ok(closed(items, after));
        items.push({ key, value, seq });
      }
      after = key;
    }
    if (found.length < listedRowsPage) return ok(closed(items));
  }
  return ok(closed(items, after));
}

/** With a place to go on from there is more. */
function closed(items: SettingsPage['items'], after?: string): SettingsPage {
  return after === undefined ? { items, has_more: false } : { items, next_cursor: after, has_more: true };
}

// Rooms over REST: the open ones of this server, and coming into one. An open room is everybody's to see; any other is
// told the same as one that does not exist.
import { type AccountId, type ConversationId, type RouteResult, limits as wire } from '@parley/protocol';
import type { Handlers } from '../kernel/handlers.ts';
import { listedRowsPage, maxListedRows } from '../kernel/limits.ts';
import { ok, refuse } from '../kernel/result.ts';
import { visibleTo } from '../sequencer/pending-state.ts';
import { type FactRow, openRoomPrefix } from '../store/store.ts';
import { standingOf, stateOf } from './access.ts';
import { type ConversationContext, callerOf, once } from './context.ts';
import { hasRoom } from './memberships.ts';
import { denied } from './parts.ts';

type Listed = RouteResult<'listRooms'>['items'][number];

/** The routes of rooms. */
export function createRoomRoutes(context: ConversationContext): Handlers<'listRooms' | 'joinRoom'> {
  const { rows } = context;
  return {
    async listRooms(call) {
      const { account } = callerOf(call);
      const { limit = wire.defaultPageItems, cursor = '' } = call.query;
      const items: Listed[] = [];
      let after = openRoomPrefix + cursor;
      for (let read = 0; read < maxListedRows; read += listedRowsPage) {
        const range = { prefix: [], after: [after], before: [`${openRoomPrefix}~`], limit: listedRowsPage };
        const facts = await rows.list('facts', range);
        for (const fact of facts) {
          const item = await listed(fact, account);
          if (item !== null && items.length === limit)
            return ok({ items, next_cursor: after.slice(openRoomPrefix.length), has_more: true });
          after = fact.name;
          if (item !== null) items.push(item);
        }
        if (facts.length < listedRowsPage) return ok({ items, has_more: false });
      }
      return ok({ items, next_cursor: after.slice(openRoomPrefix.length), has_more: true });
    },

    async joinRoom(call) {
      const { account } = callerOf(call);
      const { conversation_id: conversation } = call.params;
      const joined = await once(context, { call, conversation, purpose: ['joinRoom', conversation] }, (act) =>
        context.turns.run(account, async () => {
          const standing = await standingOf(rows, conversation, account);
          if (standing !== null && standing.role !== null && standing.state.kind === 'room')
            return ok(standing.joinedSeq);
          const state = standing?.state ?? (await stateOf(rows, conversation));
          const isInvited = state !== undefined && visibleTo(state, account, context.clock.now())?.state === 'invited';
          if (state?.kind !== 'room' || (state.access !== 'open' && !isInvited)) return refuse(denied);
          if (!(await hasRoom(rows, account))) return refuse('conversation.too_many');
          return context.appender.change(act, { action: 'join', inviteHash: '' });
        }),
      );
      // Another node was asked at the same time.
      if (!joined.ok && joined.code !== 'members.conflict') return joined;
      return context.view(account, conversation);
    },
  };

  /** Null: it is not open any more, or nobody is in it. */
  async function listed(fact: FactRow, account: AccountId): Promise<Listed | null> {
    if (fact.value === '') return null;
    const conversation = fact.name.slice(openRoomPrefix.length) as ConversationId;
    const [state, membership] = await Promise.all([
      stateOf(rows, conversation),
      rows.get('memberships', [account, conversation]),
    ]);
    if (state === undefined || state.access !== 'open' || state.memberCount === 0) return null;
    return {
      conversation_id: conversation,
      title: state.title,
      ...(state.topic === '' ? {} : { topic: state.topic }),
      member_count: state.memberCount,
      member: membership !== undefined && !membership.left,
    };
  }
}

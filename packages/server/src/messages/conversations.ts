// Conversations over REST: the own ones by activity, one of them, its settings, accepting a request, clearing. What an
// account was never in is told the same as what does not exist.
import {
  type AccountId,
  type Conversation,
  type ConversationId,
  clearKey,
  type ErrorCode,
  limits as wire,
} from '@parley/protocol';
import type { Call, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { visibleTo } from '../sequencer/pending-state.ts';
import type { ConversationRow } from '../store/store.ts';
import { headFor, standingOf, stateOf } from './access.ts';
import { type ConversationContext, callerOf, leadingAt, once, presentAt } from './context.ts';
import { pendingStates, presentIn, statesOf } from './memberships.ts';
import { denied } from './parts.ts';
import { acceptInvitation } from './pending.ts';

type Routes = Handlers<
  'listConversations' | 'getConversation' | 'updateConversation' | 'acceptConversation' | 'clearConversation'
>;

/** The routes of conversations that exist. */
export function createConversationsRoutes(context: ConversationContext): Routes {
  const { rows, appender, settings, turns, view, clock } = context;
  return {
    async listConversations(call) {
      const { account } = callerOf(call);
      const { limit = wire.defaultPageItems, cursor } = call.query;
      const after = cursor === undefined ? null : placeOf(cursor);
      if (after === undefined) return refuse('frame.invalid', { path: '/cursor' });
      const places = [...(await ownPlaces(account)), ...(await pendingPlaces(account))]
        .filter((place) => after === null || byActivity(after, place) < 0)
        .sort(byActivity);
      const shown = places.slice(0, limit);
      const items = await viewsOf(account, shown);
      const last = shown.at(-1);
      if (last === undefined || places.length === shown.length) return ok({ items, has_more: false });
      return ok({ items, next_cursor: `${last.time}.${last.conversation}`, has_more: true });
    },

    getConversation: (call) => view(callerOf(call).account, call.params.conversation_id),

    async updateConversation(call) {
      const { conversation_id: conversation } = call.params;
      const { account } = callerOf(call);
      const purpose = ['updateConversation', conversation];
      const updated = await once(context, { call, conversation, purpose }, async (act) => {
        const standing = await leadingAt(context, conversation, act.sender);
        if (!standing.ok) return standing;
        const { state } = standing.value;
        const changes = Object.entries(call.body).filter(
          ([name, value]) => state[name as keyof typeof call.body] !== value,
        );
        if (changes.length === 0) return ok(state.seq);
        return appender.change(act, { action: 'settings', ...Object.fromEntries(changes) });
      });
      return updated.ok ? view(account, conversation) : updated;
    },

    async acceptConversation(call) {
      const { conversation_id: conversation } = call.params;
      const { account } = callerOf(call);
      const standing = await presentAt(context, conversation, account);
      if (!standing.ok) return comeIn(call);
      const { state } = standing.value;
      if (state.kind !== 'direct' || state.accepted) return view(account, conversation);
      if (state.requestedBy === account) return refuse(denied);
      const accepted = await once(context, { call, conversation, purpose: ['acceptConversation'] }, (act) =>
        appender.change(act, { action: 'accept' }),
      );
      return accepted.ok ? view(account, conversation) : accepted;
    },

    async clearConversation(call) {
      const { conversation_id: cleared } = call.params;
      const { account } = callerOf(call);
      const standing = await standingOf(rows, cleared, account);
      if (standing === null || standing.state.kind === 'account') return refuse(denied);
      const seq = Math.min(call.body.seq, headFor(standing));
      const conversation = accountLog(account);
      const purpose = ['clearConversation', cleared, String(seq)];
      const done = await once(context, { call, conversation, purpose }, (act) =>
        turns.run(account, async () => {
          if ((await settings.clearedUpTo(account, cleared)) >= seq) return ok(0);
          const setting = { key: clearKey(cleared), value: String(seq) };
          const log = await stateOf(rows, conversation);
          if (!(await settings.hasRoom(account, setting, log?.seq ?? 0))) return refuse('setting.too_many');
          return appender.setting(act, setting.key, setting.value);
        }),
      );
      return done.ok ? ok({}) : done;
    },
  };

  /** An invitation is accepted by coming in. */
  async function comeIn(call: Call<'acceptConversation'>): Promise<Result<Conversation, ErrorCode>> {
    const { conversation_id: conversation } = call.params;
    const { account } = callerOf(call);
    const joined = await once(context, { call, conversation, purpose: ['acceptInvitation'] }, (act) =>
      turns.run(account, () => acceptInvitation(context, act)),
    );
    // Another device of the account was quicker.
    return joined.ok || joined.code === 'members.conflict' ? view(account, conversation) : joined;
  }

  async function ownPlaces(account: AccountId): Promise<readonly Place[]> {
    return (await statesOf(rows, await presentIn(rows, account))).filter((state) => state.kind !== 'account');
  }

  /** What is pending stands where it was asked, whatever is said there. */
  async function pendingPlaces(account: AccountId): Promise<readonly Place[]> {
    const now = clock.now();
    const states = await pendingStates(rows, account, now);
    return states.map((state) => ({
      conversation: state.conversation,
      time: visibleTo(state, account, now)?.at ?? 0,
    }));
  }

  async function viewsOf(account: AccountId, states: readonly Place[]): Promise<Conversation[]> {
    const views = await Promise.all(states.map(({ conversation }) => view(account, conversation)));
    return views.flatMap((each: Result<Conversation, ErrorCode>) => (each.ok ? [each.value] : []));
  }
}

type Place = Pick<ConversationRow, 'time' | 'conversation'>;

/** Below 0 when `a` had its newest record later. */
function byActivity(a: Place, b: Place): number {
  return b.time - a.time || (a.conversation < b.conversation ? -1 : a.conversation > b.conversation ? 1 : 0);
}

function placeOf(cursor: string): Place | undefined {
  const found = /^(\d{1,16})\.(c_[A-Za-z0-9_-]{22})$/.exec(cursor);
  return found === null ? undefined : { time: Number(found[1]), conversation: found[2] as ConversationId };
}

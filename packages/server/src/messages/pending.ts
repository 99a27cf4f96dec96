// Invitations and wishes to be let in over REST: administrators see who is pending and end it, the one concerned says
// yes or no. A refusal writes nothing, and who is not pending is told what somebody is told who was never in it.
import type { ErrorCode } from '@parley/protocol';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { isPending, pendingOf, visibleTo } from '../sequencer/pending-state.ts';
import { stateOf } from './access.ts';
import type { Act } from './append.ts';
import { type ConversationContext, callerOf, changingAt, leadingAt, mustSign, once } from './context.ts';
import { hasRoom } from './memberships.ts';
import { denied } from './parts.ts';
import { shownPending } from './pending-view.ts';

type Routes = Handlers<'listPending' | 'removePending' | 'declineConversation'>;

/** The routes of who is pending. */
export function createPendingRoutes(context: ConversationContext): Routes {
  const { appender, clock, rows } = context;
  return {
    async listPending(call) {
      const standing = await leadingAt(context, call.params.conversation_id, callerOf(call).account);
      if (!standing.ok) return standing;
      const open = standing.value.state.pending.filter((each) => isPending(each, clock.now()));
      return ok({ items: open.map(shownPending), has_more: false });
    },

    async removePending(call) {
      const { conversation_id: conversation, account: subject } = call.params;
      const purpose = ['removePending', conversation, subject];
      const ended = await once(context, { call, conversation, purpose }, async (act) => {
        const standing = await changingAt(context, conversation, act.sender);
        if (!standing.ok) return standing;
        const found = pendingOf(standing.value.state, subject, clock.now());
        if (found === undefined) return refuse('members.conflict');
        return appender.change(act, { action: found.state === 'waiting' ? 'refuse' : 'withdraw', subject });
      });
      return ended.ok ? ok({}) : ended;
    },

    async declineConversation(call) {
      const { conversation_id: conversation } = call.params;
      const purpose = ['declineConversation', conversation];
      const declined = await once(context, { call, conversation, purpose }, async (act) => {
        const state = await stateOf(rows, conversation);
        const found = state && visibleTo(state, act.sender, clock.now());
        return found === undefined ? refuse(denied) : appender.change(act, { action: 'decline' });
      });
      return declined.ok ? ok({}) : declined;
    },
  };
}

/** Comes in where the account is invited. The caller has taken its turn. */
export async function acceptInvitation(context: ConversationContext, act: Act): Promise<Result<number, ErrorCode>> {
  const { rows, clock, appender } = context;
  const state = await stateOf(rows, act.conversation);
  if (state === undefined || visibleTo(state, act.sender, clock.now())?.state !== 'invited') return refuse(denied);
  if (await mustSign(context, state, act.sender)) return refuse('members.unsigned');
  if (!(await hasRoom(rows, act.sender))) return refuse('conversation.too_many');
  return appender.change(act, { action: 'join', inviteHash: '' });
}

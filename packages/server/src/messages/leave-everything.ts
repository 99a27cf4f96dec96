// Somebody goes: every group and room is left, and every invitation declined, by a record of its own for each, whose id derives from the intent.
// It promises that nothing is left out, however long the list and wherever it broke off before.
import type { AccountId, ConversationId, ErrorCode, MessageId } from '@parley/protocol';
import type { IntentRow } from '../directory/directory.ts';
import { leavesAtOnce } from '../kernel/limits.ts';
import { ok, type Result } from '../kernel/result.ts';
import { derivedRecord } from '../sequencer/conversation-ids.ts';
import { visibleTo } from '../sequencer/pending-state.ts';
import { standingOf } from './access.ts';
import type { ConversationContext } from './context.ts';
import { pendingStates, presentPages, statesOf } from './memberships.ts';

/** Who goes, and the intent that says so. */
export interface Leaving {
  readonly account: AccountId;
  readonly intent: IntentRow;
}

/** Leaves until nothing is left: the account may have come in somewhere meanwhile. */
export async function leaveEverything(
  context: ConversationContext,
  leaving: Leaving,
): Promise<Result<null, ErrorCode>> {
  for (;;) {
    const done = await leaveOnce(context, leaving);
    if (!done.ok) return done;
    if (done.value === 0) return ok(null);
  }
}

/** The id of a record that is made for an intent. */
export function recordOf({ intent, createdAt }: IntentRow, purpose: readonly string[]): MessageId {
  return derivedRecord(createdAt, [intent, ...purpose]);
}

/** Resolves to how many stays it ended. */
async function leaveOnce(context: ConversationContext, leaving: Leaving): Promise<Result<number, ErrorCode>> {
  const { rows } = context;
  let count = await declineAll(context, leaving);
  for await (const present of presentPages(rows, leaving.account)) {
    const states = await statesOf(rows, present);
    const left = states.filter(({ kind }) => kind === 'group' || kind === 'room');
    for (let at = 0; at < left.length; at += leavesAtOnce) {
      const some = left.slice(at, at + leavesAtOnce);
      const done = await Promise.all(some.map(({ conversation }) => leave(context, leaving, conversation)));
      for (const each of done) {
        if (!each.ok) return each;
        count += each.value;
      }
    }
  }
  return ok(count);
}

/** Invitations are declined, and nothing is waited for any more. Resolves to how many that were. */
async function declineAll({ rows, appender, clock }: ConversationContext, leaving: Leaving): Promise<number> {
  const { account: sender, intent } = leaving;
  let count = 0;
  for (const state of await pendingStates(rows, sender, clock.now())) {
    const { conversation } = state;
    const { seq = 0 } = visibleTo(state, sender, clock.now()) ?? {};
    const id = recordOf(intent, ['decline', conversation, String(seq)]);
    const declined = await appender.change({ conversation, sender, device: null, id }, { action: 'decline' });
    if (declined.ok) count++;
  }
  return count;
}

/** 1, or 0 for who was removed meanwhile. */
async function leave(
  { rows, appender }: ConversationContext,
  { account: sender, intent }: Leaving,
  conversation: ConversationId,
): Promise<Result<number, ErrorCode>> {
  const standing = await standingOf(rows, conversation, sender);
  if (standing === null || standing.role === null) return ok(0);
  const id = recordOf(intent, ['leave', conversation, String(standing.joinedSeq)]);
  const left = await appender.change({ conversation, sender, device: null, id }, { action: 'leave' });
  if (!left.ok && left.code === 'conversation.denied') return ok(0);
  return left.ok ? ok(1) : left;
}

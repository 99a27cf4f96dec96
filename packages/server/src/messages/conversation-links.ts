// Links into a group or room. A secret is the conversation's id and 256 random bits; the conversation keeps its hash
// only. It must never tell a made-up secret from one that has ended, nor spend a use on somebody who is in.
import { type AccountId, type ConversationId, type ErrorCode, encodeBase64url } from '@parley/protocol';
import { secretHash } from '../accounts/tokens.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { isOpenLink, visibleTo } from '../sequencer/pending-state.ts';
import type { ConversationRow, InviteState } from '../store/store.ts';
import { standingOf, stateOf } from './access.ts';
import { type ConversationContext, mustSign } from './context.ts';
import { hasPendingRoom, hasRoom } from './memberships.ts';

/** The secret of a new link. */
export function mintSecret(conversation: ConversationId, random: Random): string {
  return `${conversation}.${encodeBase64url(random.bytes(32))}`;
}

const shape = /^(c_[A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/;

interface Found {
  readonly state: ConversationRow;
  readonly invite: InviteState;
  readonly hash: string;
}

/** Where a secret leads to, as far as it is good now. */
export async function linkOf({ rows, clock }: ConversationContext, secret: string): Promise<Found | null> {
  const conversation = shape.exec(secret)?.[1] as ConversationId | undefined;
  const state = conversation && (await stateOf(rows, conversation));
  const hash = secretHash(secret);
  const invite = state?.invites.find(
    (candidate) => candidate.secretHash === hash && isOpenLink(candidate, clock.now()),
  );
  return state === undefined || invite === undefined ? null : { state, invite, hash };
}

/** Where a link has led to. */
export interface Followed {
  readonly conversation_id: ConversationId;
  /** An administrator has to let the account in first. */
  readonly waiting?: true;
}

/** Comes in by a link, or waits to be let in. Who is in already, or waits, stays as it is; who is invited needs no approval. */
export async function followLink(
  context: ConversationContext,
  account: AccountId,
  secret: string,
): Promise<Result<Followed, ErrorCode>> {
  const { rows, appender, clock } = context;
  return context.turns.run(account, async () => {
    const found = await linkOf(context, secret);
    if (found === null) return refuse('invite.invalid');
    const { state, invite, hash } = found;
    const { conversation } = state;
    const led = ok({ conversation_id: conversation });
    const standing = await standingOf(rows, conversation, account);
    if (standing !== null && standing.role !== null) return led;
    const pending = visibleTo(state, account, clock.now());
    const isWaiting = pending?.state === 'waiting' && invite.approval === true;
    if (isWaiting) return ok({ ...led.value, waiting: true });
    if (await mustSign(context, state, account)) return refuse('members.unsigned');
    if (!(await hasRoom(rows, account))) return refuse('conversation.too_many');
    const act = { conversation, sender: account, device: null };
    if (invite.approval && pending?.state !== 'invited') {
      if (!(await hasPendingRoom(rows, account, clock.now()))) return refuse('conversation.too_many');
      const knocked = await appender.change(act, { action: 'knock', inviteHash: hash });
      return knocked.ok ? ok({ ...led.value, waiting: true }) : knocked;
    }
    const joined = await appender.change(act, { action: 'join', inviteHash: hash });
    return joined.ok || joined.code === 'members.conflict' ? led : joined;
  });
}

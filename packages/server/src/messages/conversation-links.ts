// Links into a group or room. A secret is the conversation's id and 256 random bits; the conversation keeps its hash
// only. It must never tell a made-up secret from one that has ended, nor spend a use on somebody who is in.
import { type AccountId, type ConversationId, type ErrorCode, encodeBase64url } from '@parley/protocol';
import { secretHash } from '../accounts/tokens.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { ConversationRow, InviteState } from '../store/store.ts';
import { standingOf, stateOf } from './access.ts';
import type { ConversationContext } from './context.ts';
import { hasRoom } from './memberships.ts';

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
  const invite = state?.invites.find((candidate) => candidate.secretHash === hash && isOpen(candidate, clock.now()));
  return state === undefined || invite === undefined ? null : { state, invite, hash };
}

/** Is the link good at this time? */
export function isOpen({ expiresAt, usesLeft }: InviteState, now: number): boolean {
  return (expiresAt === null || expiresAt > now) && (usesLeft === null || usesLeft > 0);
}

/** Comes in by a link. Who is in already stays as it is. */
export async function followLink(
  context: ConversationContext,
  account: AccountId,
  secret: string,
): Promise<Result<{ readonly conversation_id: ConversationId }, ErrorCode>> {
  return context.turns.run(account, async () => {
    const found = await linkOf(context, secret);
    if (found === null) return refuse('invite.invalid');
    const { conversation } = found.state;
    const standing = await standingOf(context.rows, conversation, account);
    if (standing !== null && standing.role !== null) return ok({ conversation_id: conversation });
    if (!(await hasRoom(context.rows, account))) return refuse('conversation.too_many');
    const act = { conversation, sender: account, device: null };
    const joined = await context.appender.change(act, { action: 'join', inviteHash: found.hash });
    return joined.ok || joined.code === 'members.conflict' ? ok({ conversation_id: conversation }) : joined;
  });
}

// Invitations to this server, and the use of any invitation by somebody who has an account. Promise: the secret is
// shown once, in the answer that made it; inspecting uses nothing up; both sides become contacts.
import {
  type ErrorCode,
  type Invite,
  type InviteId,
  idFromBytes,
  type RouteResult,
  limits as wireLimits,
} from '@parley/protocol';
import type { AccountRow, InviteRow } from '../directory/directory.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { defaultInviteMs } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { toAccount } from './account-views.ts';
import { callerOf, ownRow } from './callers.ts';
import { contactIntent } from './intent-rows.ts';
import { findInvitation, findLink } from './invitations.ts';
import type { Context } from './parts.ts';
import { mintSecret, secretHash } from './tokens.ts';

export function createInvites(context: Context) {
  const { clock, directory, policy, random } = context;
  return {
    listInvites: async (call) => {
      const rows = await directory.invites.list(callerOf(call).account, clock.now());
      return ok({ items: rows.map((row) => toInvite(row)), has_more: false });
    },
    createInvite: async (call) => {
      const own = await ownRow(context, call);
      if (!own.ok) return own;
      if (own.value.kind === 'guest') return refuse('account.guest');
      if (policy.signup === 'closed') return refuse('signup.closed');
      const { max_uses: maxUses = 1, expires_in_ms: lifeMs = defaultInviteMs } = call.body;
      const secret = mintSecret(random);
      const createdAt = clock.now();
      const row: InviteRow = {
        invite: idFromBytes('i', random.bytes(16)) as InviteId,
        secretHash: secretHash(secret),
        inviter: own.value.account,
        createdAt,
        expiresAt: createdAt + lifeMs,
        maxUses,
        uses: 0,
      };
      const added = await directory.invites.add(row, wireLimits.maxInvitesPerAccount);
      return added === 'full' ? refuse('invite.too_many') : ok({ ...toInvite(row), secret });
    },
    revokeInvite: async (call) => {
      const { account } = callerOf(call);
      return (await directory.invites.revoke(account, call.params.invite_id)) ? ok({}) : refuse('not_found');
    },
    inspectInvite: async ({ address, body }) => {
      const found = await findInvitation(context, body.secret, address);
      if (!found.ok) return found;
      const { kind, inviter, title, approval } = found.value;
      const signup = policy.signup !== 'closed';
      const more = { ...(title !== undefined && { title }), ...(approval && { approval }) };
      return ok({ kind, inviter: toAccount(inviter), ...more, signup });
    },
    inspectLink: async ({ address, body }) => {
      const found = await findLink(context, body, address);
      if (!found.ok) return found;
      const { kind, inviter, approval, memberN, memberHead } = found.value;
      const shown = { kind, inviter: toAccount(inviter), ...(approval && { approval }) };
      return ok({ ...shown, signup: policy.signup !== 'closed', member_n: memberN, member_head: memberHead });
    },
    acceptInvite: async (call) => {
      const own = await ownRow(context, call);
      if (!own.ok) return own;
      const allowed = await context.limits.secret(call.address);
      if (!allowed.ok) return allowed;
      const accepted = await accept(context, own.value, call.body.secret);
      if (accepted.ok || accepted.code !== 'invite.invalid') await allowed.value.passed();
      return accepted;
    },
  } satisfies Partial<Handlers>;
}

/** The conversation that it opened, or will. */
async function accept(
  context: Context,
  { account, kind }: AccountRow,
  secret: string,
): Promise<Result<RouteResult<'acceptInvite'>, ErrorCode>> {
  const { clock, conversations, directory, intents } = context;
  const invite = await directory.invites.bySecret(secretHash(secret));
  if (invite === undefined) return conversations.acceptInvite(account, secret);
  if (invite.inviter === null || kind === 'guest') return refuse('invite.invalid');
  const intent = contactIntent(account, invite.inviter, clock.now());
  // Again: the answer was lost, or the conversation could not be opened then. The same intent does the same.
  if ((await directory.invites.redeem(invite.secretHash, intent)) === 'invalid') return refuse('invite.invalid');
  const opened = await intents.perform(intent);
  if (!opened.ok) return opened;
  return opened.value === null ? refuse('unavailable') : ok({ conversation_id: opened.value });
}

function toInvite({ invite, createdAt, expiresAt, uses, maxUses }: InviteRow): Invite {
  const times = { created_at: rfc3339(createdAt), expires_at: rfc3339(expiresAt) };
  return { invite_id: invite, ...times, uses, max_uses: maxUses };
}

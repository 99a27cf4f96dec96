// Links into a group or room over REST: made, listed and revoked by its administrators. The secret is in one answer
// only, so a call with the same key makes another link: the first one's secret cannot be told again.
import { type ConversationInvite, type InviteId, idFromBytes, limits as wire } from '@parley/protocol';
import { secretHash } from '../accounts/tokens.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { defaultInviteMs } from '../kernel/limits.ts';
import { ok } from '../kernel/result.ts';
import { isOpenLink } from '../sequencer/pending-state.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import type { InviteState } from '../store/store.ts';
import { type ConversationContext, callerOf, changingAt, leadingAt, once } from './context.ts';
import { mintSecret } from './conversation-links.ts';

type Routes = Handlers<'listConversationInvites' | 'createConversationInvite' | 'revokeConversationInvite'>;

/** The routes of links. */
export function createInviteRoutes(context: ConversationContext): Routes {
  const { appender, clock, random } = context;
  return {
    async listConversationInvites(call) {
      const standing = await leadingAt(context, call.params.conversation_id, callerOf(call).account);
      if (!standing.ok) return standing;
      const open = standing.value.state.invites.filter((invite) => isOpenLink(invite, clock.now()));
      return ok({ items: open.map(shown), has_more: false });
    },

    async createConversationInvite(call) {
      const { account: sender, device } = callerOf(call);
      const { conversation_id: conversation } = call.params;
      const standing = await changingAt(context, conversation, sender);
      if (!standing.ok) return standing;
      const { max_uses: uses = wire.maxInviteUses, expires_in_ms: lifetime = defaultInviteMs, approval } = call.body;
      const secret = mintSecret(conversation, random);
      const invite: InviteState = {
        id: idFromBytes('i', random.bytes(16)) as InviteId,
        secretHash: secretHash(secret),
        createdBy: sender,
        expiresAt: clock.now() + lifetime,
        usesLeft: uses,
        ...(approval && { approval }),
      };
      const { id: inviteId, secretHash: hash, expiresAt } = invite;
      const change = {
        action: 'invite',
        inviteId,
        secretHash: hash,
        expiresAt,
        uses,
        ...(approval && { approval }),
      } as const;
      const made = await appender.change({ conversation, sender, device }, change);
      return made.ok ? ok({ ...shown(invite), secret }) : made;
    },

    async revokeConversationInvite(call) {
      const { conversation_id: conversation, invite_id: inviteId } = call.params;
      const purpose = ['revokeConversationInvite', conversation, inviteId];
      const revoked = await once(context, { call, conversation, purpose }, async (act) => {
        const standing = await changingAt(context, conversation, act.sender);
        if (!standing.ok) return standing;
        return appender.change(act, { action: 'revoke_invite', inviteId });
      });
      return revoked.ok ? ok({}) : revoked;
    },
  };
}

function shown({ id, createdBy, expiresAt, usesLeft, approval }: InviteState): ConversationInvite {
  return {
    invite_id: id,
    created_by: createdBy,
    ...(expiresAt === null ? {} : { expires_at: rfc3339(expiresAt) }),
    ...(usesLeft === null ? {} : { uses_left: usesLeft }),
    ...(approval && { approval }),
  };
}

// Invitations: to the server, and into one group or room. A link holds its secret behind the `#`, which no server
// and no log ever sees.
import type { ConversationId, ConversationInvite, Invite, RouteResult } from '@parley/protocol';
import type { Conversation, InvitationView, InviteLinks, Invites } from './api.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { toPerson } from './people.ts';
import type { Rest } from './rest.ts';
import { milliseconds } from './time.ts';
import type { InviteView } from './views.ts';

/** Own invitations to the server. */
export function accountInvites(core: Core, open: (id: ConversationId) => Promise<Conversation>): Invites {
  const { rest, origin } = core;
  return {
    list: async () => (await rest('listInvites')).items.map((invite) => toInvite(invite, origin)),
    create: async (options = {}) => toInvite(await rest('createInvite', { body: toBody(options) }), origin),
    revoke: async (invite) => {
      await rest('revokeInvite', { params: { invite_id: invite } });
    },
    inspect: (secret) => inspectInvite(rest, secret),
    accept: async (secret) => {
      const { conversation_id: id } = await rest('acceptInvite', { body: { secret: secretOf(secret) } });
      return open(id as ConversationId);
    },
  };
}

/** Links into one group or room. */
export function conversationLinks(id: ConversationId, { rest, origin }: Core): InviteLinks {
  const params = { conversation_id: id };
  return {
    list: async () => (await rest('listConversationInvites', { params })).items.map((one) => toLink(one, null, origin)),
    create: async (options = {}) => {
      const body = { ...toBody(options), ...(options.approval === true && { approval: true }) };
      const made = await rest('createConversationInvite', { params, body });
      return toLink(made, made.secret, origin);
    },
    revoke: async (invite) => {
      await rest('revokeConversationInvite', { params: { ...params, invite_id: invite } });
    },
  };
}

/** Who invites. Uses nothing up. */
export async function inspectInvite(rest: Rest, secret: string): Promise<InvitationView> {
  const found: RouteResult<'inspectInvite'> = await rest('inspectInvite', { body: { secret: secretOf(secret) } });
  const { kind, inviter, title = '', signup, approval = false } = found;
  return { kind, inviter: toPerson(inviter), title, signup, approval };
}

/** The secret of a link, or the secret itself. */
export function secretOf(linkOrSecret: string): string {
  const secret = linkOrSecret.slice(linkOrSecret.lastIndexOf('#') + 1).trim();
  if (secret.length < 16 || secret.length > 128) throw new ChatError('invite.invalid');
  return secret;
}

function toBody({ uses, expiresInMs }: { readonly uses?: number; readonly expiresInMs?: number }) {
  return {
    ...(uses !== undefined && { max_uses: uses }),
    ...(expiresInMs !== undefined && { expires_in_ms: expiresInMs }),
  };
}

function toInvite(invite: Invite, origin: string): InviteView {
  return {
    invite: invite.invite_id,
    createdAt: milliseconds(invite.created_at),
    expiresAt: invite.expires_at === undefined ? null : milliseconds(invite.expires_at),
    usesLeft: invite.max_uses - invite.uses,
    approval: false,
    link: invite.secret === undefined ? null : `${origin}/i#${invite.secret}`,
  };
}

function toLink(invite: ConversationInvite, secret: string | null, origin: string): InviteView {
  return {
    invite: invite.invite_id,
    createdAt: null,
    expiresAt: invite.expires_at === undefined ? null : milliseconds(invite.expires_at),
    usesLeft: invite.uses_left ?? null,
    approval: invite.approval ?? false,
    link: secret === null ? null : `${origin}/i#${secret}`,
  };
}

// Invitations: to the server, and into one group or room. A link holds its secret behind the `#`, which no server
// and no log ever sees.
import type { ConversationId, ConversationInvite, Invite, RouteResult } from '@parley/protocol';
import type { Conversation, InvitationView, InviteLinks, Invites } from './api.ts';
import type { Core } from './core.ts';
import type { Deeds } from './deeds.ts';
import { directId } from './direct-id.ts';
import { ChatError } from './error.ts';
import { readGroupLink, refOf } from './group-link.ts';
import { isAccount, printInviteLink, readInviteLink } from './invite-link.ts';
import { toPerson } from './people.ts';
import type { Rest } from './rest.ts';
import { milliseconds } from './time.ts';
import type { InviteView } from './views.ts';

/** What an invitation needs of the keys. */
export type InviteKeys = Pick<Deeds, 'ownFingerprint' | 'expectIdentity'>;

/** Own invitations to the server. */
export function accountInvites(
  core: Core,
  keys: InviteKeys,
  open: (id: ConversationId) => Promise<Conversation>,
): Invites {
  const { rest, origin } = core;
  return {
    list: async () => (await rest('listInvites')).items.map((invite) => toInvite(invite, null)),
    create: async (options = {}) => {
      // First: nothing is used up while the keys are waited for.
      const fingerprint = await keys.ownFingerprint();
      const invite = await rest('createInvite', { body: toBody(options) });
      const { secret } = invite;
      const link = secret === undefined ? null : printInviteLink(origin, { secret, fingerprint, inviter: core.me });
      return { ...toInvite(invite, link), keyless: fingerprint === null };
    },
    revoke: async (invite) => {
      await rest('revokeInvite', { params: { invite_id: invite } });
    },
    inspect: (secret) => inspectInvite(rest, secret),
    accept: async (secret) => {
      const link = readGroupLink(secret);
      if (link !== null) return follow(core, link.conversation, { link: secret, open });
      const invitation = readInviteLink(secret);
      if (invitation.fingerprint === null) return open(await accepted(rest, invitation.secret));
      // With whom the chat is that was opened, its id says: that one is to have the key, whoever the server names.
      const { used = await accepted(rest, invitation.secret) } = invitation;
      const inviter = isAccount(used) ? used : (await open(used)).snapshot.peer;
      if (inviter === null) throw new ChatError('client.unexpected');
      await keys.expectIdentity(inviter, invitation.fingerprint);
      return open(directId(core.me, inviter));
    },
  };
}

async function accepted(rest: Rest, secret: string): Promise<ConversationId> {
  return (await rest('acceptInvite', { body: { secret } })).conversation_id as ConversationId;
}

/** Comes in by a link of a group, or waits there; who is in it already only looks in. */
async function follow(
  core: Core,
  id: ConversationId,
  { link, open }: { readonly link: string; readonly open: (id: ConversationId) => Promise<Conversation> },
): Promise<Conversation> {
  if (core.lists === null) throw new ChatError('members.unsigned');
  await core.lists.follow(link).catch((error: unknown) => {
    if (!(error instanceof ChatError) || error.code !== 'members.conflict') throw error;
  });
  await core.merge([await core.rest('getConversation', { params: { conversation_id: id } })]);
  return open(id);
}

/** Links into one group or room. */
export function conversationLinks(id: ConversationId, core: Core): InviteLinks {
  const { rest, origin, replica } = core;
  const params = { conversation_id: id };
  const lists = () => (replica.tables.conversations.get(id)?.server.kind === 'group' ? core.lists : null);
  return {
    list: async () =>
      (await lists()?.links(id)) ??
      (await rest('listConversationInvites', { params })).items.map((one) => toLink(one, null, origin)),
    create: async (options = {}) => {
      const signed = await lists()?.makeLink(id, { ...options, origin });
      if (signed !== undefined) return signed;
      const body = { ...toBody(options), ...(options.approval === true && { approval: true }) };
      const made = await rest('createConversationInvite', { params, body });
      return toLink(made, made.secret, origin);
    },
    revoke: async (invite) => {
      const signs = lists();
      if (signs !== null) await signs.endLink(id, invite);
      else await rest('revokeConversationInvite', { params: { ...params, invite_id: invite } });
    },
  };
}

/** Who invites. Uses nothing up. */
export async function inspectInvite(rest: Rest, secret: string): Promise<InvitationView> {
  const link = readGroupLink(secret);
  const found: RouteResult<'inspectInvite'> =
    link === null
      ? await rest('inspectInvite', { body: { secret: secretOf(secret) } })
      : await rest('inspectLink', { body: await refOf(link) });
  const { kind, inviter, title = '', signup, approval = false } = found;
  return { kind, inviter: toPerson(inviter), title, signup, approval };
}

/** The secret of a link, or the secret itself. @throws {ChatError} `invite.invalid` */
export function secretOf(linkOrSecret: string): string {
  return readInviteLink(linkOrSecret).secret;
}

function toBody({ uses, expiresInMs }: { readonly uses?: number; readonly expiresInMs?: number }) {
  return {
    ...(uses !== undefined && { max_uses: uses }),
    ...(expiresInMs !== undefined && { expires_in_ms: expiresInMs }),
  };
}

function toInvite(invite: Invite, link: string | null): InviteView {
  return {
    invite: invite.invite_id,
    createdAt: milliseconds(invite.created_at),
    expiresAt: invite.expires_at === undefined ? null : milliseconds(invite.expires_at),
    usesLeft: invite.max_uses - invite.uses,
    approval: false,
    link,
    keyless: false,
  };
}

function toLink(invite: ConversationInvite, secret: string | null, origin: string): InviteView {
  return {
    invite: invite.invite_id,
    createdAt: null,
    expiresAt: invite.expires_at === undefined ? null : milliseconds(invite.expires_at),
    usesLeft: invite.uses_left ?? null,
    approval: invite.approval ?? false,
    link: secret === null ? null : printInviteLink(origin, { secret, fingerprint: null, inviter: null }),
    keyless: false,
  };
}

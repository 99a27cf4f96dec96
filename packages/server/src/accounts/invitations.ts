// What the secret of a link invites to: this server, or one conversation. Promise: a wrong, used, expired and revoked
// one, and one of somebody who is gone, all look the same, and guessing is limited.
import { type LinkRef, linkSignUpText } from '@parley/protocol';
import { type AccountRow, isOpenInvite } from '../directory/directory.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { Context, LinkTarget } from './parts.ts';
import { secretHash } from './tokens.ts';

export interface Invitation {
  readonly kind: 'account' | 'conversation';
  readonly inviter: AccountRow;
  readonly title?: string;
  readonly approval?: true;
}

/** The invitation of this secret. Uses nothing up. */
export async function findInvitation(
  context: Context,
  secret: string,
  address: string,
): Promise<Result<Invitation, 'rate.limited' | 'invite.invalid'>> {
  const allowed = await context.limits.secret(address);
  if (!allowed.ok) return allowed;
  const invitation = (await toServer(context, secret)) ?? (await toConversation(context, secret));
  if (invitation === null) return refuse('invite.invalid');
  await allowed.value.passed();
  return ok(invitation);
}

/** Where this link of a group leads. With a signature: if the link signed that this handle may sign up. */
export async function findLink(
  context: Context,
  link: LinkRef,
  address: string,
  signedFor?: { readonly handle: string; readonly signature: string },
): Promise<Result<Invitation & Omit<LinkTarget, 'inviter'>, 'rate.limited' | 'invite.invalid'>> {
  const allowed = await context.limits.secret(address);
  if (!allowed.ok) return allowed;
  const proof = signedFor && { text: linkSignUpText(link, signedFor.handle), signature: signedFor.signature };
  const found = await context.conversations.inspectLink(link, proof);
  const [inviter] = found === null ? [] : await context.directory.accounts.get([found.inviter]);
  if (found === null || inviter === undefined) return refuse('invite.invalid');
  await allowed.value.passed();
  return ok({ ...found, kind: 'conversation', inviter });
}

async function toServer({ clock, directory }: Context, secret: string): Promise<Invitation | null> {
  const row = await directory.invites.bySecret(secretHash(secret));
  if (row === undefined || row.inviter === null || !isOpenInvite(row, clock.now())) return null;
  const [inviter] = await directory.accounts.get([row.inviter]);
  return inviter?.state === 'active' ? { kind: 'account', inviter } : null;
}

async function toConversation({ conversations, directory }: Context, secret: string): Promise<Invitation | null> {
  const found = await conversations.inspectInvite(secret);
  if (found === null) return null;
  const [inviter] = await directory.accounts.get([found.inviter]);
  if (inviter === undefined) return null;
  const { title, approval } = found;
  return { kind: 'conversation', inviter, ...(title !== undefined && { title }), ...(approval && { approval }) };
}

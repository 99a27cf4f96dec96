// An invitation to the server as a link: behind the `#` its secret and, where the inviter has keys, the one by which their
// own vouches for everything of theirs, and whose it is. The server is told the secret alone, so it cannot put itself
// between the two. [ENC]
import type { AccountId, ConversationId } from '@parley/protocol';
import { decodeExactly, encodeBytes } from './crypto/base64.ts';
import { ChatError } from './error.ts';

type Used = ConversationId | AccountId;

/** What a link says. */
export interface InviteLink {
  readonly secret: string;
  /** Master key of the inviter, base64 without padding. */
  readonly fingerprint: string | null;
  /** Whose key it is. Links that were made before name nobody. */
  readonly inviter: AccountId | null;
  /** The chat that was opened, or else who invites, where somebody has signed up by it and only the key is still to be remembered. */
  readonly used?: Used;
}

const keyBytes = 32;
const fewest = 16;
const most = 128;
/** What a server may answer as a secret: nothing in it parts a link, so it names no key. */
const plainSecret = new RegExp(`^[A-Za-z0-9_.-]{${fewest},${most}}$`);
const usedFor = /^[ac]_[A-Za-z0-9_-]{22}$/;
const account = /^a_[A-Za-z0-9_-]{22}$/;

/** The link with what was opened by it, for whoever has signed up by it: the server does not tell that any more. */
export function usedLink(link: string, used: Used): string {
  return readInviteLink(link).inviter === null ? `${link}~~${used}` : `${link}~${used}`;
}

export const isAccount = (used: Used): used is AccountId => used.startsWith('a_');

/** @throws {ChatError} `client.unexpected`: what the server calls the secret says more than that */
export function printInviteLink(origin: string, { secret, fingerprint, inviter }: InviteLink): string {
  if (!plainSecret.test(secret)) throw new ChatError('client.unexpected');
  const key = fingerprint === null ? null : decodeExactly(keyBytes, fingerprint);
  const named = key === null ? [] : [encodeBytes(key, 'base64url'), ...(inviter === null ? [] : [inviter])];
  return `${origin}/i#${[secret, ...named].join('~')}`;
}

/** A link, or what stands behind its `#`. @throws {ChatError} `invite.invalid` */
export function readInviteLink(text: string): InviteLink {
  const behind = text.slice(text.lastIndexOf('#') + 1).trim();
  const [secret = '', named, by, used, ...more] = behind.split('~');
  const key = named === undefined ? null : decodeExactly(keyBytes, named, 'base64url');
  const isBy = by === undefined || account.test(by) || (by === '' && used !== undefined);
  const isWhole = (named === undefined || key !== null) && isBy && (used === undefined || usedFor.test(used));
  if (!isWhole || more.length > 0 || secret.length < fewest || secret.length > most)
    throw new ChatError('invite.invalid');
  const inviter = by === undefined || by === '' ? null : (by as AccountId);
  return { secret, fingerprint: key && encodeBytes(key), inviter, ...(used !== undefined && { used: used as Used }) };
}

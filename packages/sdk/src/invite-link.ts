// An invitation to the server as a link: behind the `#` its secret and, where the inviter has keys, the one by which their
// own vouches for everything of theirs. The server is told the secret alone, so it cannot put itself between the two. [ENC]
import type { AccountId } from '@parley/protocol';
import { decodeExactly, encodeBytes } from './crypto/base64.ts';
import { ChatError } from './error.ts';

/** What a link says. */
export interface InviteLink {
  readonly secret: string;
  /** Master key of the inviter, base64 without padding. */
  readonly fingerprint: string | null;
  /** Who invited, where somebody has signed up by it and only the key is still to be remembered. */
  readonly used?: AccountId;
}

const keyBytes = 32;
const fewest = 16;
const most = 128;

/** The link with who invited by it, for whoever has signed up by it: the server does not tell that any more. */
export function usedLink(link: string, inviter: AccountId): string {
  return `${link}~${inviter}`;
}

export function printInviteLink(origin: string, { secret, fingerprint }: InviteLink): string {
  const key = fingerprint === null ? null : decodeExactly(keyBytes, fingerprint);
  return `${origin}/i#${secret}${key === null ? '' : `~${encodeBytes(key, 'base64url')}`}`;
}

/** A link, or what stands behind its `#`. @throws {ChatError} `invite.invalid` */
export function readInviteLink(text: string): InviteLink {
  const behind = text.slice(text.lastIndexOf('#') + 1).trim();
  const [secret = '', named, used] = behind.split('~', 3);
  const key = named === undefined ? null : decodeExactly(keyBytes, named, 'base64url');
  const isWhole = named === undefined || key !== null;
  if (!isWhole || secret.length < fewest || secret.length > most) throw new ChatError('invite.invalid');
  return { secret, fingerprint: key && encodeBytes(key), ...(used !== undefined && { used: used as AccountId }) };
}

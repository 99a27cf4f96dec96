// A link into a group is a key pair: its private half stands behind the `#` and nowhere else, the server has the public
// one. Whoever comes by it signs with it, so nobody comes who does not have it, whatever the server says. [MEM]
import type { ConversationId, InviteId, LinkRef, SignedLink } from '@parley/protocol';
import { linkSignUpText } from '@parley/protocol/entry-text';
import { idFromBytes } from '@parley/protocol/id-bytes';
import { decodeExactly, encodeBytes } from './crypto/base64.ts';
import { sha256 } from './crypto/sha256.ts';
import { publicHalf, signBytes, utf8 } from './crypto/signing.ts';

/** A link that this client holds. */
export interface GroupLink {
  readonly conversation: ConversationId;
  readonly seed: Uint8Array;
}

/** The link in this text, or null when it is another one. */
export function readGroupLink(text: string): GroupLink | null {
  const behind = text.slice(text.lastIndexOf('#') + 1).trim();
  const [, conversation = '', seed] = /^(c_[A-Za-z0-9_-]{22})\.g\.([A-Za-z0-9_-]{43})$/.exec(behind) ?? [];
  const bytes = decodeExactly(32, seed, 'base64url');
  return bytes && { conversation: conversation as ConversationId, seed: bytes };
}

/** What stands behind the `#`. */
export function printGroupLink({ conversation, seed }: GroupLink): string {
  return `${conversation}.g.${encodeBytes(seed, 'base64url')}`;
}

/** What the server knows of it. */
export async function refOf({ conversation, seed }: GroupLink): Promise<LinkRef> {
  return { conversation_id: conversation, key: await publicHalf('Ed25519', seed) };
}

/** That this handle may sign up by it. */
export async function vouched(link: GroupLink, handle: string): Promise<SignedLink> {
  const ref = await refOf(link);
  return { ...ref, signature: await signedBy(link.seed, linkSignUpText(ref, handle)) };
}

/** Signature of a text, base64. */
export async function signedBy(seed: Uint8Array, text: string): Promise<string> {
  return encodeBytes(await signBytes(seed, utf8(text)));
}

/** By which a link is named in lists. */
export function linkIdOf(key: string): InviteId {
  return idFromBytes('i', sha256(decodeExactly(32, key) ?? new Uint8Array())) as InviteId;
}

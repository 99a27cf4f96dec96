// Handles: how they are written, which of them nobody may take, and which look alike. Pure.
// Promise: two handles that a person could confuse have the same claim, and a claim belongs to one account for ever.
import { hash } from 'node:crypto';
import { limits } from '@parley/protocol';

const shape = /^[a-z][a-z0-9._]*$/;

/** Names that would speak for the server, and words that a mention or a screen gives another meaning. */
const official =
  'abuse admin administrator echo help moderator operator owner parley postmaster root security server staff support system';
const meaningful = 'all channel deleted everyone guest here me nobody null somebody undefined you';

/** A handle as it is stored: lower case, without a leading `@`. Null when it is none. */
export function parseHandle(text: string): string | null {
  const handle = (text.startsWith('@') ? text.slice(1) : text).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const { length } = handle;
  if (length < limits.minHandleCharacters || length > limits.maxHandleCharacters || !shape.test(handle)) return null;
  return handle.endsWith('.') || handle.includes('..') ? null : handle;
}

/** What handles that look alike have in common. One letter becomes the two that it looks like: `vvv` is `wv` and `vw`. */
export function skeleton(handle: string): string {
  return handle.replaceAll('0', 'o').replace(/[1i]/g, 'l').replaceAll('m', 'rn').replaceAll('w', 'vv');
}

/** What an account claims with its handle. A hash, so that an erased account's handle is not kept. */
export function claimOf(handle: string): string {
  return hash('sha256', `handle\n${skeleton(handle)}`, 'base64url');
}

/** May a person who signs up take it? The owner may have a name that speaks for the server. */
export function isReserved(handle: string, owner: boolean): boolean {
  const own = skeleton(handle);
  if (own.startsWith(guestSkeleton) || meaningfulSkeletons.has(own)) return true;
  return !owner && officialSkeletons.has(own);
}

/** A handle for a guest, from 8 bytes. */
export function guestHandle(bytes: Uint8Array): string {
  return guestPrefix + Array.from(bytes.subarray(0, 8), (byte) => guestLetters[byte & 31]).join('');
}

const guestPrefix = 'guest_';
const guestLetters = 'abcdefghjklmnpqrstuvwxyz23456789';
const guestSkeleton = skeleton(guestPrefix);
const officialSkeletons = new Set(official.split(' ').map(skeleton));
const meaningfulSkeletons = new Set(meaningful.split(' ').map(skeleton));

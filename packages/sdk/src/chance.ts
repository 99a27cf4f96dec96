// Numbers and ids out of the host's random bytes.
import type { MessageId } from '@parley/protocol';
import { uuid7FromBytes } from '@parley/protocol/id-bytes';
import type { Random } from './ports.ts';

/** From 0 (included) to 1 (excluded). */
export function chance(random: Random): number {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32;
}

/** A new message id, made at this time. */
export function newMessageId(now: number, random: Random): MessageId {
  return uuid7FromBytes(Math.max(0, now), random.bytes(10));
}

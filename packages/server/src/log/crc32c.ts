// CRC32C (Castagnoli): what tells a whole batch of the log from a torn one. The host's `crc32` is another polynomial.
// Chained calls give the sum of the whole: crc32c(b, crc32c(a)) covers a, then b.
import { crc32c as checksum } from '@node-rs/crc32';

/** Checksum of `bytes[start, end)`, continuing from `before` (0 at the beginning). 0 … 2^32 − 1. */
export function crc32c(bytes: Uint8Array, before = 0, start = 0, end = bytes.length): number {
  return checksum(bytes.subarray(start, end), before);
}

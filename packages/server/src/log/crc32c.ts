// CRC32C (Castagnoli), eight bytes a step: what tells a whole batch of the log from a torn one. The host's `crc32` is
// another polynomial. Chained calls give the sum of the whole: crc32c(b, crc32c(a)) covers a, then b.

const polynomial = 0x82f63b78;
const tables = buildTables();

/** Checksum of `bytes[start, end)`, continuing from `before` (0 at the beginning). 0 … 2^32 − 1. */
export function crc32c(bytes: Uint8Array, before = 0, start = 0, end = bytes.length): number {
  let crc = ~before;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    crc ^= byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24);
    crc =
      entry(1792 + (crc & 255)) ^
      entry(1536 + ((crc >>> 8) & 255)) ^
      entry(1280 + ((crc >>> 16) & 255)) ^
      entry(1024 + (crc >>> 24)) ^
      entry(768 + byte(bytes, i + 4)) ^
      entry(512 + byte(bytes, i + 5)) ^
      entry(256 + byte(bytes, i + 6)) ^
      entry(byte(bytes, i + 7));
  }
  for (; i < end; i++) crc = entry((crc ^ byte(bytes, i)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Both are called inside bounds only; the compiler inlines them. */
function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function entry(index: number): number {
  return tables[index] as number;
}

/** Table k holds, for each byte, its remainder after k more zero bytes. */
function buildTables(): Int32Array {
  const built = new Int32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    built[n] = crc;
  }
  for (let n = 256; n < built.length; n++) {
    const shorter = built[n - 256] as number;
    built[n] = (built[shorter & 255] as number) ^ (shorter >>> 8);
  }
  return built;
}

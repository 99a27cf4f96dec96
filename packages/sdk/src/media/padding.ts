// How long a file is made before it is sealed, so that its size says little: Padmé. Pure. [MED]

/** Smaller files are all alike. */
const smallestBytes = 1_024;

/** The length with padding: at most 12 % more, and only few lengths in each power of two. */
export function paddedFileBytes(bytes: number): number {
  if (bytes < smallestBytes) return smallestBytes;
  const exponent = Math.floor(Math.log2(bytes));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - kept);
  return Math.ceil(bytes / step) * step;
}

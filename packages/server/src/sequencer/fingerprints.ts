// A set of texts of which only fingerprints are kept: eight bytes each in one typed array, which the garbage collector
// never walks. It may take one text for another; it must never miss one that was added.

/** Slots of a new set: a power of two. */
const firstSlots = 1_024;

/** A number from 1 to 2^53 − 1 that stands for the text. */
export function fingerprint(text: string): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995) ^ (low >>> 15);
  }
  high ^= high >>> 16;
  low ^= low >>> 13;
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0) || 1;
}

/** A set of fingerprints: open addressing, at most half full. */
export class Fingerprints {
  /** 0 is an empty slot. */
  #slots = new Float64Array(firstSlots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(print: number): boolean {
    return this.#slots[this.#find(print)] === print;
  }

  add(print: number): void {
    const at = this.#find(print);
    if (this.#slots[at] === print) return;
    this.#slots[at] = print;
    this.#size++;
    if (this.#size * 2 > this.#slots.length) this.#grow();
  }

  /** Where it stands, or would stand. */
  #find(print: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = print & mask; ; at = (at + 1) & mask) {
      const held = slots[at];
      if (held === print || held === 0) return at;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    for (const print of before) if (print !== 0) this.#slots[this.#find(print)] = print;
  }
}

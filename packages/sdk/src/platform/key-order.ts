// Keys as text that sorts like the keys do (numbers before texts, a key before those that begin with it), for
// stores that know only one kind of key.
import type { LocalKey } from '../ports.ts';

/** Text of a key. Compare by UTF-16 code units, or as UTF-8 bytes. */
export function keyText(key: LocalKey): string {
  return key.map((part) => (typeof part === 'number' ? numberText(part) : `t${withoutEnds(part)}\u0000`)).join('');
}

/** The first text behind everything that begins with this one. */
export function behind(text: string): string {
  return `${text}\uffff`;
}

const view = new DataView(new ArrayBuffer(8));

/** Sixteen hexadecimal digits in the order of the numbers. NaN is no key. */
function numberText(value: number): string {
  // Zero has two signs and one place.
  view.setFloat64(0, value === 0 ? 0 : value);
  const high = view.getUint32(0);
  const negative = high >>> 31 === 1;
  const [first, second] = negative ? [~high, ~view.getUint32(4)] : [high ^ 0x80000000, view.getUint32(4)];
  return `n${hex(first)}${hex(second)}`;
}

function hex(part: number): string {
  return (part >>> 0).toString(16).padStart(8, '0');
}

function withoutEnds(text: string): string {
  // The end mark must not stand inside a part.
  return text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\u0000', '\u0001\u0001');
}

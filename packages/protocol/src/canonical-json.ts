// The one spelling of a JSON value, for what is signed or authenticated: RFC 8785 without fractions. Server and clients
// spell with it, so a signature made by one is checked by the other. What it cannot spell without doubt, it refuses.
import { maxCanonicalDepth } from './limits.ts';

/** The value as canonical JSON; null when it holds anything but plain objects, arrays, whole text, safe integers, true, false and null. */
export function canonicalJson(value: unknown): string | null {
  return spell(value, maxCanonicalDepth);
}

function spell(value: unknown, depth: number): string | null {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? JSON.stringify(value) : null;
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : null;
  if (typeof value !== 'object' || depth === 0) return null;
  return Array.isArray(value) ? spellArray(value, depth) : spellObject(value, depth);
}

function spellArray(items: readonly unknown[], depth: number): string | null {
  const parts: string[] = [];
  for (const item of items) {
    const part = spell(item, depth - 1);
    if (part === null) return null;
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
}

function spellObject(value: object, depth: number): string | null {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return null;
  const parts: string[] = [];
  // The order of UTF-16 code units, as the RFC asks: it is what `sort` does with text.
  for (const [name, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const part = spell(member, depth - 1);
    if (part === null || !name.isWellFormed()) return null;
    parts.push(`${JSON.stringify(name)}:${part}`);
  }
  return `{${parts.join(',')}}`;
}

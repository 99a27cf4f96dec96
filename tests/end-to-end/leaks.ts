// What of a list of secrets stands readable in a text, in the files of a folder or in a process: as it is, as hex, base64
// or a list of numbers of its bytes at any place of a longer text, with one or two bytes a letter, escaped or not. One
// pass over what is searched, however many secrets there are.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Something that must not be found, by a name. */
export type Secrets = Readonly<Record<string, string | Uint8Array>>;
/** The names of the secrets that stand in it. */
export type Search = (bytes: Buffer) => readonly string[];

/** A spelling is told by its first bytes. */
const prefixBytes = 8;
const hashBits = 20;

/** Looks for all of these. */
export function searchFor(secrets: Secrets): Search {
  const spelt = new Map<number, { readonly name: string; readonly bytes: Buffer }[]>();
  const begins = new Uint8Array(1 << hashBits);
  for (const [name, secret] of Object.entries(secrets))
    for (const bytes of spellings(secret)) {
      assert.ok(bytes.length >= prefixBytes, `${name} is too short to be looked for`);
      const hash = hashOf(bytes.readInt32BE(0), bytes.readInt32BE(4));
      begins[hash] = 1;
      spelt.set(hash, [...(spelt.get(hash) ?? []), { name, bytes }]);
    }
  return (bytes) => {
    const found = new Set<string>();
    let [before, last] = [0, 0];
    for (let at = 0; at < bytes.length; at++) {
      before = (before << 8) | (last >>> 24);
      last = (last << 8) | (bytes[at] as number);
      // Most of what is searched is empty.
      if (before === 0 && last === 0) continue;
      const hash = hashOf(before, last);
      if (begins[hash] === 0) continue;
      const from = at - prefixBytes + 1;
      for (const { name, bytes: spelling } of spelt.get(hash) ?? [])
        if (from >= 0 && spelling.equals(bytes.subarray(from, from + spelling.length))) found.add(name);
    }
    return [...found];
  };
}

/** `name in file` for everything that is found in the files of the folder, however deep. */
export async function leaksIn(folder: string, search: Search): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    found.push(...search(bytes).map((name) => `${name} in ${entry.name}`));
  }
  return found;
}

function hashOf(first: number, second: number): number {
  const mixed = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & ((1 << hashBits) - 1);
}

/** Each way in which it could be written down. */
function spellings(secret: string | Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(secret);
  // As a list and with a byte a letter only what is no text.
  const texts = typeof secret === 'string' ? [secret] : [[...bytes].join(), ...escaped(bytes.toString('latin1'))];
  texts.push(bytes.toString('hex'), bytes.toString('hex').toUpperCase());
  for (const before of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    // The first and last signs depend on what stands beside.
    const inner = whole.toString('base64').slice(Math.ceil((before * 4) / 3), Math.floor((whole.length * 4) / 3));
    texts.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [bytes, ...[...new Set(texts)].flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')])];
}

/** A text as it is and as JSON has it: what is not ASCII as itself, or by its number in small or in capital letters. */
function escaped(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const numbered = json.replaceAll(
    /[\u0080-\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [text, json, numbered, numbered.replaceAll(/\\u[0-9a-f]{4}/g, (sign) => `\\u${sign.slice(2).toUpperCase()}`)];
}

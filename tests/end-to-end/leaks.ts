// What of a list of secrets stands readable in the files of a folder or in a text: as it is, or as base64 or hex of its
// bytes at any place of a longer text.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Something that must not be found, by a name. */
export type Secrets = Readonly<Record<string, string | Uint8Array>>;

/** `name in file` for everything that was found in the files of the folder, however deep. */
export async function leaksIn(folder: string, secrets: Secrets): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    found.push(...leaksOf(bytes, secrets).map((name) => `${name} in ${entry.name}`));
  }
  return found;
}

/** The names of the secrets that stand in it. */
export function leaksOf(bytes: Buffer, secrets: Secrets): readonly string[] {
  return Object.keys(secrets).filter((name) => spellings(secrets[name] ?? '').some((one) => bytes.includes(one)));
}

/** Each way in which it could be written down. */
function spellings(secret: string | Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  for (const before of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    // The first and last signs depend on what stands beside.
    const inner = whole.toString('base64').slice(Math.ceil((before * 4) / 3), Math.floor((whole.length * 4) / 3));
    texts.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [bytes, ...texts.map((text) => Buffer.from(text))];
}

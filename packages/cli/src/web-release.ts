// What a release of the web app is made of: its files with their hashes, the pages under which it opens, and the headers
// that let no other script in. It comes with this program, or from a file, and never from the server that is looked at.
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Vouched, vouched } from './web-signature.ts';

/** Paths begin with a slash; hashes are SHA-256 in hexadecimal. */
export interface WebRelease {
  readonly version: string;
  /** The file that every page is. */
  readonly page: string;
  /** Where the app opens; `*` stands for anything. */
  readonly pages: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The one that was built together with this program. */
const own = fileURLToPath(new URL('../../web/dist/.parley-release.json', import.meta.url));
const [pathPattern, hashPattern] = [/^\/[\w./*-]*$/, /^[0-9a-f]{64}$/];

/** Reads a release, and whether one of these keys signed it; null when there is no such file, or it does not describe one. */
export async function readRelease(
  file: string = own,
  keys: readonly KeyObject[] = [],
): Promise<{ readonly release: WebRelease; readonly signature: Vouched } | null> {
  try {
    const bytes = await readFile(file);
    const release = releaseIn(JSON.parse(bytes.toString('utf8')));
    return release && { release, signature: await vouched(file, bytes, keys) };
  } catch (error) {
    const isNone =
      error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT');
    if (isNone) return null;
    throw error;
  }
}

function releaseIn(value: unknown): WebRelease | null {
  if (typeof value !== 'object' || value === null) return null;
  const { version, page, pages, files, headers } = value as Record<string, unknown>;
  if (typeof version !== 'string' || typeof page !== 'string' || !isTexts(files) || !isTexts(headers)) return null;
  if (!Array.isArray(pages) || !(pages as readonly unknown[]).every(isPath)) return null;
  const isWhole =
    page in files && Object.entries(files).every(([path, hash]) => isPath(path) && hashPattern.test(hash));
  return isWhole ? { version, page, pages: pages as readonly string[], files, headers } : null;
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && pathPattern.test(value);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}

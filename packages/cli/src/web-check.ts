// Compares what a server serves with a release: every file, every page, the headers, and whatever else a page would run
// as a script. It asks as a browser asks; what a server keeps for other visitors, nobody can see from here.
import { createHash } from 'node:crypto';
import { headerDifferences } from './web-headers.ts';
import type { WebRelease } from './web-release.ts';

export interface WebCheck {
  /** How many addresses were compared. */
  readonly compared: number;
  /** What is not as in the release; nothing is left out. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly paths: readonly string[];
  readonly what: string;
}

/** A larger file is of no release. Bytes. */
const maxFileBytes = 64 * 1024 * 1024;
/** At most so many of one page are named. */
const maxNamed = 20;
/** Where a program that runs in front of every page would be looked for: only one of the release may be there. */
const workerPaths = ['/sw.js', '/service-worker.js', '/worker.js', '/sw.mjs'];
const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0.0.0', accept: '*/*' };

/** Rejects when the server does not answer. */
export async function checkWeb(server: string, release: WebRelease, signal: AbortSignal): Promise<WebCheck> {
  const found = new Map<string, string[]>();
  const tell = (path: string, what: string) => void found.set(what, [...(found.get(what) ?? []), path]);
  const pageHash = release.files[release.page] ?? '';
  const pages = release.pages.map((path) => [path.replaceAll('*', 'x'), pageHash] as const);
  const wanted = new Map([...Object.entries(release.files), ...pages]);
  for (const [path, hash] of wanted) {
    const answer = await ask(server, path, signal);
    const isPage = hash === pageHash;
    for (const what of differencesOf(answer, { release, server, hash, isPage })) tell(path, what);
  }
  for (const path of workerPaths.filter((each) => !wanted.has(each))) {
    const { status } = await ask(server, path, signal);
    if (status === 200) tell(path, 'is served, and is not in the release');
  }
  return { compared: wanted.size, differences: [...found].map(([what, paths]) => ({ paths, what })) };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Null: more than a file of a release has. */
  readonly body: Buffer | null;
}

interface Wanted {
  readonly release: WebRelease;
  readonly server: string;
  readonly hash: string;
  readonly isPage: boolean;
}

async function ask(server: string, path: string, signal: AbortSignal): Promise<Answer> {
  const { status, headers, body } = await fetch(new URL(path, server), {
    headers: browser,
    redirect: 'manual',
    signal,
  });
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > maxFileBytes) return { status, headers, body: null };
    pieces.push(piece);
  }
  return { status, headers, body: Buffer.concat(pieces) };
}

function differencesOf(
  { status, headers, body }: Answer,
  { release, server, hash, isPage }: Wanted,
): readonly string[] {
  if (status !== 200) return [`is answered with ${status}, and not with its file`];
  const inHeaders = headerDifferences(headers, release.headers, server);
  if (body === null) return [...inHeaders, 'is larger than any file of a release'];
  if (createHash('sha256').update(body).digest('hex') === hash) return inHeaders;
  const loaded = isPage ? foreignIn(body.toString('utf8'), release) : [];
  return [...inHeaders, 'is not the file of the release', ...loaded];
}

/** What a page would load or run that the release does not have. */
function foreignIn(html: string, { files }: WebRelease): readonly string[] {
  const tags = html.matchAll(/<(script|link|iframe|object|embed|base|meta)\b([^>]*)>/gi);
  const named = new Set<string>();
  for (const [, tag = '', attributes = ''] of tags) {
    const name = tag.toLowerCase();
    const target = /\b(?:src|href|data)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/i
      .exec(attributes)?.[1]
      ?.replaceAll(/["']/g, '');
    if (target !== undefined && files[target] === undefined) named.add(`has a ${name} that loads ${target}`);
    if (name === 'script' && target === undefined) named.add('has a script written into the page');
    if (name === 'meta' && /http-equiv/i.test(attributes)) named.add('has a meta tag that acts as a header');
  }
  return [...named].slice(0, maxNamed);
}

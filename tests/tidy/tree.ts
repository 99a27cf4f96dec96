// Reads the tree from the disk for the tidy checks: every source of ours, every text, the workspace packages. The only
// file here that is not a pure function.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tree } from './edges.ts';
import { parse, type Source, type TextFile } from './source.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));

const sourcePatterns = [
  'packages/*/*.ts',
  'packages/*/{src,bin}/**/*.{ts,tsx,mjs}',
  '{scripts,tests,bench}/**/*.{ts,mjs}',
];
const textPatterns = ['*', '.ci/*', '{packages,scripts,tests,bench,docs,deploy}/**/*.*'];
const notOurs = [
  '**/node_modules/**',
  '**/dist/**',
  '**/.git/**',
  '**/*.{png,ico,woff2,webp,jpg}',
  'package-lock.json',
];

function read(patterns: readonly string[]): readonly TextFile[] {
  return globSync(patterns, { cwd: top, exclude: notOurs, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: file.slice(top.length).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }));
}

export const readText = (path: string): TextFile => ({ path, text: readFileSync(join(top, path), 'utf8') });

/** Every TypeScript and JavaScript file of ours, parsed. */
export const readSources = (): readonly Source[] => read(sourcePatterns).map(parse);

/** Every text of ours, whatever is in it, but the lock file. */
export const readTexts = (): readonly TextFile[] => read(textPatterns);

/** The specification: one document, and one a family while there are any. */
export const readSpec = (): readonly TextFile[] => read(['docs/spec.md', 'docs/spec/*.md']);

type Manifest = {
  readonly name: string;
  /** A file, or one by the host that it is for. */
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
};

const manifest = (text: string): Manifest => JSON.parse(text) as Manifest;

/** The files of the tree and its workspace packages. */
export function readTree(): Tree {
  const packages = read(['packages/*/package.json']).map(({ path, text }) => {
    const { name, exports = {} } = manifest(text);
    const files = Object.entries(exports).map(
      ([entry, file]) => [entry, typeof file === 'string' ? file : first(file)] as const,
    );
    return [name, { folder: path.replace('/package.json', ''), exports: Object.fromEntries(files) }] as const;
  });
  return { files: new Set(readTexts().map(({ path }) => path)), packages: new Map(packages) };
}

/** Every host's file has an entry of its own as well, so one of them is enough here. */
const first = (byHost: Readonly<Record<string, string>>): string => Object.values(byHost)[0] ?? '';

/** Programs that the scripts of package.json run. */
export function scriptEntries(): readonly string[] {
  const scripts = Object.values(manifest(readText('package.json').text).scripts ?? {});
  return scripts.flatMap((script) => [...script.matchAll(/\S+\.(?:ts|mjs)/g)].map(([path]) => path));
}

// What a browser gets when it loads the SDK: the files that are really loaded, followed from its entry.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseSync } from 'oxc-parser';

/** Addresses of the modules that this one loads at once, and later. What is only a type is gone by then. */
function loadedBy(file: string): { readonly atOnce: readonly string[]; readonly later: readonly string[] } {
  const source = readFileSync(file, 'utf8');
  const { module } = parseSync(file, source);
  const imports = module.staticImports.filter(
    ({ entries }) => entries.length === 0 || entries.some((one) => !one.isType),
  );
  const passedOn = module.staticExports.flatMap(({ entries }) => entries).filter((one) => !one.isType);
  const atOnce = [...imports, ...passedOn].flatMap(({ moduleRequest }) => moduleRequest?.value ?? []);
  const later = module.dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start + 1, end - 1));
  return { atOnce, later };
}

/** What the entry loads at once, and what later: files of ours, and packages of others. */
function everythingLoaded(entry: string) {
  const files = { atOnce: new Set<string>(), later: new Set<string>() };
  const packages = { atOnce: new Set<string>(), later: new Set<string>() };
  const follow = (file: string, when: 'atOnce' | 'later') => {
    if (files[when].has(file) || files.atOnce.has(file)) return;
    files[when].add(file);
    const take = (request: string, at: 'atOnce' | 'later') => {
      if (request.startsWith('.')) follow(fileURLToPath(new URL(request, pathToFileURL(file))), at);
      else if (request.startsWith('@parley/')) follow(fileURLToPath(import.meta.resolve(request)), at);
      else packages[at].add(request);
    };
    const { atOnce, later } = loadedBy(file);
    for (const request of atOnce) take(request, when);
    for (const request of later) take(request, 'later');
  };
  follow(entry, 'atOnce');
  return { files, packages };
}

test('[LOC11] what a browser loads for the SDK holds neither the schema library nor anything of Node', () => {
  const { files, packages } = everythingLoaded(fileURLToPath(new URL('./web.ts', import.meta.url)));
  // A hash of every record is taken while a batch is taken in, which waits for nothing.
  assert.deepEqual([...packages.atOnce].sort(), ['@noble/hashes/sha2.js', 'idb']);
  assert.ok(files.atOnce.size > 40);
  // What is done with keys is loaded when there are keys; the library itself in their worker only.
  const cryptography = /^(@hpke|@noble|@scure)\//;
  assert.deepEqual(
    [...packages.later].filter((name) => !cryptography.test(name)),
    [],
  );
  assert.ok(![...files.atOnce].some((file) => file.endsWith('/crypto/primitives.ts')));
});

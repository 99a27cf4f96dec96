// What a browser gets when it loads the SDK: the files that are really loaded, followed from its entry.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseSync } from 'oxc-parser';

/** Addresses of the modules that this one loads. What is only a type is gone by then. */
function loadedBy(file: string): readonly string[] {
  const { module } = parseSync(file, readFileSync(file, 'utf8'));
  const imports = module.staticImports.filter(
    ({ entries }) => entries.length === 0 || entries.some((one) => !one.isType),
  );
  const passedOn = module.staticExports.flatMap(({ entries }) => entries).filter((one) => !one.isType);
  const requests = [...imports, ...passedOn].flatMap(({ moduleRequest }) => moduleRequest?.value ?? []);
  assert.deepEqual(module.dynamicImports, [], file);
  return requests;
}

test('[LOC11] what a browser loads for the SDK holds neither the schema library nor anything of Node', () => {
  const found = new Set<string>();
  const packages = new Set<string>();
  const follow = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const request of loadedBy(file)) {
      if (request.startsWith('.')) follow(fileURLToPath(new URL(request, pathToFileURL(file))));
      else if (request.startsWith('@parley/')) follow(fileURLToPath(import.meta.resolve(request)));
      else packages.add(request);
    }
  };
  follow(fileURLToPath(new URL('./web.ts', import.meta.url)));
  assert.deepEqual([...packages], ['idb']);
  assert.ok(found.size > 40);
});

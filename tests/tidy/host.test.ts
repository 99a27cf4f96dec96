import assert from 'node:assert/strict';
import test from 'node:test';
import { checkHost } from './host.ts';
import { parse } from './source.ts';

const found = (text: string): number =>
  checkHost(parse({ path: 'packages/server/src/sequencer/planted.ts', text })).length;

test('[TDY3] every way to ask the host is found', () => {
  const asking = [
    'const now = Date.now();',
    'const now = new Date();',
    'const text = Date();',
    'setTimeout(f, 10);',
    'const timer = setInterval(f, 10);',
    'clearTimeout(timer);',
    'await fetch(url);',
    'const r = Math.random();',
    'const id = crypto.randomUUID();',
    'crypto.getRandomValues(bytes);',
    'const t = performance.now();',
    'const home = process.env.HOME;',
    'const { env } = process;',
    'run(process);',
    'run(setTimeout);',
    'globalThis.setTimeout(f);',
    "import { randomBytes } from 'node:crypto';",
    "import * as crypto from 'node:crypto';",
    "import crypto from 'node:crypto';",
  ];
  for (const text of asking) assert.equal(found(text), 1, text);
});

test('[TDY3] arithmetic on given times, own members and names in types or comments are not', () => {
  const asking = [
    'const text = new Date(ms).toISOString();',
    'const ms = Date.parse(text);',
    'const ms = Date.UTC(2026, 10, 25);',
    'const least = Math.min(a, b);',
    'this.clock.now();',
    'port.setTimeout(f);',
    'this.process.end();',
    'type When = Date;',
    '// Date.now() is what a clock is for',
    "const text = 'Date.now()';",
    "import { createHash } from 'node:crypto';",
    'const sealed = crypto.seal(text);',
  ];
  for (const text of asking) assert.equal(found(text), 0, text);
});

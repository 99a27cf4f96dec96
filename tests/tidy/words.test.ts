import assert from 'node:assert/strict';
import test from 'node:test';
import { checkLockFile, checkMarkers, checkPlaces } from './words.ts';

const file = (text: string): { path: string; text: string } => ({ path: 'docs/planted.md', text });

test('[TDY8] markers and excuses are found, with their line', () => {
  for (const text of ['// TODO: later', '// FIXME', 'a HACK', '/* XXX */', 'good enough for now', 'For now it waits']) {
    assert.equal(checkMarkers(file(`one\n${text}\n`))[0]?.line, 2, text);
  }
});

test('[TDY8] a marker with the number of its issue is accepted, and so are words that look alike', () => {
  for (const text of ['@TODO(12) reconnect', 'TODO(#7)', 'TODOS', 'for nowhere', 'hack']) {
    assert.deepEqual(checkMarkers(file(text)), [], text);
  }
});

test('[TDY9] paths of a machine and hosts of a registry are found', () => {
  for (const text of [
    'see /work/checkout/x',
    '"/root/.npmrc"',
    '/home/ana/parley',
    '/Users/ana/p',
    'https://registry.npmjs.org/x',
  ]) {
    assert.equal(checkPlaces(file(text)).length, 1, text);
  }
  for (const text of ['/v1/ws', 'src/work/queue', '/homework', 'https://example.org/a', '/data/parley']) {
    assert.deepEqual(checkPlaces(file(text)), [], text);
  }
});

test('[TDY9] a resolved address in the lock file is found; links to workspaces are none', () => {
  assert.equal(checkLockFile(file('"resolved": "https://registry.example/a.tgz"')).length, 1);
  assert.equal(checkLockFile(file('"resolved": "git+ssh://host/a.git"')).length, 1);
  assert.deepEqual(checkLockFile(file('"resolved": "packages/sdk", "link": true')), []);
});

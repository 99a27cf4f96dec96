// The shape of the protocol is recorded: nobody changes it without saying what becomes of older clients.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeFrameUp } from './codec.ts';
import { framesDown, framesUp } from './frame.ts';
import { Problem, routes } from './routes.ts';
import { history, oldestServedVersion, protocolVersion, shapes, subprotocol } from './version.ts';

/** A hash of everything that goes over the wire, or decides it. Words for people do not count. */
function fingerprint(table: object): string {
  const text = JSON.stringify(table, (key, value: unknown) =>
    typeof value === 'string' && (key === 'description' || key === 'summary') ? undefined : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

test('[PRT5] frames and routes are those that are recorded for this version', () => {
  const now = { frames: fingerprint({ framesUp, framesDown }), routes: fingerprint({ routes, Problem }) };
  const recorded = shapes.at(-1);
  assert.equal(recorded?.version, protocolVersion);
  assert.deepEqual(
    now,
    { frames: recorded?.frames, routes: recorded?.routes },
    'a schema changed: see `shapes` in version.ts, and CONTRIBUTING.md',
  );
});

test('[PRT5] a change anywhere in a schema changes the fingerprint, other words for people do not', () => {
  const shape = (maxLength: number, description: string) =>
    fingerprint({ message: { properties: { content: { type: 'string', maxLength, description } } } });
  assert.notEqual(shape(1, ''), shape(2, ''));
  assert.equal(shape(1, 'a'), shape(1, 'b'));
});

test('[PRT5] every version has its line of history and its shape, and the subprotocol names it', () => {
  const versions = Array.from({ length: protocolVersion }, (_, n) => n + 1);
  assert.deepEqual(Object.keys(history).map(Number), versions);
  assert.deepEqual([...new Set(shapes.map(({ version }) => version))], versions);
  for (const line of [...Object.values(history), ...shapes.map(({ answer }) => answer)]) assert.match(line, /\w.+\.$/);
  assert.ok(oldestServedVersion >= 1 && oldestServedVersion <= protocolVersion);
  assert.equal(subprotocol, `parley.v${protocolVersion}.json`);
});

test('[PRT5] what clients of each served version sent is still understood', () => {
  for (let version = oldestServedVersion; version <= protocolVersion; version++) {
    const lines = readFileSync(new URL(`recorded/frames-v${version}.jsonl`, import.meta.url), 'utf8')
      .trim()
      .split('\n');
    const types = new Set<string>();
    for (const line of lines) {
      const decoded = decodeFrameUp(line);
      assert.ok(decoded.ok, line);
      types.add(decoded.frame.type);
    }
    if (version === protocolVersion) assert.deepEqual([...types].sort(), Object.keys(framesUp).sort());
  }
});

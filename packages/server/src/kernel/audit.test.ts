import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditBook } from './audit.ts';
import { maxAuditAddresses, maxAuditLinesPerMinute } from './limits.ts';

/** A book, and the lines that it wrote. */
function book() {
  const lines: (readonly [string, string, number | undefined])[] = [];
  let now = 1_000_000_000_000 - (1_000_000_000_000 % 60_000);
  const audit = auditBook(
    (kind, { address, count }) => lines.push([kind, address, count]),
    () => now,
  );
  return { lines, audit, pass: (ms: number) => (now += ms) };
}

test('[OBS106] of one address so many lines are written a minute, and how many were left out is told', () => {
  const { lines, audit, pass } = book();
  for (let n = 0; n < maxAuditLinesPerMinute + 7; n++) audit('sign_in_refused', { address: '192.0.2.1' });
  audit('sign_in', { address: '192.0.2.2' });
  assert.equal(lines.length, maxAuditLinesPerMinute + 1, 'another address is not left out for it');
  pass(60_000);
  audit('sign_in', { address: '192.0.2.3' });
  assert.deepEqual(lines.slice(-2), [
    ['left_out', '192.0.2.1', 7],
    ['sign_in', '192.0.2.3', undefined],
  ]);
  audit('sign_in_refused', { address: '192.0.2.1' });
  assert.equal(lines.at(-1)?.[1], '192.0.2.1', 'a minute later there are lines again');
});

test('[OBS106] addresses beyond a bound are counted together', () => {
  const { lines, audit, pass } = book();
  for (let n = 0; n < maxAuditAddresses; n++) audit('sign_in_refused', { address: `${n}` });
  for (let n = 0; n < maxAuditLinesPerMinute + 5; n++) audit('sign_in_refused', { address: `new ${n}` });
  assert.equal(lines.length, maxAuditAddresses + maxAuditLinesPerMinute);
  pass(60_000);
  audit('sign_in', { address: '192.0.2.3' });
  assert.deepEqual(lines.at(-2), ['left_out', 'others', 5]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Summary, summaryBox, summaryLine } from './summary.ts';

const summary: Summary = {
  url: 'http://localhost:8420',
  data: '/var/lib/parley',
  version: '1.2.3',
  metrics: 'http://127.0.0.1:8421/metrics',
  setup_link: 'http://localhost:8420/setup#abcdefghijklmnop',
  warnings: ['PARLEY_PORT is ignored.'],
};

test('[CFG9] a program gets one line of JSON, without a set-up link once there is an owner', () => {
  assert.deepEqual(JSON.parse(summaryLine(summary)), summary);
  assert.ok(!summaryLine(summary).includes('\n'));
  const later: unknown = JSON.parse(summaryLine({ ...summary, setup_link: null, metrics: null, warnings: [] }));
  assert.deepEqual(later, { url: summary.url, data: summary.data, version: summary.version });
});

test('[CFG9] a person gets a box, warnings, the set-up link and its QR code', () => {
  const box = summaryBox(summary);
  for (const part of [summary.url, summary.data, '1.2.3', String(summary.setup_link), '! PARLEY_PORT', '▀'])
    assert.ok(box.includes(part), part);
  const lines = box.split('\n').slice(0, 8);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  const later = summaryBox({ ...summary, setup_link: null });
  assert.ok(!later.includes('owner') && !later.includes('▀'));
});

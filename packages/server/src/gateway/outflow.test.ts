import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payloads, TestWire } from './fixture.ts';
import { Outflow } from './outflow.ts';
import { Turn } from './turn.ts';
import { framedText } from './wire.ts';

function open() {
  const tasks: (() => void)[] = [];
  const wire = new TestWire();
  const outflow = new Outflow(wire, new Turn((task) => tasks.push(task)), 0);
  const endTurn = () => {
    for (const task of tasks.splice(0)) task();
  };
  return { wire, outflow, endTurn };
}

test('[HEL16] frames of every length survive in order, alone and joined', () => {
  const texts = ['', 'a'.repeat(125), 'b'.repeat(126), 'Zürich', 'c'.repeat(65_535), 'd'.repeat(65_536), '{"e":1}'];
  const { wire, outflow, endTurn } = open();
  for (const text of texts) outflow.answer(framedText(text));
  outflow.answer('plain text of ASCII');
  endTurn();
  assert.equal(wire.writes.length, 1);
  assert.deepEqual(payloads(wire.writes[0] ?? new Uint8Array()), [...texts, 'plain text of ASCII']);
  for (const text of texts) {
    outflow.answer(framedText(text));
    endTurn();
    assert.deepEqual(payloads(wire.writes.at(-1) ?? new Uint8Array()), [text]);
  }
});

test('[HEL16] what is said at the end of a turn leaves at the end of the next', () => {
  const { wire, outflow, endTurn } = open();
  outflow.answer('1');
  endTurn();
  outflow.answer('2');
  assert.equal(wire.writes.length, 1);
  endTurn();
  assert.equal(wire.writes.length, 2);
});

test('[HEL17] bytes that wait for the end of the turn count as unread', () => {
  const { outflow } = open();
  outflow.answer(framedText('a'.repeat(1_000)));
  assert.equal(outflow.bufferedBytes, 1_004);
});

test('[HEL17] a reader that takes a little now and then is not stalled', () => {
  const { wire, outflow, endTurn } = open();
  wire.stuck = true;
  outflow.answer(framedText('a'.repeat(600 * 1024)));
  endTurn();
  for (let now = 1_000; now < 120_000; now += 1_000) {
    wire.bufferedBytes -= 1_024;
    assert.equal(outflow.check(now), 'flowing');
  }
});

// One message on its way: every state against every event, and whole lives against a model of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as limits from './limits.ts';
import { freshRow, knownRow, type RowEffect, type RowEvent, type RowState, stepRow } from './outbox-row.ts';

const now = 1_000_000;
const past = { written: true, unansweredAt: null, ticked: false, refusals: 0, stale: 0 };

const states: { readonly [N in RowState['name']]: RowState & { name: N } } = {
  queued: { name: 'queued', past: { ...past, written: false } },
  flying: { name: 'flying', until: now, past },
  sent: { name: 'sent', until: now, past: { ...past, ticked: true } },
  waiting: { name: 'waiting', until: now, past },
  doubtful: {
    name: 'doubtful',
    code: 'conversation.denied',
    until: now,
    past: { ...past, unansweredAt: now - limits.doubtMs },
  },
  rejected: { name: 'rejected', code: 'conversation.denied', past },
  gone: { name: 'gone', past },
};

const events: { readonly [T in RowEvent['type']]: RowEvent & { type: T } } = {
  written: { type: 'written' },
  unsealed: { type: 'unsealed' },
  sent: { type: 'sent' },
  refused: { type: 'refused', code: 'conversation.denied', advice: 'give_up', retryAfterMs: null },
  too_big: { type: 'too_big' },
  lost: { type: 'lost' },
  confirmed: { type: 'confirmed' },
  verdict: { type: 'verdict', code: 'conversation.read_only' },
  absent: { type: 'absent' },
  timer: { type: 'timer' },
  hurry: { type: 'hurry' },
  discard: { type: 'discard' },
};

type Cell = 'same' | readonly [RowState['name'], ...RowEffect['type'][]];
type Table = { readonly [S in RowState['name']]: { readonly [E in RowEvent['type']]: Cell } };

const ends = { confirmed: ['gone'], discard: ['gone'] } as const;
const alive = { ...ends, verdict: ['rejected', 'keep'] } as const;
const nothing = {
  written: 'same',
  unsealed: 'same',
  sent: 'same',
  refused: 'same',
  too_big: 'same',
  lost: 'same',
  absent: 'same',
  timer: 'same',
  hurry: 'same',
} as const;

const table: Table = {
  queued: {
    ...nothing,
    ...alive,
    written: ['flying', 'timer'],
    unsealed: ['waiting', 'timer'],
    refused: ['rejected', 'keep'],
  },
  flying: {
    ...nothing,
    ...alive,
    sent: ['sent', 'keep', 'timer'],
    refused: ['rejected', 'keep'],
    too_big: ['rejected', 'keep'],
    lost: ['queued'],
    timer: ['queued'],
  },
  sent: { ...nothing, ...alive, timer: ['queued'], lost: ['queued'] },
  waiting: { ...nothing, ...alive, timer: ['queued'], hurry: ['queued'] },
  doubtful: { ...nothing, ...alive, absent: ['rejected', 'keep'], timer: ['doubtful', 'look', 'timer'] },
  rejected: { ...nothing, ...ends, verdict: 'same' },
  gone: { ...nothing, confirmed: 'same', discard: 'same', verdict: 'same' },
};

test('[OUT1] every state answers every event as the table says', () => {
  for (const [name, row] of Object.entries(table) as [RowState['name'], Table['queued']][])
    for (const [type, cell] of Object.entries(row) as [RowEvent['type'], Cell][]) {
      const [next, effects] = stepRow(states[name], events[type], now, 0.5);
      if (cell === 'same') assert.deepEqual([next, effects], [states[name], []], `${name} ${type}`);
      else assert.deepEqual([next.name, ...effects.map((effect) => effect.type)], cell, `${name} ${type}`);
    }
});

function refuse(state: RowState, advice: 'retry' | 'wait', retryAfterMs: number | null, code = 'unavailable' as const) {
  return stepRow({ ...state, name: 'flying' } as RowState, { type: 'refused', code, advice, retryAfterMs }, now, 1);
}

test('[OUT5] retry pauses longer each time up to half a minute, wait as long as it was told', () => {
  let state: RowState = states.flying;
  const pauses: number[] = [];
  for (let round = 0; round < 10; round++) {
    [state] = refuse(state, 'retry', null);
    assert.ok(state.name === 'waiting');
    pauses.push(state.until - now);
  }
  assert.deepEqual(pauses.slice(0, 3), [1_000, 2_000, 4_000]);
  assert.equal(pauses.at(-1), limits.retryMaxMs);
  const [waiting] = refuse(states.flying, 'wait', 1_234);
  assert.equal(waiting.name === 'waiting' && waiting.until - now, 1_234);
});

test('[OUT5] being out of order is no fault of the message: it goes again at once, but not for ever', () => {
  let state: RowState = states.flying;
  const names: string[] = [];
  for (let round = 0; round < 5; round++) {
    const event = { type: 'refused', code: 'message.out_of_order', advice: 'retry', retryAfterMs: null } as const;
    [state] = stepRow({ ...state, name: 'flying' } as RowState, event, now, 0.5);
    names.push(state.name);
  }
  assert.deepEqual(names, ['queued', 'queued', 'queued', 'waiting', 'waiting']);
});

test('[OUT3] a refusal after an unanswered attempt is a doubt until thirty seconds and a reading have passed', () => {
  const [lost] = stepRow(states.flying, events.lost, now, 0.5);
  const [flying] = stepRow(lost, events.written, now + 1_000, 0.5);
  const [doubt, looks] = stepRow(flying, events.refused, now + 1_100, 0.5);
  assert.deepEqual([doubt.name, looks], ['doubtful', [{ type: 'look' }, { type: 'timer', at: now + limits.doubtMs }]]);
  const [still, again] = stepRow(doubt, events.absent, now + 1_200, 0.5);
  assert.deepEqual([still, again], [doubt, []]);
  // Nobody could read it: again half a minute later, and so on.
  const [later, looksAgain] = stepRow(still, events.timer, now + limits.doubtMs, 0.5);
  assert.deepEqual(looksAgain, [{ type: 'look' }, { type: 'timer', at: now + 2 * limits.doubtMs }]);
  assert.equal(stepRow(later, events.timer, now + 2 * limits.doubtMs - 1, 0.5)[0], later);
  const [end] = stepRow(still, events.absent, now + limits.doubtMs, 0.5);
  assert.deepEqual([end.name, end.name === 'rejected' && end.code], ['rejected', 'conversation.denied']);
});

test('[OUT3] after a fault of the server nobody knows whether it was accepted: a refusal is a doubt then', () => {
  for (const [code, end] of [
    ['internal', 'doubtful'],
    ['unavailable', 'rejected'],
  ] as const) {
    const fault = { type: 'refused', code, advice: 'retry', retryAfterMs: 0 } as const;
    const [waiting] = stepRow(states.flying, fault, now, 0.5);
    const [queued] = stepRow(waiting, events.timer, now, 0.5);
    const [flying] = stepRow(queued, events.written, now, 0.5);
    assert.equal(stepRow(flying, events.refused, now + 100, 0.5)[0].name, end);
  }
});

test('[OUT4] a tick is kept once and stays, also when the message is sent again', () => {
  const [sent, first] = stepRow(states.flying, events.sent, now, 0.5);
  assert.ok(first.some((effect) => effect.type === 'keep'));
  assert.ok(sent.name === 'sent' && sent.until === now + 10_000);
  const [again] = stepRow(sent, events.timer, now + 10_000, 0.5);
  assert.deepEqual([again.name, again.past.ticked], ['queued', true]);
  const [flying] = stepRow(again, events.written, now + 10_000, 0.5);
  const [, second] = stepRow(flying, events.sent, now + 10_100, 0.5);
  assert.ok(!second.some((effect) => effect.type === 'keep'));
});

test('[OUT3] a durable message is never ended by a refusal at once', () => {
  const [again] = stepRow(states.sent, events.timer, now, 0.5);
  const [flying] = stepRow(again, events.written, now, 0.5);
  assert.equal(stepRow(flying, events.refused, now, 0.5)[0].name, 'doubtful');
});

/** A server that may accept without its answer arriving, and later only refuses. */
test('[R5] [OUT2] [OUT3] whatever gets lost, a message that was accepted is never told rejected', () => {
  const move = fc.constantFrom('answer', 'lose', 'accept and lose', 'refuse', 'read', 'time' as const);
  fc.assert(
    fc.property(fc.boolean(), fc.array(move, { maxLength: 40 }), (fresh, moves) => {
      let time = now;
      let accepted = false;
      let looked = false;
      let state: RowState = fresh ? freshRow : knownRow(false, time);
      const step = (event: RowEvent) => {
        const [next, effects] = stepRow(state, event, time, 0.5);
        state = next;
        if (effects.some((effect) => effect.type === 'look')) looked = true;
      };
      for (const one of moves) {
        time += 5_000;
        step({ type: 'timer' });
        if (state.name === 'queued') step({ type: 'written' });
        if (one === 'read' && looked) step(accepted ? { type: 'confirmed' } : { type: 'absent' });
        if (state.name !== 'flying') continue;
        if (one === 'answer') {
          accepted = true;
          step({ type: 'sent' });
        } else if (one === 'lose') step({ type: 'lost' });
        else if (one === 'accept and lose') {
          accepted = true;
          step({ type: 'lost' });
        } else if (one === 'refuse') step(events.refused);
        if (accepted) assert.notEqual(state.name, 'rejected');
      }
      if (accepted) assert.notEqual(state.name, 'rejected');
      step({ type: 'confirmed' });
      assert.equal(state.name, 'gone');
    }),
  );
});

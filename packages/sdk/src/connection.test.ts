// The connection's state machine: every state against every event. A cell that is missing does not compile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeCodes } from '@parley/protocol/errors';
import fc from 'fast-check';
import {
  backoffMs,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  stepConnection,
} from './connection.ts';
import * as limits from './limits.ts';

const now = 1_000_000;
const half = { now, chance: 0.5 };

const states: { readonly [N in ConnectionState['name']]: ConnectionState & { name: N } } = {
  stopped: { name: 'stopped' },
  offline: { name: 'offline', attempt: 2 },
  waiting: { name: 'waiting', attempt: 2, until: now + 1_000 },
  opening: { name: 'opening', attempt: 2 },
  greeting: { name: 'greeting', attempt: 2, refusal: null },
  online: { name: 'online', attempt: 2, since: now - 60_000, heardAt: now - 1_000, silenceMs: 35_000, refusal: null },
  ended: { name: 'ended', code: 'device.revoked' },
};

const events: { readonly [T in ConnectionEvent['type']]: ConnectionEvent & { type: T } } = {
  start: { type: 'start' },
  stop: { type: 'stop' },
  opened: { type: 'opened' },
  welcome: { type: 'welcome', heartbeatMs: 25_000 },
  heard: { type: 'heard' },
  goaway: { type: 'goaway', reconnectInMs: 4_000 },
  refused: { type: 'refused', code: 'account.disabled' },
  closed: { type: 'closed', code: 1006 },
  timer: { type: 'timer' },
  restart: { type: 'restart' },
  network_up: { type: 'network_up' },
  network_down: { type: 'network_down' },
};

type Cell = 'same' | readonly [ConnectionState['name'], ...string[]];
type Table = { readonly [S in ConnectionState['name']]: { readonly [E in ConnectionEvent['type']]: Cell } };

const opens = ['opening', 'open', 'timer 15000'] as const;
const stops = ['stopped', 'close', 'no_timer'] as const;
const nothing = {
  opened: 'same',
  welcome: 'same',
  heard: 'same',
  goaway: 'same',
  refused: 'same',
  closed: 'same',
  timer: 'same',
  restart: 'same',
  network_up: 'same',
  network_down: 'same',
} as const;

const table: Table = {
  stopped: { ...nothing, start: opens, stop: ['stopped', 'no_timer'] },
  ended: { ...nothing, start: opens, stop: ['stopped', 'no_timer'] },
  offline: { ...nothing, start: opens, stop: ['stopped', 'no_timer'], timer: opens, network_up: opens },
  waiting: {
    ...nothing,
    start: opens,
    stop: ['stopped', 'no_timer'],
    timer: opens,
    network_up: opens,
    network_down: ['offline', 'timer 30000'],
  },
  opening: {
    ...nothing,
    start: 'same',
    stop: stops,
    opened: ['greeting', 'hello', 'timer 10000'],
    closed: ['waiting', 'timer 4250'],
    timer: ['waiting', 'close', 'timer 4250'],
    network_down: ['offline', 'close', 'timer 30000'],
  },
  greeting: {
    ...nothing,
    start: 'same',
    stop: stops,
    welcome: ['online', 'timer 35000'],
    refused: ['greeting'],
    goaway: ['waiting', 'close', 'timer 4250'],
    closed: ['waiting', 'timer 4250'],
    timer: ['waiting', 'close', 'timer 4250'],
    network_down: ['offline', 'close', 'timer 30000'],
  },
  online: {
    ...nothing,
    start: 'same',
    stop: stops,
    welcome: ['online'],
    heard: ['online'],
    refused: ['online'],
    goaway: ['waiting', 'close', 'timer 4250'],
    closed: ['waiting', 'timer 750'],
    timer: ['online', 'timer 34000'],
    restart: ['opening', 'close', 'open', 'timer 15000'],
  },
};

function told(effect: ConnectionEffect): string {
  return effect.type === 'timer' ? `timer ${effect.ms}` : effect.type;
}

test('[CON1] every state answers every event as the table says', () => {
  for (const [name, row] of Object.entries(table) as [ConnectionState['name'], Table['online']][])
    for (const [type, cell] of Object.entries(row) as [ConnectionEvent['type'], Cell][]) {
      const [next, effects] = stepConnection(states[name], events[type], half);
      const seen = [next.name, ...effects.map(told)];
      if (cell === 'same') assert.deepEqual([next, effects], [states[name], []], `${name} ${type}`);
      else assert.deepEqual(seen, cell, `${name} ${type}`);
    }
});

test('[CON2] the close code decides between the end and another attempt', () => {
  for (const [text, { reconnect }] of Object.entries(closeCodes)) {
    const code = Number(text);
    const [next] = stepConnection(states.online, { type: 'closed', code }, half);
    assert.equal(next.name, reconnect ? 'waiting' : 'ended', text);
  }
  for (const code of [1000, 1005, 1006, 3999])
    assert.equal(stepConnection(states.online, { type: 'closed', code }, half)[0].name, 'waiting');
  const pause = (code: number) => {
    const [next] = stepConnection(states.online, { type: 'closed', code }, half);
    return next.name === 'waiting' ? next.until - now : 0;
  };
  assert.equal(pause(4429), limits.abuseBackoffMs);
  assert.equal(pause(1013), limits.busyBackoffMs);
});

test('[CON2] an end has the reason that the server gave, or the one of its close code', () => {
  const [refused] = stepConnection(states.online, events.refused, half);
  assert.deepEqual(stepConnection(refused, { type: 'closed', code: 4401 }, half)[0], {
    name: 'ended',
    code: 'account.disabled',
  });
  const codes = {
    4401: 'device.revoked',
    4409: 'device.replaced',
    4000: 'frame.too_many_malformed',
    1008: 'hello.unsupported',
  };
  for (const [close, code] of Object.entries(codes))
    assert.deepEqual(stepConnection(states.online, { type: 'closed', code: Number(close) }, half)[0], {
      name: 'ended',
      code,
    });
});

test('[CON9] what is replaced at once comes back three times in a row, what has lasted does not', () => {
  const replaced = { type: 'closed', code: 4409 } as const;
  const after = (sinceMs: number, attempt: number) =>
    stepConnection({ ...states.online, attempt, since: now - sinceMs }, replaced, half)[0].name;
  assert.equal(after(limits.stableConnectionMs, 0), 'ended');
  let state: ConnectionState = { ...states.online, attempt: 0, since: now };
  for (let times = 1; times <= limits.outrunAttempts; times++) {
    [state] = stepConnection(state, replaced, half);
    assert.equal(state.name, 'waiting');
    for (const type of ['timer', 'opened', 'welcome'] as const) [state] = stepConnection(state, events[type], half);
    assert.equal(state.name, 'online');
  }
  assert.deepEqual(stepConnection(state, replaced, half)[0], { name: 'ended', code: 'device.replaced' });
  assert.equal(stepConnection({ ...states.greeting, attempt: 0 }, replaced, half)[0].name, 'waiting');
  assert.equal(stepConnection({ ...states.greeting, attempt: limits.outrunAttempts }, replaced, half)[0].name, 'ended');
});

test('[CON3] a pause is between half a second and a ceiling that doubles, to 8 s at first and 30 s later', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (attempt, chance) => {
        const most = attempt < limits.earlyAttempts ? limits.earlyBackoffMs : limits.maxBackoffMs;
        const ceiling = Math.min(most, limits.minBackoffMs * 2 ** (attempt + 1));
        const pause = backoffMs(attempt, chance);
        assert.ok(pause >= limits.minBackoffMs && pause <= ceiling, `${attempt} ${chance} ${pause}`);
      },
    ),
  );
});

test('[CON3] a connection that lasted begins its pauses anew, one that did not goes on', () => {
  const closed = events.closed;
  const after = (sinceMs: number) => {
    const [next] = stepConnection({ ...states.online, since: now - sinceMs }, closed, half);
    return next.name === 'waiting' ? next.attempt : null;
  };
  assert.equal(after(limits.stableConnectionMs), 0);
  assert.equal(after(limits.stableConnectionMs - 1), 3);
});

test('[R11] [CON4] silence for a heartbeat and ten seconds ends a connection, a frame keeps it', () => {
  const timer = events.timer;
  assert.equal(stepConnection({ ...states.online, heardAt: now - 35_000 }, timer, half)[0].name, 'waiting');
  assert.equal(stepConnection({ ...states.online, heardAt: now - 34_999 }, timer, half)[0].name, 'online');
  // The clock went back an hour: the silence is counted anew, and not for an hour.
  const [, effects] = stepConnection({ ...states.online, heardAt: now + 3_600_000 }, timer, half);
  assert.deepEqual(effects, [{ type: 'timer', ms: 35_000 }]);
});

test('[CON8] goaway is a pause of the given time, however long the attempts took before', () => {
  const [next] = stepConnection(states.online, { type: 'goaway', reconnectInMs: 9_000 }, { now, chance: 0 });
  assert.deepEqual(next, { name: 'waiting', attempt: 0, until: now + 9_000 });
});

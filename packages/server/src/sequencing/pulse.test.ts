import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pulseMs, stallMs } from '../kernel/engine-limits.ts';
import { Pulse } from './pulse.ts';

/** A process whose timers run when it is said, late or not. */
function host() {
  const state = { now: 1_000_000, task: null as (() => void) | null };
  const after = (_delayMs: number, task: () => void) => {
    state.task = task;
    return () => {
      state.task = null;
    };
  };
  const pulse = new Pulse({ now: () => state.now, after });
  const pass = (ms: number): void => {
    state.now += ms;
  };
  return { pulse, pass, beat: () => state.task?.(), isOver: () => state.task === null };
}

test('[CLU23] a process that stood still is not steady until what had waited is read', () => {
  const { pulse, pass, beat, isOver } = host();
  for (let n = 0; n < 5; n++) {
    assert.equal(pulse.isSteady, true);
    pass(pulseMs);
    beat();
  }
  pass(stallMs);
  assert.equal(pulse.isSteady, true, 'late, as on a busy machine');
  pass(1);
  assert.equal(pulse.isSteady, false, 'sockets are read before timers run');
  beat();
  assert.equal(pulse.isSteady, false, 'and after them');
  pass(pulseMs);
  beat();
  assert.equal(pulse.isSteady, false);
  pass(pulseMs);
  beat();
  assert.equal(pulse.isSteady, true);
  pulse.stop();
  assert.equal(isOver(), true);
});

test('[CLU23] a clock that ran ahead and was set back makes it unsteady for a moment, not until it is there again', () => {
  const { pulse, pass, beat } = host();
  const beats = (count: number): void => {
    for (let n = 0; n < count; n++) {
      pass(pulseMs);
      beat();
    }
  };
  for (const jumpMs of [8 * 86_400_000, -8 * 86_400_000]) {
    pass(jumpMs);
    assert.equal(pulse.isSteady, false);
    beat();
    assert.equal(pulse.isSteady, false);
    pass(-jumpMs);
    beat();
    beats(2);
    assert.equal(pulse.isSteady, true);
  }
});

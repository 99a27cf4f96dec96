import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxHeldConversations } from '../kernel/limits.ts';
import { message } from './fixture.ts';
import { OrderGate } from './order.ts';

test('[HEL13] the gate opens when the awaited id comes back, and when it is refused for good', () => {
  const gate = new OrderGate();
  gate.refused(message(1), 'unavailable', 1);
  assert.equal(gate.holds(message(2), 9), true);
  assert.equal(gate.holds(message(1), 9), false);
  gate.refused(message(1), 'rate.limited', 2);
  assert.equal(gate.holds(message(2), 9), true);
  gate.refused(message(1), 'message.too_large', 3);
  assert.equal(gate.holds(message(2), 9), false);
  gate.refused(message(3), 'unavailable', 4);
  gate.accepted(message(3));
  assert.equal(gate.holds(message(4), 9), false);
});

test('[HEL13] of several that were under way the first is awaited, whichever was refused first', () => {
  const gate = new OrderGate();
  gate.refused(message(3), 'unavailable', 3);
  gate.refused(message(1), 'unavailable', 1);
  gate.refused(message(2), 'unavailable', 2);
  assert.deepEqual(
    [1, 2, 3].map((n) => gate.holds(message(n), n)),
    [false, true, true],
  );
});

test('[HEL13] the gate lets those by that came before the awaited one', () => {
  const gate = new OrderGate();
  gate.refused(message(3), 'rate.limited', 3);
  assert.deepEqual(
    [1, 2, 4].map((n) => gate.holds(message(n), n)),
    [false, false, true],
  );
});

test('[HEL13] a message without an id cannot come back, so nothing waits for it', () => {
  const gate = new OrderGate();
  const { id: _, ...nameless } = message(1);
  gate.refused(nameless, 'unavailable', 1);
  assert.equal(gate.holds(message(2), 9), false);
});

test('[HEL13] held conversations are bounded; beyond that the socket must begin anew', () => {
  const gate = new OrderGate();
  for (let n = 1; n <= maxHeldConversations; n++) assert.equal(gate.refused(message(n, n), 'unavailable', n), true);
  assert.equal(gate.refused(message(999, 999), 'unavailable', 999), false);
});

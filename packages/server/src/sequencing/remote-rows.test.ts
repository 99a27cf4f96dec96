import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxHeldStates, stateTrustMs, stateWaitMs } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { HandClock } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { accountId, conversationId, conversationRow, messageId, messageRow, put } from '../store/sample-rows.ts';
import type { Rows } from '../store/store.ts';
import { RemoteRows } from './remote-rows.ts';
import { conversation, type Envelope, envelope, gateway, group, Somebody, turns } from './remote-rows-fixture.ts';

test('[CLU2] a state that was read is at hand, and moves on with each plain record that is heard of', async () => {
  const { rows } = await gateway(group);
  assert.equal(rows.conversation(conversation), undefined);
  assert.deepEqual(await rows.get('conversations', [conversation]), group);
  assert.deepEqual(rows.peek('conversations', [conversation]), group);
  rows.heard(envelope(5));
  rows.heard(envelope(6));
  rows.heard(envelope(6));
  assert.deepEqual(rows.conversation(conversation), { ...group, seq: 6, ord: 6, lamport: 7, time: 1_006, offset: 76 });
});

test('[CLU2] a record that moves more, a gap, other members, or a request end what is held', async () => {
  const request = conversationRow(2, { kind: 'direct', seq: 4, memberN: 2, contact: false });
  const { rows } = await gateway(group, request);
  const ends: readonly Envelope[] = [
    envelope(5, { after: null }),
    envelope(6),
    envelope(5, { memberN: 3 }),
    envelope(5, { conversation: request.conversation }),
  ];
  for (const end of ends) {
    const fresh = await gateway(group, request);
    await fresh.rows.get('conversations', [end.conversation]);
    fresh.rows.heard(end);
    assert.equal(fresh.rows.conversation(end.conversation), undefined);
  }
  await rows.get('conversations', [conversation]);
  rows.forget();
  assert.equal(rows.conversation(conversation), undefined, 'hints were missed');
});

test('[CLU2] a store that is behind plain records is brought up to them, also when they were heard before it was asked', async () => {
  for (const end of [(rows: RemoteRows) => rows.forget(), (_: RemoteRows, here: Somebody) => here.go(), () => {}]) {
    const { rows, here } = await gateway(group);
    rows.heard(envelope(5));
    rows.heard(envelope(6));
    const at6 = { ...group, seq: 6, ord: 6, lamport: 7, time: 1_006, offset: 76 };
    assert.deepEqual(await rows.get('conversations', [conversation]), at6);
    assert.deepEqual(rows.conversation(conversation), at6);
    rows.heard(envelope(7));
    end(rows, here);
    rows.conversation(conversation);
    here.come();
    assert.equal((await rows.get('conversations', [conversation]))?.seq, 7);
  }
});

test('[CLU32] between two, what is held for one of them is read again once the other one has come', async () => {
  for (const kind of ['direct', 'group'] as const) {
    const state = conversationRow(2, { kind, seq: 4, ord: 3, memberN: 2, contact: true });
    const { rows, here, store } = await gateway(state);
    await rows.get('conversations', [state.conversation]);
    await store.commit(put('conversations', { ...state, seq: 6 }), null);
    here.otherSince = here.comings + 1;
    assert.equal(rows.conversation(state.conversation)?.seq, kind === 'direct' ? undefined : 4);
    assert.equal((await rows.get('conversations', [state.conversation]))?.seq, 6);
  }
});

test('[CLU2] what is held is trusted for a while, and bounded', async () => {
  const { rows, clock, store } = await gateway(group);
  await rows.get('conversations', [conversation]);
  clock.advance(stateTrustMs - 1);
  rows.heard(envelope(5));
  assert.equal(rows.conversation(conversation)?.seq, 5);
  clock.advance(1);
  assert.equal(rows.conversation(conversation), undefined, 'a hint does not prolong it');
  for (let n = 2; n <= maxHeldStates + 10; n++) {
    await store.commit(put('conversations', conversationRow(n)), null);
    await rows.get('conversations', [conversationId(n)]);
    rows.heard(envelope(1, { conversation: conversationId(10_000_000 + n) }));
  }
  assert.equal(rows.size, maxHeldStates);
});

test('[CLU2] in a direct conversation of contacts each record that is heard of prolongs the trust', async () => {
  const direct = conversationRow(2, { kind: 'direct', seq: 4, ord: 3, memberN: 2, contact: true });
  const { rows, clock } = await gateway(direct);
  await rows.get('conversations', [direct.conversation]);
  for (let seq = 5; seq < 8; seq++) {
    clock.advance(stateTrustMs - 1);
    rows.heard(envelope(seq, { conversation: direct.conversation }));
    assert.equal(rows.conversation(direct.conversation)?.seq, seq);
  }
  rows.heard(envelope(7, { conversation: direct.conversation }));
  clock.advance(stateTrustMs);
  assert.equal(rows.conversation(direct.conversation), undefined, 'nor does one that was heard of before');
});

test('[CLU2] other tables are read from the store each time', async () => {
  const { rows, store } = await gateway();
  await store.commit(put('messages', messageRow(1, 1)), null);
  assert.equal(rows.peek('messages', [conversationId(1), 1]), undefined);
  assert.deepEqual(await rows.get('messages', [conversationId(1), 1]), messageRow(1, 1));
  assert.equal((await rows.list('messages', { prefix: [conversationId(1)], limit: 5 })).length, 1);
  assert.equal(await rows.get('ids', [conversationId(1), accountId(1), messageId(1)]), undefined);
});

test('[CLU2] a state is held only while hints of its records come here', async () => {
  const { rows, here } = await gateway(group);
  here.go();
  assert.deepEqual(await rows.get('conversations', [conversation]), group);
  assert.equal(rows.conversation(conversation), undefined);
  here.come();
  await rows.get('conversations', [conversation]);
  assert.deepEqual(rows.conversation(conversation), group);
  here.go();
  assert.equal(rows.conversation(conversation), undefined, 'nobody is here any more');
  here.come();
  assert.equal(rows.conversation(conversation), undefined, 'what was missed meanwhile is not known');
});

test('[CLU2] a state whose read began before hints were missed is not held', async () => {
  const { rows, fault, store } = await gateway(group);
  const { promise, resolve } = Promise.withResolvers<void>();
  fault.silence = promise;
  const asked = rows.get('conversations', [conversation]);
  rows.forget();
  resolve();
  await asked;
  assert.equal(rows.conversation(conversation), undefined);
  await store.commit(put('conversations', { ...group, seq: 5 }), null);
  await rows.get('conversations', [conversation]);
  assert.equal(rows.conversation(conversation)?.seq, 5);
});

test('[CLU2] a state is not held beyond a gap in which no hints came, also when nobody asked meanwhile', async () => {
  const { rows, here, fault, store } = await gateway(group);
  await rows.get('conversations', [conversation]);
  here.go();
  here.come();
  assert.equal(rows.conversation(conversation), undefined);
  fault.isDown = true;
  await assert.rejects(rows.get('conversations', [conversation]), Unavailable);
  fault.isDown = false;
  here.go();
  const { promise, resolve } = Promise.withResolvers<void>();
  fault.silence = promise;
  const asked = rows.get('conversations', [conversation]);
  await store.commit(put('conversations', { ...group, seq: 5 }), null);
  here.come();
  resolve();
  await asked;
  assert.equal(rows.conversation(conversation), undefined, 'nor is one whose read began in the gap');
  await rows.get('conversations', [conversation]);
  assert.equal(rows.conversation(conversation)?.seq, 5);
});

test('[CLU20] while the store does not answer, a state that is held goes on being used and kept exact', async () => {
  const { rows, clock, fault, here, store } = await gateway(group);
  await rows.get('conversations', [conversation]);
  fault.isDown = true;
  clock.advance(stateTrustMs);
  rows.heard(envelope(5));
  assert.equal(rows.conversation(conversation), undefined, 'the store is asked first');
  assert.equal((await rows.get('conversations', [conversation]))?.seq, 5);
  rows.heard(envelope(6));
  assert.equal(rows.conversation(conversation)?.seq, 6, 'and not for every record');
  clock.advance(stateTrustMs);
  assert.equal(rows.conversation(conversation), undefined);
  fault.isDown = false;
  await store.commit(put('conversations', { ...group, seq: 6, title: 'renamed' }), null);
  assert.equal((await rows.get('conversations', [conversation]))?.title, 'renamed');
  assert.equal(rows.conversation(conversation)?.title, 'renamed', 'the store has the last word again');
  fault.isDown = true;
  clock.advance(stateTrustMs);
  here.go();
  await assert.rejects(rows.get('conversations', [conversation]), Unavailable);
});

test('[CLU20] what is not held, or was forgotten since, is not answered while the store does not', async () => {
  const { rows, fault } = await gateway(group);
  fault.isDown = true;
  await assert.rejects(rows.get('conversations', [conversation]), Unavailable);
  fault.isDown = false;
  await rows.get('conversations', [conversation]);
  fault.isDown = true;
  rows.forget();
  await assert.rejects(rows.get('conversations', [conversation]), Unavailable);
  await assert.rejects(rows.get('messages', [conversation, 1]), Unavailable);
});

test('[CLU20] a store that is silent is waited for only a moment where a state is held', async () => {
  const { rows, clock, fault } = await gateway(group);
  await rows.get('conversations', [conversation]);
  clock.advance(stateTrustMs);
  const { promise, resolve } = Promise.withResolvers<void>();
  fault.silence = promise;
  rows.heard(envelope(5));
  const asked = rows.get('conversations', [conversation]);
  clock.advance(stateWaitMs);
  assert.equal((await asked)?.seq, 5);
  assert.equal(rows.conversation(conversation)?.seq, 5, 'and for a while it is not asked');
  resolve();
  await promise;
  await rows.get('conversations', [conversation]);
  assert.equal(clock.pending, 0);
});

test('[CLU34] a state that is used is read again beside it before its time is over, once', async () => {
  const { rows, clock, fault } = await gateway(group);
  await rows.get('conversations', [conversation]);
  clock.advance(stateTrustMs * 0.7);
  assert.notEqual(rows.conversation(conversation), undefined);
  assert.equal(fault.reads, 1, 'it is early');
  clock.advance(stateTrustMs * 0.2);
  for (let n = 0; n < 3; n++) assert.notEqual(rows.conversation(conversation), undefined);
  assert.equal(fault.reads, 2);
  await turns();
  clock.advance(stateTrustMs * 0.7);
  assert.notEqual(rows.conversation(conversation), undefined, 'nobody waits for what was read meanwhile');
  fault.isDown = true;
  clock.advance(stateTrustMs * 0.2);
  rows.conversation(conversation);
  await turns();
  rows.conversation(conversation);
  assert.equal(fault.reads, 3, 'a store that is down is not asked for every message');
  clock.advance(stateTrustMs * 0.2);
  assert.equal(rows.conversation(conversation), undefined);
});

test('[CLU25] several who ask for a state that is not held are served by one read, and one that fails serves nobody', async () => {
  const store = new MemoryStore();
  await store.commit(put('conversations', group), null);
  const fault = { isDown: true, reads: 0 };
  const slow: Rows = {
    async get(table, key) {
      fault.reads++;
      const { isDown } = fault;
      for (let n = 0; n < 5; n++) await Promise.resolve();
      if (isDown) throw new Unavailable('down');
      return store.get(table, key);
    },
    list: (table, range) => store.list(table, range),
  };
  const rows = new RemoteRows(slow, new HandClock(), new Somebody());
  const ask = () => rows.get('conversations', [conversation]);
  const [failing, other] = [ask(), ask()];
  fault.isDown = false;
  await assert.rejects(failing, Unavailable);
  assert.deepEqual(await other, group);
  rows.forget();
  fault.reads = 0;
  for (const each of await Promise.all([ask(), ask(), ask()])) assert.deepEqual(each, group);
  assert.equal(fault.reads, 1);
});

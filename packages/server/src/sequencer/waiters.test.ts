// Requests that wait for what became of their record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxWaiters } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { accountOf, message, messageOf, Stage } from './stage.ts';
import { Waiters } from './waiters.ts';

const [ana, ben] = [accountOf(1), accountOf(2)];

test('[SEQ19] who waits before the record is applied gets its verdict, and only of this identity', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const { signal } = new AbortController();
  const early = stage.waiters.wait(conversation, ana, messageOf(50), signal);
  const twice = stage.waiters.wait(conversation, ana, messageOf(50), signal);
  await stage.say(conversation, ben, { id: messageOf(50) });
  assert.equal(stage.waiters.size, 2);
  await stage.say(conversation, ana, { id: messageOf(50) });
  assert.deepEqual(await early, { state: 'accepted', seq: 3, repeat: false });
  assert.deepEqual(await twice, await early);
  assert.equal(stage.waiters.size, 0);
});

test('[SEQ19] who waits after it was applied gets it too, from memory or from the store, rejections included', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana, { id: messageOf(50) });
  await stage.apply(message(conversation, accountOf(9), messageOf(51)));
  const { signal } = new AbortController();
  for (const where of ['overlay', 'store']) {
    const accepted = await stage.waiters.wait(conversation, ana, messageOf(50), signal);
    assert.deepEqual(accepted, { state: 'accepted', seq: 2, repeat: false }, where);
    const rejected = await stage.waiters.wait(conversation, accountOf(9), messageOf(51), signal);
    assert.deepEqual(rejected, { state: 'rejected', code: 'conversation.denied', repeat: false }, where);
    await stage.commit();
  }
});

test('[SEQ19] a wait ends with its signal, and leaves nothing behind', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const stop = new AbortController();
  const waiting = stage.waiters.wait(conversation, ana, messageOf(50), stop.signal);
  stop.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(stage.waiters.wait(conversation, ana, messageOf(50), stop.signal), { name: 'AbortError' });
  assert.equal(stage.waiters.size, 0);
  await stage.say(conversation, ana, { id: messageOf(50) });
});

test('[SEQ19] waits are bounded; one that ends makes room', async () => {
  const waiters = new Waiters(new MemoryStore());
  const where = 'c_1' as never;
  const wait = (n: number) => waiters.wait(where, ana, messageOf(n), new AbortController().signal);
  const waits = Array.from({ length: maxWaiters }, (_, n) => wait(n));
  await assert.rejects(wait(0), Unavailable);
  const verdict = { state: 'accepted', seq: 1, repeat: false } as const;
  waiters.tell(where, ana, messageOf(7), verdict);
  assert.deepEqual(await waits[7], verdict);
  waits[7] = wait(7);
  for (let n = 0; n < maxWaiters; n++) waiters.tell(where, ana, messageOf(n), verdict);
  await Promise.all(waits);
  assert.equal(waiters.size, 0);
});

test('[SEQ19] where the store cannot be read the next verdict is waited for', async () => {
  const store = new MemoryStore(() => {
    throw new Unavailable('the disk is away');
  });
  const waiters = new Waiters(store);
  const waiting = waiters.wait('c_1' as never, ana, messageOf(1), new AbortController().signal);
  await new Promise((resolve) => setImmediate(resolve));
  waiters.tell('c_1' as never, ana, messageOf(1), { state: 'rejected', code: 'internal', repeat: false });
  assert.deepEqual(await waiting, { state: 'rejected', code: 'internal', repeat: false });
});

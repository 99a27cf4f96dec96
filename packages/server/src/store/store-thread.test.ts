import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeStallMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { UnusableStore } from './sqlite-open.ts';
import { type ReaderQuestion, StoreThread } from './store-thread.ts';

const question = (name: string): ReaderQuestion => ({ call: 'get', table: 'facts', key: [name] });

/** A worker of a few lines: `onAsked` is run with what the main thread asked. */
async function started(onAsked: string, maxUnanswered = 8) {
  const source = `
    import { parentPort as port } from 'node:worker_threads';
    const answer = (id, failure) => port.postMessage({ state: 'answers', bytes: new Uint8Array(), answers: [{ id, value: 0, failure, from: 0, to: 0 }] });
    port.on('message', (asked) => { ${onAsked} });
    port.postMessage({ state: 'ready', value: 'open' });`;
  const clock = new ManualClock();
  const fatal: Unavailable[] = [];
  const onFatal = (error: Unavailable) => fatal.push(error);
  const script = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const options = { path: '', maxUnanswered, clock, stallMs: storeStallMs, onFatal };
  const { thread, ready } = await StoreThread.start<ReaderQuestion>(script, options);
  assert.equal(ready, 'open');
  return { thread, clock, fatal };
}

for (const [name, onAsked] of [
  ['ends', 'process.exit(3)'],
  ['throws', 'throw new Error("a bug")'],
] as const) {
  test(`[STR14] a thread that ${name} fails everything in flight, then every call, and the owner is told once`, async () => {
    const { thread, fatal } = await started(onAsked);
    const asked = [thread.ask(question('a')), thread.ask(question('b'))];
    for (const result of await Promise.allSettled(asked)) {
      assert.equal(result.status, 'rejected');
      assert.ok(result.reason instanceof Unavailable);
    }
    await assert.rejects(thread.ask(question('c')), Unavailable);
    assert.equal(fatal.length, 1);
    await thread.close();
  });
}

test('[STR14] a thread that stands still is given up after a while, one that answers is not', async () => {
  const { thread, clock, fatal } = await started(
    'for (const { id, question } of asked) if (question.key[0] !== "still") answer(id, null);',
  );
  await thread.ask(question('a'));
  const lost = thread.ask(question('still'));
  await thread.ask(question('b'));
  clock.advance(storeStallMs);
  assert.equal(fatal.length, 0, 'the timer of an answered question says nothing of a later one');
  clock.advance(storeStallMs);
  await assert.rejects(lost, /stands still/);
  assert.equal(fatal.length, 1);
});

test('[STR14] a thread that cannot trust its disk is given up; one that is full or has a bug is not', async () => {
  const { thread, fatal } = await started(`
    for (const { id, question } of asked)
      if (question === null) { answer(id, null); port.close(); }
      else answer(id, { fault: question.key[0], text: 'why' });`);
  await assert.rejects(thread.ask(question('unavailable')), Unavailable);
  await assert.rejects(thread.ask(question('bug')), { name: 'AssertionFailure', message: 'why' });
  assert.equal(fatal.length, 0);
  const behind = thread.ask(question('fatal'));
  const next = thread.ask(question('unavailable'));
  await assert.rejects(behind, Unavailable);
  await assert.rejects(next, Unavailable);
  await assert.rejects(thread.ask(question('a')), /why/);
  assert.equal(fatal.length, 1);
});

test('[STR15] questions without an answer are bounded', async () => {
  const { thread, fatal } = await started(
    'globalThis.all = [...(globalThis.all ?? []), ...asked]; if (asked.at(-1).question === null) { for (const { id } of all) answer(id, null); port.close(); }',
    2,
  );
  const first = thread.ask(question('a'));
  const second = thread.ask(question('b'));
  await assert.rejects(thread.ask(question('c')), /too much to do/);
  await thread.close();
  await Promise.all([first, second]);
  assert.equal(fatal.length, 0);
});

test('[STR11] a thread that does not get as far as opening is no store', async () => {
  const options = {
    path: '/nowhere/at-all/store.db',
    maxUnanswered: 1,
    clock: new ManualClock(),
    stallMs: null,
    onFatal: assert.fail,
  };
  const writer = new URL('./sqlite-writer.ts', import.meta.url);
  await assert.rejects(StoreThread.start(writer, options), UnusableStore);
  const broken = new URL('data:text/javascript,process.exit(0)');
  await assert.rejects(StoreThread.start(broken, options), Unavailable);
});

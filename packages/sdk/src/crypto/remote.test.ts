// Calls over a real message port.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { ChatError } from '../error.ts';
import { maxRemoteCalls } from '../limits.ts';
import { type Port, remote, serve } from './remote.ts';

function channel(t: TestContext) {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const ended = new AbortController();
  return { here: port1 as Port, there: port2 as Port, ended };
}

test('[ENC40] calls over a port begin in their order, and bring back values, bytes and nothing', async (t) => {
  const { here, there, ended } = channel(t);
  const begun: number[] = [];
  const adder = {
    base: 40,
    async add(n: number) {
      begun.push(n);
      return this.base + n;
    },
    bytes: async (length: number) => new Uint8Array(length).fill(7),
    nothing: async () => {},
  };
  const served = { add: adder.add.bind(adder), bytes: adder.bytes, nothing: adder.nothing };
  serve(there, served, ended.signal);
  const { calls, opened } = remote<typeof served>(here, ended.signal);
  await opened;
  const numbers = Array.from({ length: 50 }, (_, n) => n);
  assert.deepEqual(
    await Promise.all(numbers.map((n) => calls.add(n))),
    numbers.map((n) => 40 + n),
  );
  assert.deepEqual(begun, numbers);
  assert.deepEqual(await calls.bytes(3), new Uint8Array([7, 7, 7]));
  assert.equal(await calls.nothing(), undefined);
});

test('[ENC40] both ends of a port call each other, also while a call is under way', async (t) => {
  const { here, there, ended } = channel(t);
  const http = { get: async (path: string) => `answer of ${path}` };
  const outside = remote<typeof http>(there, ended.signal);
  const machine = { send: async (text: string) => `${text}: ${await outside.calls.get('/keys')}` };
  serve(there, machine, ended.signal);
  serve(here, http, ended.signal);
  assert.equal(await remote<typeof machine>(here, ended.signal).calls.send('hello'), 'hello: answer of /keys');
});

test('[ENC40] an error keeps its name, message and code, and one of the SDK its advice', async (t) => {
  const { here, there, ended } = channel(t);
  const failing = {
    plain: async () => {
      throw Object.assign(new RangeError('too far'), { code: 'FAR' });
    },
    chat: async () => {
      throw new ChatError('rate.limited', { retryAfterMs: 1_500 });
    },
    own: async () => {
      throw new ChatError('client.storage');
    },
    odd: async () => {
      // Not everything that is thrown is an error.
      AbortSignal.abort('a word').throwIfAborted();
    },
  };
  serve(there, failing, ended.signal);
  const { calls } = remote<typeof failing>(here, ended.signal);
  await assert.rejects(calls.plain(), { name: 'RangeError', message: 'too far', code: 'FAR' });
  await assert.rejects(calls.chat(), { name: 'ChatError', code: 'rate.limited', advice: 'wait', retryAfterMs: 1_500 });
  await assert.rejects(calls.own(), { code: 'client.storage', advice: 'retry' });
  await assert.rejects(calls.odd(), { message: 'a word' });
});

test('[ENC40] what cannot be copied and what is not there is refused, and the port goes on', async (t) => {
  const { here, there, ended } = channel(t);
  const served = { echo: async (given: unknown) => given, func: async () => () => {} };
  serve(there, served, ended.signal);
  const { calls } = remote<typeof served & { missing(): Promise<void>; toString(): Promise<void> }>(here, ended.signal);
  await assert.rejects(
    calls.echo(() => {}),
    { name: 'DataCloneError' },
  );
  await assert.rejects(calls.func(), { name: 'DataCloneError' });
  await assert.rejects(calls.missing(), { name: 'TypeError' });
  await assert.rejects(calls.toString(), { name: 'TypeError' });
  assert.equal(await calls.echo('still here'), 'still here');
});

test('[ENC40] an object that cannot be made refuses everything with the reason', async (t) => {
  const { here, there, ended } = channel(t);
  const served = { get: async () => 1 };
  serve(there, Promise.reject<typeof served>(new ChatError('client.storage')), ended.signal);
  const { calls, opened } = remote<typeof served>(here, ended.signal);
  await assert.rejects(opened, { code: 'client.storage' });
  await assert.rejects(calls.get(), { code: 'client.storage' });
});

test('[ENC41] no more calls wait at once than the limit, and there is room again when one is answered', async (t) => {
  const { here, there, ended } = channel(t);
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const served = { wait: () => gate, get: async () => 1 };
  serve(there, served, ended.signal);
  const { calls, opened } = remote<typeof served>(here, ended.signal);
  await opened;
  const all = Array.from({ length: maxRemoteCalls }, () => calls.wait());
  await assert.rejects(calls.get(), { code: 'client.queue_full' });
  go();
  await Promise.all(all);
  assert.equal(await calls.get(), 1);
});

test('[ENC41] when a port ends, what waits and what comes is told the reason, at both ends', async (t) => {
  const { here, there, ended } = channel(t);
  let begun = () => {};
  const beginning = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const served = {
    never: () => {
      begun();
      return new Promise<void>(() => {});
    },
  };
  serve(there, served, ended.signal);
  const { calls } = remote<typeof served>(here, ended.signal);
  const waiting = calls.never();
  await beginning;
  ended.abort(new ChatError('client.closed'));
  await assert.rejects(waiting, { code: 'client.closed' });
  await assert.rejects(calls.never(), { code: 'client.closed' });
});

test('[ENC42] what is said waits until it may be said, in its order, and says so when it may not', async (t) => {
  const { here, there, ended } = channel(t);
  const safe: PromiseWithResolvers<void>[] = [];
  const hold = () => {
    const next = Promise.withResolvers<void>();
    safe.push(next);
    return next.promise;
  };
  const heard: string[] = [];
  const outside = remote<{ tell(text: string): Promise<void> }>(there, ended.signal, hold);
  const served = {
    get: async (n: number) => n,
    tell: async (text: string) => outside.calls.tell(text),
  };
  serve(there, served, ended.signal, hold);
  serve(here, { tell: async (text: string) => void heard.push(text) }, ended.signal);
  const { calls, opened } = remote<typeof served>(here, ended.signal);
  const allow = async (count: number) => {
    while (safe.length < count) await new Promise(setImmediate);
    return safe[count - 1] as PromiseWithResolvers<void>;
  };
  (await allow(1)).resolve();
  await opened;
  let answered = false;
  const one = calls.get(1).then((value) => {
    answered = true;
    return value;
  });
  const second = await allow(2);
  assert.equal(answered, false);
  second.resolve();
  assert.equal(await one, 1);
  const telling = calls.tell('a secret');
  (await allow(3)).reject(new ChatError('client.storage'));
  await assert.rejects(telling, { code: 'client.storage' });
  assert.deepEqual(heard, []);
  const two = calls.get(2);
  (await allow(4)).reject(new ChatError('client.storage'));
  await assert.rejects(two, { code: 'client.storage' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { settle } from '../../../sdk/src/fixture.ts';
import { maxKeptBytes, maxKeptFiles, maxOpenings } from './file-limits.ts';
import { createOpenedFiles, type FileMessage } from './opened-files.ts';

const message = (n: number, mediaType = 'image/png'): FileMessage => ({
  id: `m${n}` as MessageId,
  seq: n,
  conversation: 'c' as FileMessage['conversation'],
  file: { look: 'image', name: `${n}.png`, mediaType, bytes: 4, width: 1, height: 1, durationMs: null, thumb: null },
});

/** A page whose files come when they are let, and whose addresses are counted. */
function page() {
  const begun: { id: string; signal: AbortSignal; end(part: Uint8Array | Error): void }[] = [];
  const given = new Map<string, string>();
  let addresses = 0;
  const opened = createOpenedFiles({
    bytes: async function* ({ id }, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
      begun.push({ id, signal, end: (part) => (part instanceof Uint8Array ? resolve(part) : reject(part)) });
      yield await promise;
    },
    give: (_, type) => {
      const address = `blob:${++addresses}`;
      given.set(address, type);
      return address;
    },
    take: (address) => given.delete(address),
  });
  const state = (n: number) => opened.of(message(n)).snapshot.state;
  const finish = async (at: number, bytes = 4) => {
    begun[at]?.end(new Uint8Array(bytes));
    await settle();
  };
  return { opened, begun, given, state, finish };
}

test('[WEB63] at most three are opened at once, in the order asked, and those out of sight are not begun', async () => {
  const { opened, begun, state, finish } = page();
  for (let n = 1; n <= 6; n++) opened.open(message(n));
  opened.open(message(6));
  await settle();
  assert.equal(begun.length, maxOpenings);
  opened.leave(message(4));
  opened.leave(message(1));
  await finish(0);
  assert.deepEqual(
    [state(1), state(2), state(4), state(5), state(6)],
    ['open', 'opening', 'closed', 'opening', 'closed'],
  );
  await finish(1);
  await finish(2);
  await finish(3);
  await finish(4);
  assert.deepEqual(
    begun.map(({ id }) => id),
    ['m1', 'm2', 'm3', 'm5', 'm6'],
    'each once',
  );
});

test('[WEB63] what somebody waits for comes first, and stays asked for out of sight', async () => {
  const { opened, begun, finish } = page();
  for (let n = 1; n <= 4; n++) opened.open(message(n));
  const address = opened.address(message(5));
  opened.leave(message(5));
  await settle();
  await finish(0);
  assert.equal(begun[3]?.id, 'm5');
  await finish(3);
  assert.equal(await address, 'blob:2');
});

test('[WEB63] what was opened is kept within a bound, those that are shown always', async () => {
  const { opened, given, state, finish } = page();
  const release = opened.hold(message(1));
  for (let n = 1; n <= 3; n++) {
    opened.open(message(n));
    await settle();
    await finish(n - 1, maxKeptBytes / 2);
  }
  assert.deepEqual([state(1), state(2), state(3)], ['open', 'closed', 'open']);
  assert.equal(given.size, 2, 'the address of what was let go is given back');
  release();
  for (let n = 10; n < 10 + maxKeptFiles + 5; n++)
    opened.put(`m${n}` as MessageId, { parts: [], type: 'image/png', size: 1 });
  assert.equal(given.size, maxKeptFiles);
  assert.equal(state(1), 'closed');
});

test('[WEB63] nothing stays of what was deleted, also while it is opened', async () => {
  const { opened, begun, given, state, finish } = page();
  opened.open(message(1));
  await settle();
  await finish(0);
  opened.open(message(2));
  await settle();
  opened.forget([message(1).id, message(2).id, message(3).id]);
  assert.equal(given.size, 0);
  assert.equal(begun[1]?.signal.aborted, true);
  await finish(1);
  assert.equal(given.size, 0);
  assert.deepEqual([state(1), state(2)], ['closed', 'closed']);
});

test('[WEB65] bytes have a type on the page that does nothing by itself, whatever the message says', async () => {
  const { opened, begun, given, finish } = page();
  for (const [at, type] of ['image/svg+xml', 'text/html', 'image/png'].entries()) {
    opened.open(message(at + 1, type));
    await settle();
    await finish(at);
  }
  opened.put('m9' as MessageId, { parts: [], type: 'text/html', size: 1 });
  assert.equal(begun.length, 3);
  const anything = 'application/octet-stream';
  assert.deepEqual([...given.values()], [anything, anything, 'image/png', anything]);
});

test('[WEB67] what was altered or is gone has no address, says why, and can be asked for again', async () => {
  const { opened, begun, given, finish } = page();
  const address = opened.address(message(1));
  await settle();
  begun[0]?.end(Object.assign(new Error('altered'), { code: 'client.altered_file' }));
  await assert.rejects(address, { code: 'client.altered_file' });
  assert.deepEqual(opened.of(message(1)).snapshot, { state: 'failed', code: 'client.altered_file' });
  assert.equal(given.size, 0);
  const again = opened.address(message(1));
  await settle();
  await finish(1);
  assert.equal(await again, 'blob:1');
});

test('[WEB62] a message that has no place yet shows what was sent with it, or says that it waits', async () => {
  const { opened } = page();
  await assert.rejects(opened.address({ ...message(1), seq: null }), { code: 'client.unreachable' });
  opened.put('m1' as MessageId, { parts: [], type: 'image/png', size: 1 });
  assert.equal(await opened.address({ ...message(1), seq: null }), 'blob:1');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import type { Conversation, NewFile } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { createUploads, type ToSend } from './uploads.ts';

/** A conversation whose sending is driven by hand. */
function desk() {
  const calls: {
    file: NewFile;
    signal: AbortSignal;
    tell(bytes: number, of: number, isWaiting: boolean): void;
    end(why?: string): void;
  }[] = [];
  const sendFile: Conversation['sendFile'] = (file, { signal, onProgress } = {}) =>
    new Promise((resolve, reject) => {
      const end = (code?: string) =>
        code === undefined ? resolve({ id: `m-${file.name}` as MessageId } as never) : reject(refused(code));
      signal?.addEventListener('abort', () => end('client.aborted'));
      calls.push({ file, signal: signal as AbortSignal, tell: onProgress ?? (() => {}), end });
    });
  const sent: string[] = [];
  const uploads = createUploads({ sendFile }, (id) => sent.push(id));
  const said = () => uploads.snapshot.map(({ name, state, failed }) => `${name} ${failed ?? state}`);
  return { calls, sent, uploads, said };
}

const refused = (code: string) => Object.assign(new Error(code), { code });

function toSend(name: string, prepared = Promise.resolve()): ToSend {
  const content = new Blob([name]);
  const source = { size: content.size, read: async () => new Uint8Array() };
  const file: NewFile = { source, name, mediaType: 'text/plain', look: 'file' };
  return { name, size: content.size, prepare: () => prepared.then(() => ({ file, content })) };
}

test('[WEB62] files go one after the other, and say how far they are', async () => {
  const { calls, sent, uploads, said } = desk();
  uploads.add([toSend('a'), toSend('b')]);
  assert.deepEqual(said(), ['a preparing', 'b waiting']);
  await settle();
  assert.deepEqual(said(), ['a sending', 'b waiting']);
  calls[0]?.tell(3, 10, false);
  assert.deepEqual([uploads.snapshot[0]?.bytes, uploads.snapshot[0]?.of], [3, 10]);
  assert.equal(uploads.snapshot[0]?.isHeldUp, false);
  calls[0]?.tell(3, 10, true);
  assert.equal(uploads.snapshot[0]?.isHeldUp, true);
  calls[0]?.tell(4, 10, false);
  assert.deepEqual([uploads.snapshot[0]?.bytes, uploads.snapshot[0]?.isHeldUp], [4, false]);
  assert.equal(calls.length, 1);
  calls[0]?.end();
  await settle();
  assert.deepEqual(said(), ['b sending']);
  calls[1]?.end();
  await settle();
  assert.deepEqual(said(), []);
  assert.deepEqual(sent, ['m-a', 'm-b']);
});

test('[WEB62] one that fails says why and holds up the others until it is tried again or taken out', async () => {
  const { calls, sent, uploads, said } = desk();
  uploads.add([toSend('a'), toSend('b'), toSend('c')]);
  await settle();
  calls[0]?.end('client.unreachable');
  await settle();
  assert.deepEqual(said(), ['a client.unreachable', 'b waiting', 'c waiting']);
  uploads.again(uploads.snapshot[0]?.id ?? 0);
  await settle();
  assert.deepEqual(said(), ['a sending', 'b waiting', 'c waiting']);
  calls[1]?.end('blob.quota');
  await settle();
  uploads.cancel(uploads.snapshot[0]?.id ?? 0);
  await settle();
  assert.deepEqual(said(), ['b sending', 'c waiting']);
  assert.deepEqual(sent, []);
});

test('[WEB62] what is cancelled is ended at once, also while it is made ready, and nothing of it is sent', async () => {
  const { calls, uploads, said } = desk();
  const { promise, resolve } = Promise.withResolvers<void>();
  uploads.add([toSend('a', promise), toSend('b')]);
  uploads.cancel(uploads.snapshot[0]?.id ?? 0);
  assert.deepEqual(said(), ['b waiting']);
  resolve();
  await settle();
  assert.deepEqual(said(), ['b sending']);
  assert.deepEqual(
    calls.map(({ file }) => file.name),
    ['b'],
  );
  uploads.cancel(uploads.snapshot[0]?.id ?? 0);
  await settle();
  assert.equal(calls[0]?.signal.aborted, true);
  assert.deepEqual(said(), []);
});

test('[WEB62] a file that cannot be read any more fails in words of its own', async () => {
  const { uploads, said } = desk();
  uploads.add([toSend('a', Promise.reject(new DOMException('gone', 'NotReadableError')))]);
  await settle();
  assert.deepEqual(said(), ['a client.unreadable_file']);
});

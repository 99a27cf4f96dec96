// Files of a conversation from the side of an app: the line breaks, the server goes, and they get through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileBody } from '@parley/protocol';
import { blobPieceBytes } from '@parley/protocol/limits';
import { chat } from './client-fixture.ts';
import { decodeBytes } from './crypto/base64.ts';
import { codeIs, openWithFiles, photo, sample } from './files-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';
import { sealedFileBytes, sealFile } from './media/file-cipher.ts';
import { HandPieces } from './media/hand-pieces-fixture.ts';

/** Three pieces. */
const plain = sample(12 * 1024 * 1024);
const length = sealedFileBytes(plain.length);
const busy = { status: 503, body: { code: 'unavailable' } };

/** A client that sends a large file. `read` may look at what is read of it. */
async function sending({ signal = new AbortController().signal, content = plain as Uint8Array } = {}) {
  const { stage } = await openWithFiles();
  const pieces = new HandPieces(stage);
  stage.bytes = pieces;
  const told: { bytes: number; of: number; isWaiting: boolean }[] = [];
  let waits = Promise.withResolvers<void>();
  const onProgress = (bytes: number, of: number, isWaiting: boolean) => {
    told.push({ bytes, of, isWaiting });
    if (isWaiting) waits.resolve();
  };
  return {
    stage,
    pieces,
    told,
    start: () => stage.conversation().sendFile(photo(content), { signal, onProgress }),
    /** Resolves when it waits for the server. */
    waiting: async (): Promise<void> => {
      await waits.promise;
      waits = Promise.withResolvers();
      await settle();
    },
    /** Resolves when the server was told that nothing of it need stay. */
    dropped: async (): Promise<boolean> => {
      await settle();
      return stage.http.asked.some(({ method, path }) => method === 'DELETE' && path.endsWith('/0/pieces'));
    },
  };
}

const blobOf = async (key: string) => {
  const parts: Uint8Array[] = [];
  const whole = (async function* () {
    yield plain;
  })();
  for await (const part of sealFile(decodeBytes(key, 'base64url') as Uint8Array, plain.length, whole)) parts.push(part);
  return Buffer.concat(parts);
};

test('[MED32] a large file goes up in pieces and goes on where it stopped, whatever breaks', async () => {
  const { stage, pieces, told, start, waiting } = await sending();
  pieces.fates.push({ breaksAt: 3_000_000 }, busy);
  const sent = start();
  await waiting();
  const path = `/v1/conversations/${chat}/blobs`;
  const { answers } = stage.http;
  const [ask] = [...answers].find(([route]) => route.startsWith(`GET ${path}`)) ?? assert.fail();
  // Nor can it be asked how far it is.
  answers.set(ask, () => busy);
  for (let n = 0; n < 2; n++) {
    await stage.clock.advance(limits.minBackoffMs * 8);
    if (n === 0) await waiting();
    answers.set(ask, () => pieces.progress);
  }
  await waiting();
  pieces.fates.push('unanswered', { status: 400, body: { code: 'blob.damaged' } });
  for (let n = 0; n < 2; n++) {
    await stage.clock.advance(limits.earlyBackoffMs);
    await waiting();
  }
  await stage.clock.advance(limits.earlyBackoffMs);
  const { id } = await sent;
  await settle();
  assert.deepEqual(pieces.came, [0, 0, 0, 1, 1, 2]);
  const [frame] = stage.outgoing;
  const body = JSON.parse(frame?.content ?? '') as FileBody;
  assert.deepEqual([frame?.id, frame?.blobs], [id, [pieces.blob]]);
  assert.ok(pieces.content.equals(await blobOf(body.key)));
  for (const texts of pieces.texts.values()) assert.equal(texts.size, 1);
  assert.deepEqual(told.at(-1), { bytes: length, of: length, isWaiting: false });
  let kept = 0;
  for (const { bytes, isWaiting } of told) {
    assert.ok(bytes >= kept, `${bytes} of ${kept} kept`);
    if (isWaiting) kept = bytes;
  }
  assert.equal(kept, blobPieceBytes);
  await stage.close();
});

test('[MED32] it goes on at once when the connection is back', async () => {
  const { stage, pieces, start, waiting } = await sending();
  stage.socket.dropped();
  const sockets = stage.sockets.all.length;
  while (stage.sockets.all.length === sockets) await stage.clock.advance(1_000);
  pieces.fates.push({ breaksAt: 1 });
  const sent = start();
  await waiting();
  const before = stage.clock.now();
  assert.deepEqual(pieces.came, [0]);
  await stage.up();
  await sent;
  assert.deepEqual([pieces.came, stage.clock.now()], [[0, 0, 1, 2], before]);
  await stage.close();
});

test('[MED32] what nothing gets through for is given up, as what is refused at once; nothing of it stays', async () => {
  const { stage, pieces, start, waiting, dropped } = await sending();
  pieces.fates.push({ status: 403, body: { code: 'blob.quota' } });
  await assert.rejects(start(), codeIs('blob.quota'));
  assert.equal(await dropped(), true);
  stage.http.asked.length = 0;
  pieces.fates.push(...Array.from({ length: 100 }, () => busy));
  const sent = start();
  const refused = assert.rejects(sent, codeIs('unavailable'));
  const from = stage.clock.now();
  let isOver = false;
  const over = refused.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([waiting(), over]);
    await stage.clock.advance(limits.maxBackoffMs);
  }
  const took = stage.clock.now() - from;
  assert.ok(took > limits.uploadPatienceMs && took < limits.uploadPatienceMs + 3 * limits.maxBackoffMs, String(took));
  assert.equal(await dropped(), true);
  assert.deepEqual(await stage.shown(), []);
  await stage.close();
});

test('[MED32] a server that takes pieces and forgets them is not given them for ever', async () => {
  const { stage, pieces, start } = await sending();
  pieces.onPiece = () => pieces.kept.clear();
  await assert.rejects(start(), codeIs('client.unexpected'));
  assert.equal(pieces.came.length, limits.maxUploadRounds * 3);
  for (const texts of pieces.texts.values()) assert.equal(texts.size, 1, 'sealed again, and the same');
  await stage.close();
});

test('[MED33] a file that has changed meanwhile is not sealed again in another form', async () => {
  const content = Uint8Array.from(plain);
  const { stage, pieces, start, dropped } = await sending({ content });
  pieces.onPiece = (n) => {
    if (n !== 1) return;
    content[5] = 1 + (content[5] as number);
    pieces.kept.clear();
  };
  await assert.rejects(start(), codeIs('client.unreadable_file'));
  assert.deepEqual([pieces.came, pieces.texts.get(0)?.size], [[0, 1], 1]);
  assert.equal(await dropped(), true);
  await stage.close();
});

test('[MED33] a piece that is on its way when the file changes goes up again as it was', async () => {
  const content = Uint8Array.from(plain);
  const { stage, pieces, start, waiting } = await sending({ content });
  pieces.fates.push(busy);
  const sent = start();
  await waiting();
  content[5] = 1 + (content[5] as number);
  await stage.clock.advance(limits.earlyBackoffMs);
  await sent;
  assert.deepEqual([pieces.came, pieces.texts.get(0)?.size], [[0, 0, 1, 2], 1]);
  await stage.close();
});

test('[MED34] whoever cancels a large file, also while it waits, ends it, and nothing of it stays', async () => {
  const stop = new AbortController();
  const { stage, pieces, start, dropped } = await sending({ signal: stop.signal });
  pieces.onPiece = (n) => void (n === 1 && stop.abort());
  await assert.rejects(start(), codeIs('client.aborted'));
  assert.deepEqual([await dropped(), pieces.kept.size, stage.outgoing], [true, 0, []]);
  await stage.close();
  const later = new AbortController();
  const waits = await sending({ signal: later.signal });
  waits.pieces.fates.push(busy);
  const sent = waits.start();
  await waits.waiting();
  later.abort();
  await assert.rejects(sent, codeIs('client.aborted'));
  assert.deepEqual([await waits.dropped(), waits.pieces.came], [true, [0]]);
  await waits.stage.close();
});

/** A client that sends a photo of one piece. */
async function sendingPhoto({ signal = new AbortController().signal, content = sample(150_000) } = {}) {
  const { stage, bytes } = await openWithFiles();
  const waits = Promise.withResolvers<void>();
  const onProgress = (_bytes: number, _of: number, isWaiting: boolean) => isWaiting && waits.resolve();
  return {
    stage,
    bytes,
    start: () => stage.conversation().sendFile(photo(content), { signal, onProgress }),
    /** Resolves when it waits for the server for the first time. */
    waiting: waits.promise,
    /** Time passes until it is over. */
    end: async <T>(sent: Promise<T>): Promise<T> => {
      let isOver = false;
      const over = (): void => {
        isOver = true;
      };
      sent.then(over, over);
      while (!isOver) {
        await settle();
        await stage.pass(1_000);
      }
      return sent;
    },
  };
}

test('[MED35] a file of one piece goes up again, the same bytes, whatever breaks, and is sent once', async () => {
  const content = sample(150_000);
  const { stage, bytes, start, end } = await sendingPhoto({ content });
  bytes.fates.push('breaks', busy, 'unanswered');
  bytes.onPiece = () => {
    content[5] = 1 + (content[5] as number);
  };
  const { id } = await end(start());
  await settle();
  assert.equal(bytes.came.length, 3, 'refused, unanswered, kept');
  for (const came of bytes.came) assert.deepEqual(came, bytes.came[0]);
  assert.deepEqual(new Set(stage.outgoing.map((frame) => frame.id)), new Set([id]));
  assert.deepEqual(stage.outgoing[0]?.blobs, [...bytes.blobs.keys()]);
  await stage.close();
});

test('[MED35] what is put again is refused, given up or cancelled in the end', async () => {
  const stop = new AbortController();
  const { stage, bytes, start, waiting, end } = await sendingPhoto({ signal: stop.signal });
  bytes.fates.push('breaks', { status: 403, body: { code: 'blob.quota' } });
  await assert.rejects(end(start()), codeIs('blob.quota'));
  bytes.refusal = busy;
  const from = stage.clock.now();
  await assert.rejects(end(start()), codeIs('unavailable'));
  const took = stage.clock.now() - from;
  assert.ok(took > limits.uploadPatienceMs && took < limits.uploadPatienceMs + 3 * limits.maxBackoffMs, String(took));
  const cancelled = start();
  await waiting;
  stop.abort();
  await assert.rejects(cancelled, codeIs('client.aborted'));
  assert.deepEqual([stage.outgoing, await stage.shown()], [[], []]);
  await stage.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AccountId,
  type BlobId,
  type ConversationId,
  type MessageId,
  uuid7FromBytes,
  limits as wire,
} from '@parley/protocol';
import type { BytesAnswer, Upload } from '../kernel/handlers.ts';
import { maxUploadsPerAccount } from '../kernel/limits.ts';
import { blobOf } from '../media/blob-id.ts';
import { rangeOf } from './file-routes.ts';
import { MessageFiles } from './message-files.ts';
import { ana, ben, cem, Desk } from './rest-fixture.ts';
import { sealedFields } from './sealed-fixture.ts';

const text = 'bytes of a file';

async function* said(bytes: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(bytes);
}

const upload = (bytes = text): Upload => ({ bytes: Buffer.byteLength(bytes), content: said(bytes) });

let made = 0;

/** An id of this moment: an old one is refused. */
const freshId = ({ clock }: Desk) => uuid7FromBytes(clock.now(), Buffer.alloc(10, ++made));

interface Where {
  readonly conversation: ConversationId;
  readonly id: MessageId;
  readonly n?: number;
}

function put(desk: Desk, account: AccountId, { conversation, id, n = 0 }: Where, given: Upload = upload()) {
  return desk.code('putBlob', account, { params: { conversation_id: conversation, id, n }, upload: given });
}

/** Sends a message that carries these, and resolves to its seq. */
async function send(desk: Desk, account: AccountId, { conversation, id }: Where, blobs: readonly BlobId[]) {
  const session = { account, device: desk.device, admin: false, address: '192.0.2.1' };
  const frame = { type: 'message', conversation_id: conversation, id, ...sealedFields('look'), blobs } as const;
  const sent = await desk.messages.send(session, { ...frame, blobs: [...blobs] }, () => {});
  if (!sent.ok) return sent.code;
  const verdict = await desk.sequencer.settled(conversation, account, id, new AbortController().signal);
  return verdict.state === 'accepted' ? verdict.seq : verdict.code;
}

async function read(desk: Desk, account: AccountId, where: ConversationId, seq: number, blob: BlobId, range?: string) {
  const params = { conversation_id: where, seq, blob };
  const answer = await desk.call('getBlob', account, { params, ...(range !== undefined && { range }) });
  if (!answer.ok) return answer.code;
  const pieces: Uint8Array[] = [];
  for await (const piece of (answer.value as BytesAnswer).content) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('[MED1] a file is put for a message, and read by who may read that message', async () => {
  const desk = await Desk.open();
  const conversation = await desk.make('group', [ana, ben]);
  const id = freshId(desk);
  const params = { conversation_id: conversation, id, n: 0 };
  const blob = blobOf({ conversation, account: ana, message: id }, 0);
  assert.deepEqual(await desk.get('putBlob', ana, { params, upload: upload() }), { blob, bytes: text.length });
  assert.deepEqual(await desk.get('putBlob', ana, { params, upload: upload() }), { blob, bytes: text.length });
  assert.equal(await put(desk, ana, { conversation, id }, upload('another size')), 'blob.taken');
  const seq = Number(await send(desk, ana, { conversation, id }, [blob]));
  assert.ok(seq > 0);
  for (const account of [ana, ben]) assert.equal(await read(desk, account, conversation, seq, blob), text);
  const known = { params: { conversation_id: conversation, seq, blob }, range: 'bytes=99-', isKnown: true } as const;
  const { tag, total, part, content } = (await desk.get('getBlob', ben, known)) as unknown as BytesAnswer;
  for await (const _ of content) assert.fail('there is nothing to send');
  assert.deepEqual([tag, total, part], [blob, text.length, null]);
});

test('[MED2] what cannot be kept is refused, and leaves nothing', async () => {
  const desk = await Desk.open();
  const conversation = await desk.make('group', [ana, ben]);
  const room = await desk.make('room', [ana]);
  const request = (await desk.get('createConversation', cem, { body: { kind: 'direct', account: ana } }))
    .conversation_id;
  const id = freshId(desk);
  assert.equal(
    await desk.code('putBlob', ana, { params: { conversation_id: conversation, id, n: 0 } }),
    'frame.invalid',
    'no size',
  );
  assert.equal(await put(desk, ana, { conversation, id }, upload('')), 'frame.invalid', 'nothing');
  assert.equal(
    await put(desk, ana, { conversation, id }, { ...upload(), bytes: wire.maxBlobBytes + 1 }),
    'blob.too_large',
  );
  assert.equal(await put(desk, ana, { conversation, id }, upload('x'.repeat(10_001))), 'blob.quota');
  assert.equal(await put(desk, ana, { conversation: room, id }), 'blob.room');
  assert.equal(await put(desk, cem, { conversation: request, id }), 'request.limit');
  assert.equal(await put(desk, cem, { conversation, id }), 'conversation.denied');
  assert.equal(
    await put(desk, ana, { conversation: `c_${'0'.repeat(22)}` as ConversationId, id }),
    'conversation.denied',
  );
  assert.deepEqual(await desk.blobs.list('', 10), []);
  assert.equal(await desk.placed.bytesOf(ana), 0);
});

test('[MED2] the files of an account fill its space together, and give it back', async () => {
  const desk = await Desk.open();
  const conversation = await desk.make('group', [ana, ben]);
  const [one, two] = [freshId(desk), freshId(desk)];
  assert.equal(await put(desk, ana, { conversation, id: one }, upload('x'.repeat(6_000))), 'ok');
  assert.equal(await put(desk, ana, { conversation, id: two }, upload('x'.repeat(6_000))), 'blob.quota');
  assert.equal(await put(desk, ben, { conversation, id: two }, upload('x'.repeat(6_000))), 'ok');
  await desk.placed.remove([blobOf({ conversation, account: ana, message: one }, 0)]);
  assert.equal(await put(desk, ana, { conversation, id: two }, upload('x'.repeat(6_000))), 'ok');
});

test('[MED2] too many uploads at once are asked to come again, and one that ended makes room', async () => {
  const desk = await Desk.open();
  const conversation = await desk.make('group', [ana, ben]);
  const waiting = Array.from({ length: maxUploadsPerAccount }, () => Promise.withResolvers<void>());
  const slow = (until: Promise<void>): Upload => ({
    bytes: 1,
    content: (async function* () {
      await until;
      yield Buffer.from('x');
    })(),
  });
  const begun = waiting.map(({ promise }) => put(desk, ana, { conversation, id: freshId(desk) }, slow(promise)));
  assert.equal(await put(desk, ana, { conversation, id: freshId(desk) }), 'rate.limited');
  assert.equal(await put(desk, ben, { conversation, id: freshId(desk) }), 'ok');
  for (const { resolve } of waiting) resolve();
  assert.deepEqual(
    await Promise.all(begun),
    waiting.map(() => 'ok'),
  );
  assert.equal(await put(desk, ana, { conversation, id: freshId(desk) }), 'ok');
});

test('[MED2] a server without a place for files says so, and carries none', async () => {
  const desk = await Desk.open();
  const files = new MessageFiles({ files: desk.placed, blobs: null, clock: desk.clock, bytesPerAccount: 1_000 });
  const place = { conversation: `c_${'0'.repeat(22)}` as ConversationId, account: ana, message: freshId(desk) };
  assert.deepEqual(await files.put(place, 0, upload()), { ok: false, code: 'blob.none' });
  const piece = { ...upload(), n: 0, total: text.length, sha256: '' };
  const answers = [files.pieces.put(place, 0, piece), files.pieces.progress(place, 0), files.pieces.drop(place, 0)];
  for (const answer of answers) assert.deepEqual(await answer, { ok: false, code: 'blob.none' });
  assert.equal(await files.arePlaced(place, [blobOf(place, 0)]), false);
});

test('[MED3] a message carries only what its sender put for it, sealed, lately and in order', async () => {
  const desk = await Desk.open();
  const conversation = await desk.make('group', [ana, ben]);
  const other = await desk.make('group', [ana, ben]);
  const id = freshId(desk);
  const place = { conversation, account: ana, message: id };
  const [first, second] = [blobOf(place, 0), blobOf(place, 1)];
  for (const n of [0, 1]) assert.equal(await put(desk, ana, { conversation, id, n }), 'ok');
  const refused = [
    [await send(desk, ben, { conversation, id }, [first]), 'somebody else'],
    [await send(desk, ana, { conversation: other, id }, [first]), 'another conversation'],
    [await send(desk, ana, { conversation, id: freshId(desk) }, [first]), 'another message'],
    [await send(desk, ana, { conversation, id }, [second, first]), 'another order'],
    [await send(desk, ana, { conversation, id }, [first, second, blobOf(place, 2)]), 'never put'],
  ] as const;
  for (const [code, why] of refused) assert.equal(code, 'blob.unknown', why);
  desk.clock.advance(wire.blobPlacedWithinMs + 1);
  assert.equal(await send(desk, ana, { conversation, id }, [first, second]), 'blob.unknown', 'too late');
  const fresh = freshId(desk);
  assert.equal(await put(desk, ana, { conversation, id: fresh }), 'ok');
  desk.clock.advance(wire.blobPlacedWithinMs - 1);
  const blob = blobOf({ ...place, message: fresh }, 0);
  assert.ok(Number(await send(desk, ana, { conversation, id: fresh }, [blob])) > 0);
});

test('[MED5] once a message is deleted, or for who may not read it, its files are not there', async () => {
  const desk = await Desk.open();
  const conversation = await desk.make('group', [ana, ben]);
  const id = freshId(desk);
  const blob = blobOf({ conversation, account: ana, message: id }, 0);
  await put(desk, ana, { conversation, id });
  const seq = Number(await send(desk, ana, { conversation, id }, [blob]));
  const never = await desk.call('getBlob', ben, {
    params: {
      conversation_id: conversation,
      seq: seq + 7,
      blob: blobOf({ conversation, account: ben, message: id }, 0),
    },
  });
  const other = await desk.call('getBlob', ben, { params: { conversation_id: conversation, seq: seq - 1, blob } });
  assert.deepEqual(other, never);
  assert.equal(await read(desk, cem, conversation, seq, blob), 'conversation.denied');
  assert.equal(await read(desk, cem, `c_${'0'.repeat(22)}` as ConversationId, seq, blob), 'conversation.denied');
  const session = { account: ana, device: desk.device, admin: false, address: '192.0.2.1' };
  const gone = { type: 'message', conversation_id: conversation, kind: 'delete', targets: [seq] } as const;
  const deleted = await desk.messages.send(session, { ...gone, targets: [seq] }, () => {});
  assert.ok(deleted.ok);
  const { id: deletion } = deleted.value as { readonly id: MessageId };
  await desk.sequencer.settled(conversation, ana, deletion, new AbortController().signal);
  assert.deepEqual(await desk.call('getBlob', ben, { params: { conversation_id: conversation, seq, blob } }), never);
});

test('[MED5] a range is answered as browsers expect it, and what is none as the whole', async () => {
  for (const [range, expected] of [
    ['bytes=0-0', { from: 0, to: 1 }],
    ['bytes=2-', { from: 2, to: 10 }],
    ['bytes=-3', { from: 7, to: 10 }],
    ['bytes=-30', { from: 0, to: 10 }],
    ['bytes=4-99', { from: 4, to: 10 }],
    ['bytes=10-', 'beyond'],
    ['bytes=10-11', 'beyond'],
    ['bytes=-0', 'beyond'],
    ['bytes=5-4', null],
    ['bytes=0-1,3-4', null],
    ['lines=1-2', null],
    ['bytes=-', null],
    ['', null],
  ] as const)
    assert.deepEqual(rangeOf(range, 10), expected, range);
  assert.equal(rangeOf('bytes=0-', 0), 'beyond');
  const desk = await Desk.open();
  const conversation = await desk.make('group', [ana, ben]);
  const id = freshId(desk);
  const blob = blobOf({ conversation, account: ana, message: id }, 0);
  await put(desk, ana, { conversation, id });
  const seq = Number(await send(desk, ana, { conversation, id }, [blob]));
  assert.equal(await read(desk, ben, conversation, seq, blob, 'bytes=6-7'), 'of');
  assert.equal(await read(desk, ben, conversation, seq, blob, 'bytes=99-'), 'blob.range');
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  type AccountId,
  type BlobId,
  type ConversationId,
  type MessageId,
  uuid7FromBytes,
  limits as wire,
} from '@parley/protocol';
import { MemoryEphemeral } from '../ephemeral/memory-ephemeral.ts';
import { maxUploadsPerAccount } from '../kernel/limits.ts';
import { blobOf } from '../media/blob-id.ts';
import { FileSweep } from './file-sweep.ts';
import { ana, ben, cem, Desk } from './rest-fixture.ts';
import { sealedFields } from './sealed-fixture.ts';

const { blobPieceBytes } = wire;
const total = 2 * blobPieceBytes + 100;
const whole = Buffer.from(Uint8Array.from({ length: total }, (_, at) => (at * 7 + (at >> 11)) & 255));
const roomForThree = 3 * total;

const pieceOf = (n: number, of = whole) => of.subarray(n * blobPieceBytes, (n + 1) * blobPieceBytes);
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64url');

let made = 0;

/** A group, and a file for a message that is to be sent there. */
class Town {
  readonly desk: Desk;
  readonly conversation: ConversationId;
  readonly id: MessageId;

  private constructor(desk: Desk, conversation: ConversationId) {
    this.desk = desk;
    this.conversation = conversation;
    this.id = uuid7FromBytes(desk.clock.now(), Buffer.alloc(10, ++made));
  }

  static async open(bytesPerAccount = roomForThree): Promise<Town> {
    const desk = await Desk.open({ bytesPerAccount });
    return new Town(desk, await desk.make('group', [ana, ben]));
  }

  /** The file of another message in the same group. */
  another(): Town {
    return new Town(this.desk, this.conversation);
  }

  get place() {
    return { conversation_id: this.conversation, id: this.id, n: 0 };
  }

  get blob(): BlobId {
    return blobOf({ conversation: this.conversation, account: ana, message: this.id }, 0);
  }

  async put(
    piece: number,
    {
      content = pieceOf(piece) as Uint8Array,
      sha256 = hashOf(content),
      bytes = total,
      account = ana,
      from = said(content) as AsyncIterable<Uint8Array>,
      conversation = this.conversation,
    } = {},
  ) {
    const params = { ...this.place, conversation_id: conversation, piece };
    const upload = { bytes: content.length, content: from };
    return this.desk.call('putBlobPiece', account, { params, query: { bytes, sha256 }, upload });
  }

  async code(...given: Parameters<Town['put']>): Promise<string> {
    const answer = await this.put(...given);
    return answer.ok ? (answer.value.whole ? 'whole' : answer.value.pieces.join()) : answer.code;
  }

  async progress(account: AccountId = ana): Promise<string> {
    const { pieces, whole: isWhole } = await this.desk.get('getBlobPieces', account, { params: this.place });
    return isWhole ? 'whole' : pieces.join();
  }

  drop(account: AccountId = ana) {
    return this.desk.code('dropBlobPieces', account, { params: this.place });
  }

  async content(): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    const read = (await this.desk.blobs.read(this.blob, { from: 0, to: total })) ?? assert.fail('it is not there');
    for await (const part of read) parts.push(part);
    return Buffer.concat(parts);
  }

  /** Seq of the message that carries it, or why it was refused. */
  async send(): Promise<number | string> {
    const { desk, conversation, id, blob } = this;
    const session = { account: ana, device: desk.device, admin: false, address: '192.0.2.1' };
    const frame = { conversation_id: conversation, id, ...sealedFields('look'), blobs: [blob] };
    const sent = await desk.messages.send(session, { ...frame, type: 'message' }, () => {});
    if (!sent.ok) return sent.code;
    const verdict = await desk.sequencer.settled(conversation, ana, id, new AbortController().signal);
    return verdict.state === 'accepted' ? verdict.seq : verdict.code;
  }

  sweep(): FileSweep {
    const { clock, blobs, placed: files, sequencer } = this.desk;
    const fault = (_where: string, error: unknown) => assert.fail(String(error));
    return new FileSweep({
      ...{ rows: sequencer.rows, files, blobs, clock, fault },
      ephemeral: new MemoryEphemeral(clock),
    });
  }

  /** What the account's files take by the rows, and pieces that are kept. */
  async kept() {
    const { placed, blobs } = this.desk;
    return [await placed.bytesOf(ana), (await blobs.pieces.kept(this.blob)).length];
  }
}

async function* said(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 1 << 20) yield content.subarray(at, at + (1 << 20));
}

test('[MED10] pieces come in any order and again, and with the last one the file is there', async () => {
  const town = await Town.open();
  assert.equal(await town.progress(), '');
  assert.equal(await town.code(2), '2');
  assert.equal(await town.code(0), '0,2');
  assert.equal(await town.code(0), '0,2');
  assert.deepEqual([await town.progress(), await town.progress(ben)], ['0,2', '']);
  assert.equal(await town.send(), 'blob.unknown', 'what is not whole is not carried');
  assert.deepEqual(await town.put(1), { ok: true, value: { blob: town.blob, pieces: [], whole: true } });
  assert.deepEqual([await town.progress(), await town.code(1)], ['whole', 'whole']);
  assert.ok((await town.content()).equals(whole));
  assert.deepEqual(await town.kept(), [total, 0]);
  assert.ok(Number(await town.send()) > 0);
});

test('[MED10] a piece that breaks off, or is not what its hash says, is not kept', async () => {
  const town = await Town.open();
  const broken = async function* () {
    yield pieceOf(0).subarray(0, 1_000);
    throw new Error('the line is dead');
  };
  await assert.rejects(town.put(0, { from: broken() }), /the line is dead/);
  const damaged = Uint8Array.from(pieceOf(0));
  damaged[77] = (damaged[77] as number) ^ 1;
  assert.equal(await town.code(0, { from: said(damaged) }), 'blob.damaged');
  assert.equal(await town.progress(), '');
  assert.equal(await town.code(0), '0');
});

test('[MED11] what cannot be kept is refused with the first piece, and leaves nothing', async () => {
  const town = await Town.open(total + 1);
  const { desk } = town;
  const room = await desk.make('room', [ana]);
  const request = await desk.get('createConversation', cem, { body: { kind: 'direct', account: ana } });
  const refusals = [
    [await town.code(0, { bytes: wire.maxBlobBytes + 1 }), 'blob.too_large'],
    [await town.code(0, { bytes: total + 2 }), 'blob.quota'],
    [await town.code(0, { content: pieceOf(0).subarray(1) }), 'frame.invalid'],
    [await town.code(2, { content: pieceOf(0) }), 'frame.invalid'],
    [await town.code(3, { content: new Uint8Array(1) }), 'frame.invalid'],
    [await town.code(0, { conversation: room }), 'blob.room'],
    [await town.code(0, { conversation: request.conversation_id, account: cem }), 'request.limit'],
    [await town.code(0, { account: cem }), 'conversation.denied'],
    [await town.code(0, { conversation: `c_${'0'.repeat(22)}` as ConversationId }), 'conversation.denied'],
  ] as const;
  for (const [code, expected] of refusals) assert.equal(code, expected);
  const params = { ...town.place, piece: 0 };
  assert.equal(
    await desk.code('putBlobPiece', ana, { params, query: { bytes: total, sha256: hashOf(pieceOf(0)) } }),
    'frame.invalid',
  );
  assert.deepEqual(await town.kept(), [0, 0]);
  assert.deepEqual(await desk.blobs.pieces.begun('', 10), []);
  assert.equal(await town.code(0), '0');
  assert.equal(await town.another().code(0), 'blob.quota', 'the whole is counted from the first piece on');
  assert.equal(await town.code(1, { bytes: total - 1 }), 'blob.taken', 'another size at the same place');
});

test('[MED11] too many pieces at once are asked to come again, together with whole files', async () => {
  const town = await Town.open();
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = async function* () {
    await promise;
    yield pieceOf(0);
  };
  const begun = Array.from({ length: maxUploadsPerAccount }, () => town.code(0, { from: slow() }));
  assert.equal(await town.code(1), 'rate.limited');
  const upload = { bytes: 1, content: said(new Uint8Array(1)) };
  assert.equal(await town.desk.code('putBlob', ana, { params: town.another().place, upload }), 'rate.limited');
  resolve();
  assert.deepEqual(
    await Promise.all(begun),
    begun.map(() => '0'),
  );
});

test('[MED11] what was begun 23 hours ago begins anew, and what is whole is counted from its first piece', async () => {
  const town = await Town.open();
  await town.code(0);
  town.desk.clock.advance(wire.blobPlacedWithinMs - 1_000);
  assert.equal(await town.code(1), '0,1');
  town.desk.clock.advance(2_000);
  assert.equal(await town.code(2), '2');
  assert.deepEqual(await town.kept(), [total, 1]);
  const late = town.another();
  await late.code(0);
  town.desk.clock.advance(wire.blobPlacedWithinMs - 1_000);
  for (const n of [1, 2]) await late.code(n);
  town.desk.clock.advance(2_000);
  assert.deepEqual([await late.progress(), await late.send()], ['whole', 'blob.unknown']);
});

test('[MED11] pieces of a file that has not become whole go after a day, with their row', async () => {
  const town = await Town.open();
  const [whole, lost] = [town, town.another()];
  for (const n of [0, 1, 2]) await whole.code(n);
  await whole.send();
  await lost.code(0);
  const sweep = town.sweep();
  town.desk.clock.advance(wire.blobUnplacedMs - 1_000);
  assert.equal(await sweep.pass(), 0);
  const young = town.another();
  await young.code(2);
  town.desk.clock.advance(1_000);
  const letGo = await sweep.hold();
  assert.equal(await sweep.pass(), 0, 'nothing goes while a backup is made');
  letGo();
  assert.equal(await sweep.pass(), 1);
  assert.deepEqual([await lost.progress(), await young.progress(), await whole.progress()], ['', '2', 'whole']);
  assert.deepEqual(await town.kept(), [2 * total, 0]);
  town.desk.clock.advance(wire.blobUnplacedMs);
  assert.equal(await sweep.pass(), 1);
  assert.deepEqual([await young.progress(), await town.kept()], ['', [total, 0]]);
});

test('[MED12] pieces that are not wanted any more go at once, and give their room back; a whole file stays', async () => {
  const town = await Town.open(total);
  await town.code(0);
  assert.equal(await town.drop(ben), 'ok');
  assert.deepEqual(await town.kept(), [total, 1]);
  assert.equal(await town.drop(), 'ok');
  assert.deepEqual([await town.kept(), await town.drop()], [[0, 0], 'ok']);
  const other = town.another();
  for (const n of [0, 1, 2]) await other.code(n);
  assert.equal(await other.drop(), 'ok');
  assert.deepEqual([await other.progress(), await other.kept()], ['whole', [total, 0]]);
});

test('[MED12] of a piece that comes while its file is dropped, or put whole, nothing stays uncounted', async () => {
  const town = await Town.open();
  const meanwhile = (work: () => Promise<unknown>) =>
    (async function* () {
      await work();
      yield pieceOf(0);
    })();
  assert.equal(await town.code(0, { from: meanwhile(() => town.drop()) }), 'blob.unknown');
  assert.deepEqual(await town.kept(), [0, 0]);
  const upload = { bytes: total, content: said(whole) };
  const putWhole = () => town.desk.get('putBlob', ana, { params: town.place, upload });
  assert.equal(await town.code(0, { from: meanwhile(putWhole) }), 'whole');
  assert.deepEqual(await town.kept(), [total, 0]);
  const other = town.another();
  await other.code(1);
  await other.desk.get('putBlob', ana, {
    params: other.place,
    upload: { bytes: 5, content: said(Buffer.from('small')) },
  });
  assert.deepEqual(await other.kept(), [total + 5, 0]);
});

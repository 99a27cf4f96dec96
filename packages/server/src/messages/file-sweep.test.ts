import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlobId, type ConversationId, type MessageId, uuid7FromBytes, limits as wire } from '@parley/protocol';
import { fileRow } from '../directory/sample-rows.ts';
import { MemoryEphemeral } from '../ephemeral/memory-ephemeral.ts';
import { sweepPageBlobs, sweepTryMs, sweepTurnMs } from '../kernel/limits.ts';
import { blobOf } from '../media/blob-id.ts';
import { FileSweep } from './file-sweep.ts';
import { ana, ben, Desk } from './rest-fixture.ts';
import { sealedFields } from './sealed-fixture.ts';

const second = 1_000;

async function* said(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Files, messages that carry them, and a sweep that begins when it is told. */
class Town {
  readonly desk: Desk;
  readonly conversation: ConversationId;
  readonly sweep: FileSweep;
  readonly faults: unknown[] = [];
  #ids = 0;

  private constructor(desk: Desk, conversation: ConversationId) {
    this.desk = desk;
    this.conversation = conversation;
    const { clock, blobs, placed: files, sequencer } = desk;
    const fault = (_where: string, error: unknown) => this.faults.push(error);
    const ephemeral = new MemoryEphemeral(clock);
    this.sweep = new FileSweep({ rows: sequencer.rows, files, blobs, ephemeral, clock, fault });
  }

  static async open(): Promise<Town> {
    const desk = await Desk.open();
    return new Town(desk, await desk.make('group', [ana, ben]));
  }

  /** A file, for a message that is not sent yet. */
  async put(): Promise<{ readonly id: MessageId; readonly blob: BlobId }> {
    const { desk, conversation } = this;
    const id = uuid7FromBytes(desk.clock.now(), Buffer.alloc(10, ++this.#ids));
    const params = { conversation_id: conversation, id, n: 0 };
    await desk.get('putBlob', ana, { params, upload: { bytes: 5, content: said('bytes') } });
    return { id, blob: blobOf({ conversation, account: ana, message: id }, 0) };
  }

  /** Sends something; its seq. */
  async send(more: object): Promise<number> {
    const { desk, conversation } = this;
    const session = { account: ana, device: desk.device, admin: false, address: '192.0.2.1' };
    const sent = await desk.messages.send(
      session,
      { type: 'message', conversation_id: conversation, ...more },
      () => {},
    );
    assert.ok(sent.ok);
    const id = sent.value.id as MessageId;
    const verdict = await desk.sequencer.settled(conversation, ana, id, new AbortController().signal);
    return verdict.state === 'accepted' ? verdict.seq : assert.fail(verdict.code);
  }

  /** Which of these are there. */
  async there(...blobs: readonly BlobId[]): Promise<readonly boolean[]> {
    const { desk } = this;
    const rows = (await desk.placed.get(blobs)).map(({ blob }) => blob);
    const kept = await Promise.all(blobs.map(async (blob) => (await desk.blobs.facts(blob)) !== undefined));
    assert.deepEqual(
      blobs.map((blob) => rows.includes(blob)),
      kept,
      'a file and its row go together',
    );
    return kept;
  }
}

test('[MED4] a file that was never sent goes after a day, one that is carried stays', async () => {
  const town = await Town.open();
  const [lost, carried] = [await town.put(), await town.put()];
  await town.send({ id: carried.id, ...sealedFields('look'), blobs: [carried.blob] });
  town.desk.clock.advance(wire.blobUnplacedMs - second);
  assert.equal(await town.sweep.pass(), 0);
  town.desk.clock.advance(second);
  assert.equal(await town.sweep.pass(), 1);
  assert.deepEqual(await town.there(lost.blob, carried.blob), [false, true]);
  town.desk.clock.advance(100 * wire.blobUnplacedMs);
  assert.equal(await town.sweep.pass(), 0);
});

test('[BLB12] with each pass uploads of the day before that were never finished go', async () => {
  const town = await Town.open();
  const { blobs, clock } = town.desk;
  const asked: number[] = [];
  blobs.dropUnfinished = async (before) => asked.push(before);
  assert.equal(await town.sweep.pass(), 1);
  assert.deepEqual(asked, [clock.now() - wire.blobUnplacedMs]);
  const letGo = await town.sweep.hold();
  await town.sweep.pass();
  letGo();
  assert.equal(asked.length, 1, 'nothing goes while a backup is made');
});

test('[MED4] the file of a message that was deleted or has expired goes', async () => {
  const town = await Town.open();
  const [deleted, other] = [await town.put(), await town.put()];
  const seq = await town.send({ id: deleted.id, ...sealedFields('look'), blobs: [deleted.blob] });
  await town.send({ id: other.id, ...sealedFields('look'), blobs: [other.blob] });
  await town.send({ kind: 'timer', seconds: 3_600 });
  const fades = await town.put();
  await town.send({ id: fades.id, ...sealedFields('look'), blobs: [fades.blob] });
  await town.send({ kind: 'delete', targets: [seq] });
  town.desk.clock.advance(wire.blobUnplacedMs + second);
  assert.equal(await town.sweep.pass(), 2);
  assert.deepEqual(await town.there(deleted.blob, other.blob, fades.blob), [false, true, false]);
});

test('[MED13] the room of an upload that broke off is given back within two days, and none of a file that is there', async () => {
  const town = await Town.open();
  const { placed, clock } = town.desk;
  const broken = async (n: number, createdAt: number) => {
    const row = { ...fileRow(n, { account: ana }), createdAt };
    await placed.add(row);
    return row.blob;
  };
  const carried = await town.put();
  await town.send({ id: carried.id, ...sealedFields('look'), blobs: [carried.blob] });
  for (let n = 0; n < sweepPageBlobs + 1; n++) await broken(n, clock.now());
  clock.advance(wire.blobUnplacedMs - second);
  assert.equal(await town.sweep.pass(), 0);
  clock.advance(second);
  const late = await broken(900, clock.now());
  assert.equal(await town.sweep.pass(), sweepPageBlobs + 1);
  assert.deepEqual((await placed.list(null, 9)).rows.map(({ blob }) => blob).sort(), [carried.blob, late].sort());
  assert.deepEqual(await town.there(carried.blob), [true]);
});

test('[MED4] bytes without a row go, too, and every page is looked at', async () => {
  const town = await Town.open();
  for (let n = 0; n < sweepPageBlobs + 3; n++)
    await town.desk.blobs.put(`b_${String(n).padStart(22, '0')}` as BlobId, said('x'), 10);
  town.desk.clock.advance(wire.blobUnplacedMs);
  assert.equal(await town.sweep.pass(), sweepPageBlobs + 3);
});

test('[MED4] while a backup is made nothing goes', async () => {
  const town = await Town.open();
  const { blob } = await town.put();
  town.desk.clock.advance(wire.blobUnplacedMs);
  const letGo = await town.sweep.hold();
  assert.equal(await town.sweep.pass(), 0);
  assert.deepEqual(await town.there(blob), [true]);
  letGo();
  assert.equal(await town.sweep.pass(), 1);
});

test('[MED4] it comes by itself, a turn at a time, and goes on after a fault', async () => {
  const town = await Town.open();
  const { clock, blobs, placed } = town.desk;
  const { blob } = await town.put();
  const list = blobs.list.bind(blobs);
  let isDown = true;
  let asked = 0;
  const heard = Promise.withResolvers<void>();
  blobs.list = async (after, limit) => {
    asked += 1;
    heard.resolve();
    if (isDown) throw new Error('no bucket');
    return list(after, limit);
  };
  town.sweep.start();
  clock.advance(sweepTryMs);
  await heard.promise;
  await town.sweep.hold().then((letGo) => letGo());
  assert.equal(town.faults.length, 1);
  isDown = false;
  const removed = Promise.withResolvers<void>();
  const remove = placed.remove.bind(placed);
  placed.remove = async (gone) => {
    await remove(gone);
    removed.resolve();
  };
  // Until the turn is over others believe that it is being done.
  for (let at = 0; at < sweepTurnMs - sweepTryMs; at += sweepTryMs) {
    clock.advance(sweepTryMs);
    await town.sweep.hold().then((letGo) => letGo());
  }
  assert.equal(asked, 1);
  clock.advance(wire.blobUnplacedMs);
  await removed.promise;
  await town.sweep.stop();
  assert.deepEqual(await town.there(blob), [false]);
});

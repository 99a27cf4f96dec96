// Looking for a room key in the backup, while the own device that has it may still be putting it there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';
import { ChatError } from '../error.ts';
import { HandClock, HandHttp, seededRandom, settle } from '../fixture.ts';
import * as limits from '../limits.ts';
import type { HttpRequest, HttpResponse } from '../ports.ts';
import { restOver } from '../rest.ts';
import { sealBackup } from './backup-blob.ts';
import { BackupKeeper } from './backup-keeper.ts';
import type { KeyMachine, RoomKeyRow } from './key-machine.ts';

const account = `a_${'A'.repeat(22)}` as AccountId;
const conversation = `c_${'A'.repeat(22)}` as ConversationId;
const session = 'S'.repeat(43);
const device = `d_${'A'.repeat(22)}` as DeviceId;
const key = new Uint8Array(32).fill(7);
const epoch = { epoch: 1, key, madeBy: device };

test('[ENC142] a key that is not in the backup yet is looked for again, a bounded number of times', async () => {
  const [clock, http, random] = [new HandClock(), new HandHttp(), seededRandom(1)];
  const imported: RoomKeyRow[] = [];
  const importRoomKeys = async (rows: readonly RoomKeyRow[]) => {
    imported.push(...rows);
    return { imported: rows.length, refused: 0 };
  };
  const found = Promise.withResolvers<string>();
  const keeper = new BackupKeeper({
    account,
    rest: restOver(http),
    clock,
    random,
    machine: { importRoomKeys } as Partial<KeyMachine> as KeyMachine,
    timed: { untilOf: () => null, learn: () => true },
    epochs: () => [epoch],
    epoch: () => epoch,
    onKey: (_conversation, one) => found.resolve(one),
  });
  const asked = () => http.asked.length;
  http.on('POST /v1/backup/query', { items: [] });
  keeper.find(session);
  await clock.advance(limits.findDelayMs);
  await settle();
  assert.equal(asked(), 1);
  keeper.find(session);
  await clock.advance(limits.findDelayMs);
  assert.equal(asked(), 1, 'however many messages wait for it');

  const place = { account, epoch: 1, conversation, session, firstIndex: 0 };
  const made = { ed25519: 'ed', curve25519: 'cu', master_key: 'ma', vouched_by: 'me' };
  const origin = { session, account, device, ...made };
  const value = await sealBackup(key, place, { exported: 'key', origin }, random);
  const item = { epoch: 1, conversation_id: conversation, session_id: session, first_index: 0, value };
  http.on('POST /v1/backup/query', { items: [item] });
  await clock.advance(limits.findLaterMs[0] ?? 0);
  assert.equal(await found.promise, session);
  await settle();
  await clock.advance(limits.findAgainMs / 2);
  assert.deepEqual([asked(), imported.map((row) => row.session)], [2, [session]]);

  http.on('POST /v1/backup/query', { items: [] });
  keeper.find('T'.repeat(43));
  await clock.advance(limits.findAgainMs / 2);
  assert.equal(asked(), 2 + 1 + limits.findLaterMs.length);
});

/** A keeper of a backup of three pages, and what happens to them. `fails`: the first call is not answered. */
async function paged({ fails = false } = {}) {
  const random = seededRandom(2);
  const names = ['A', 'B', 'C'].map((letter) => letter.repeat(43));
  const items = await Promise.all(
    names.map(async (name) => {
      const place = { account, epoch: 1, conversation, session: name, firstIndex: 0 };
      const made = { ed25519: 'ed', curve25519: 'cu', master_key: 'ma', vouched_by: 'me' };
      const origin = { session: name, account, device, ...made };
      const value = await sealBackup(key, place, { exported: 'key', origin }, random);
      return { epoch: 1, conversation_id: conversation, session_id: name, first_index: 0, value };
    }),
  );
  const happened: string[] = [];
  const asked = names.map(() => Promise.withResolvers<void>());
  const call = async ({ path }: HttpRequest): Promise<HttpResponse> => {
    const at = Number(new URLSearchParams(path.split('?')[1]).get('cursor') ?? 0);
    happened.push(`ask ${at}`);
    if (fails && happened.length === 1) throw new ChatError('client.unreachable');
    asked[at]?.resolve();
    return { status: 200, body: { items: [items[at]], has_more: at < 2, next_cursor: String(at + 1) } };
  };
  const importRoomKeys = async (rows: readonly RoomKeyRow[]) => {
    const at = names.indexOf(rows[0]?.session ?? '');
    // Were the next page asked for only afterwards, this would never end.
    await asked[at + 1]?.promise;
    happened.push(`taken ${at}`);
    return { imported: rows.length, refused: 0 };
  };
  const keeper = new BackupKeeper({
    account,
    rest: restOver({ call }),
    clock: new HandClock(),
    random,
    machine: { importRoomKeys } as Partial<KeyMachine> as KeyMachine,
    timed: { untilOf: () => null, learn: () => true },
    epochs: () => [epoch],
    epoch: () => epoch,
    onKey: () => {},
  });
  return { keeper, happened };
}

test('[ENC281] the next page of the backup is asked for while one is taken in, and pages are taken in one by one', async () => {
  const { keeper, happened } = await paged();
  assert.equal(await keeper.restore(), 3);
  assert.deepEqual(happened, ['ask 0', 'ask 1', 'taken 0', 'ask 2', 'taken 1', 'taken 2']);
});

test('[ENC332] the newest page is asked for once when it came before it was needed, and again when it did not', async () => {
  const whole = ['ask 0', 'ask 1', 'taken 0', 'page 0', 'ask 2', 'taken 1', 'page 1', 'taken 2', 'page 2'];
  for (const fails of [false, true]) {
    const { keeper, happened } = await paged({ fails });
    const newest = keeper.newest();
    await settle();
    const onPage = async (page: number) => void happened.push(`page ${page}`);
    assert.equal(await keeper.restore(onPage, newest), 3);
    assert.deepEqual(happened, fails ? ['ask 0', ...whole] : whole);
  }
});

test('[ENC332] what was closed before the last page is not taken for the whole', async () => {
  const { keeper, happened } = await paged();
  await assert.rejects(
    keeper.restore(async () => keeper.close()),
    { code: 'client.closed' },
  );
  assert.deepEqual(
    happened.filter((what) => what.startsWith('taken')),
    ['taken 0'],
  );
});

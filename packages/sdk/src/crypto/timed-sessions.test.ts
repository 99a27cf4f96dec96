// Sessions of disappearing messages, and what becomes of their keys in the backup.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';
import { HandClock, HandHttp, seededRandom, settle } from '../fixture.ts';
import * as limits from '../limits.ts';
import { restOver } from '../rest.ts';
import { openBackup, sealBackup } from './backup-blob.ts';
import { BackupKeeper } from './backup-keeper.ts';
import type { KeyMachine, RoomKeyRow } from './key-machine.ts';
import { lifetimeOf, TimedSessions } from './timed-sessions.ts';

const day = 24 * 3_600_000;
const [one, other] = ['S'.repeat(43), 'T'.repeat(43)] as const;

function desk(kept: Record<string, unknown> = {}) {
  const clock = new HandClock();
  const changed: string[] = [];
  const dropped: string[] = [];
  const broken = { now: false };
  const timed = new TimedSessions({
    clock,
    secrets: {
      get: async (name) => kept[name],
      put: async (name, value) => {
        kept[name] = structuredClone(value);
      },
    },
    onChanged: (sessions) => changed.push(...sessions),
    drop: async (sessions) => {
      if (broken.now) throw new Error('unreachable');
      dropped.push(...sessions);
    },
  });
  return { timed, clock, changed, dropped, broken, kept };
}

test('[ENC205] a session that begins with what disappears is needed until the last of it can be gone, then it is dropped', async () => {
  const { timed, clock, changed, dropped, broken } = desk();
  await timed.load();
  const first = clock.now() + day;
  timed.opened(one, 0, first);
  assert.equal(timed.untilOf(one), first + limits.timedSessionMs);
  timed.opened(one, 1, first + 2 * limits.timedSessionMs);
  assert.equal(timed.untilOf(one), first + 2 * limits.timedSessionMs, 'a clock of somebody may be wrong');
  assert.deepEqual(changed, [one, one]);
  await clock.advance(2 * limits.timedSessionMs);
  assert.deepEqual(dropped, []);
  broken.now = true;
  await clock.advance(day);
  broken.now = false;
  await clock.advance(limits.timedSweepMs);
  await settle();
  assert.deepEqual(dropped, [one]);
  assert.equal(timed.untilOf(one), 0, 'it is not put there again');
  timed.close();
});

test('[ENC205] a session with a message that stays is never dropped, whatever else it holds', async () => {
  const { timed, clock, changed, dropped } = desk();
  await timed.load();
  timed.opened(one, 3, clock.now() + day);
  assert.equal(timed.untilOf(one), null, 'what came before may have stayed');
  timed.opened(other, 0, clock.now() + day);
  timed.opened(other, 1, 'stays');
  timed.opened(other, 2, clock.now() + day);
  assert.equal(timed.untilOf(other), null);
  assert.deepEqual(changed, [other, other]);
  await clock.advance(2 * limits.timedSessionMs);
  assert.deepEqual(dropped, []);
  timed.close();
});

test('[ENC205] edits, reactions and votes go with what they were done to, and hold no session', async () => {
  const at = 5;
  assert.equal(lifetimeOf({ type: 'reaction', target: 1, emoji: '👍' }, null), 'follows');
  assert.equal(lifetimeOf({ type: 'edit', target: 1, text: 'x' }, null), 'follows');
  assert.equal(lifetimeOf({ type: 'state', title: 'Tea' }, null), 'stays');
  assert.equal(lifetimeOf({ type: 'text', text: 'x' }, null), 'stays');
  assert.equal(lifetimeOf({ type: 'text', text: 'x' }, at), at);
  const { timed, clock } = desk();
  await timed.load();
  timed.opened(one, 0, 'follows');
  timed.opened(one, 1, 'follows');
  timed.opened(one, 2, clock.now() + day);
  assert.equal(timed.untilOf(one), clock.now() + day + limits.timedSessionMs);
  timed.opened(one, 3, 'follows');
  assert.notEqual(timed.untilOf(one), null);
  timed.close();
});

test('[ENC205] what is known of sessions outlives the client, and is bounded', async () => {
  const until = new HandClock().now() + day;
  const names = Array.from({ length: limits.maxTimedSessions }, (_, n) => `s${n}`);
  const kept = { 'timed sessions': Object.fromEntries(names.map((name) => [name, until])) };
  const before = desk(kept);
  await before.timed.load();
  before.timed.opened(one, 0, until);
  before.timed.close();
  const after = desk(kept);
  await after.timed.load();
  assert.deepEqual([after.timed.untilOf('s0'), after.timed.untilOf('s1')], [null, until]);
  assert.equal(after.timed.untilOf(one), until + limits.timedSessionMs);
  await after.clock.advance(2 * limits.timedSessionMs);
  await settle();
  assert.ok(after.dropped.length >= limits.maxSessionsPerLook);
  after.timed.close();
});

const account = `a_${'A'.repeat(22)}` as AccountId;
const conversation = `c_${'A'.repeat(22)}` as ConversationId;
const device = `d_${'A'.repeat(22)}` as DeviceId;
const key = new Uint8Array(32).fill(7);
const epoch = { epoch: 1, key, madeBy: device };
const made = { ed25519: 'ed', curve25519: 'cu', master_key: 'ma', vouched_by: 'me' };
const rowOf = (session: string): RoomKeyRow => ({
  ...{ conversation, session, firstIndex: 0, exported: `key of ${session}` },
  origin: { session, account, device, ...made },
});

function backupOf(taken: readonly RoomKeyRow[]) {
  const { timed, clock } = desk();
  const http = new HandHttp();
  const imported: string[] = [];
  let left: readonly RoomKeyRow[] | null = taken;
  const machine: Partial<KeyMachine> = {
    takeRoomKeys: async () => (left === null ? null : { batch: 'b', rows: left }),
    confirmRoomKeys: async () => {
      left = null;
    },
    importRoomKeys: async (rows) => {
      imported.push(...rows.map(({ session }) => session));
      return { imported: rows.length, refused: 0 };
    },
  };
  const keeper = new BackupKeeper({
    account,
    rest: restOver(http),
    clock,
    random: seededRandom(1),
    machine: machine as KeyMachine,
    timed,
    epochs: () => [epoch],
    epoch: () => epoch,
    onKey: () => {},
  });
  const bodiesOf = (call: string) =>
    http.asked.filter(({ method, path }) => `${method} ${path}` === call).map(({ body }) => body as Sent);
  return { keeper, timed, clock, http, imported, bodiesOf };
}

type Sent = {
  readonly items: readonly { readonly session_id: string; readonly value: string }[];
  readonly sessions: unknown;
};

async function itemOf(session: string, expiresAt?: number) {
  const place = { account, epoch: 1, conversation, session, firstIndex: 0 };
  const { exported, origin } = rowOf(session);
  const value = await sealBackup(key, place, { exported, origin, ...(expiresAt && { expiresAt }) }, seededRandom(2));
  return { epoch: 1, conversation_id: conversation, session_id: session, first_index: 0, value };
}

async function expiryIn({ session_id: session, value }: Sent['items'][number]) {
  const reading = await openBackup(key, { account, epoch: 1, conversation, session, firstIndex: 0 }, value);
  return reading.ok ? reading.value.expiresAt : 'unreadable';
}

test('[ENC205] the backup says until when a key is needed, also when that is known only later', async () => {
  const { keeper, timed, clock, http, bodiesOf } = backupOf([rowOf(one), rowOf(other)]);
  http.on('POST /v1/backup', { count: 1 });
  timed.opened(one, 0, clock.now() + day);
  const until = clock.now() + day + limits.timedSessionMs;
  await keeper.saved();
  const [sent] = bodiesOf('POST /v1/backup');
  assert.deepEqual(await Promise.all(sent?.items.map(expiryIn) ?? []), [until, undefined]);
  http.on('POST /v1/backup/query', { items: [await itemOf(other)] });
  timed.opened(other, 0, clock.now() + day);
  keeper.sealAgain([other]);
  await keeper.saved();
  const again = bodiesOf('POST /v1/backup')[1];
  assert.deepEqual(await Promise.all(again?.items.map(expiryIn) ?? []), [until]);
  keeper.close();
  timed.close();
});

test('[ENC205] a key that is not needed any more is neither imported nor put there, and is dropped', async () => {
  const { keeper, timed, clock, http, imported, bodiesOf } = backupOf([]);
  const items = [await itemOf(one, clock.now() - 1), await itemOf(other, clock.now() + day)];
  http.on('GET /v1/backup', { items, has_more: false });
  http.on('POST /v1/backup/drop', {});
  await keeper.restore();
  assert.deepEqual(imported, [other]);
  assert.deepEqual(
    bodiesOf('POST /v1/backup/drop').map(({ sessions }) => sessions),
    [[one]],
  );
  assert.equal(timed.untilOf(other), clock.now() + day, 'this device drops it in time');
  keeper.close();
  timed.close();
});

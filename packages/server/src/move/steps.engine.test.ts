// Everything that a directory and a store can hold, moved into a real Cassandra by processes that die at any statement;
// then the cluster goes on, and a mover that comes late changes nothing.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { openCassandraDirectory } from '../directory/cassandra-directory.ts';
import { dying } from '../directory/cassandra-fixture.ts';
import type { Directory } from '../directory/directory.ts';
import {
  accountId,
  all,
  backupRow,
  dehydratedRow,
  deviceId,
  fileRow,
  identityRow,
  intentRow,
  inviteRow,
  login,
  oneTimeKeys,
  reportRow,
  signUp,
} from '../directory/sample-rows.ts';
import { sent } from '../directory/sealed-fixture.ts';
import { openSqliteDirectory } from '../directory/sqlite-directory.ts';
import { openForReading as openDirectoryFile } from '../directory/sqlite-file.ts';
import { openCassandra } from '../engines/cassandra.ts';
import { dropKeyspace, freshKeyspace } from '../engines/cassandra-fixture.ts';
import { type CassandraSession, EngineRefused } from '../engines/cassandra-session.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { numbersPerEpoch } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { MemoryBlobs } from '../media/memory-blobs.ts';
import { openCassandraStore } from '../store/cassandra-store.ts';
import { conversationId, conversationRow, idRow, memberRow, messageRow, put } from '../store/sample-rows.ts';
import { openForReading as openStoreFile } from '../store/sqlite-open.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite-store.ts';
import { compareAll, copyAll, type Place } from './move.ts';
import { MoveMark, refuseWhileMoving } from './move-mark.ts';
import { stepsOf } from './steps.ts';

testEngine('cassandra');
const slow = { timeout: 240_000 };
const folder = mkdtempSync(join(tmpdir(), 'parley-move-'));
const session = await openCassandra(freshKeyspace());
after(async () => {
  rmSync(folder, { recursive: true });
  await dropKeyspace(session);
});

type A = ReturnType<typeof accountId>;
type D = ReturnType<typeof deviceId>;
const [ana, ben, cem, dan, eve] = ['ana', 'ben', 'cem', 'dan', 'eve'].map(accountId) as [A, A, A, A, A];
const [ana1, ana2, ben1, ben2] = ['ana1', 'ana2', 'ben1', 'ben2'].map(deviceId) as [D, D, D, D];
const clock = new ManualClock(Date.UTC(2026, 10, 28));
const most = 1_000;
const epoch = 1_795_000_000;
const manyKeys = 700;

/** Somebody of every kind, and something in every table. */
async function people(directory: Directory): Promise<void> {
  const { accounts, devices, tokens, invites, keys, toDevice, intents, reports } = directory;
  await accounts.signUp(signUp('ana', { admin: true, name: 'Änne' }));
  await invites.add(inviteRow('open', ana, { maxUses: 5 }), most);
  await accounts.signUp(signUp('ben', {}, { inviteHash: 'secret of open' }));
  for (const handle of ['cem', 'dan', 'eve']) await accounts.signUp(signUp(handle));
  for (const [i, name] of ['waits', 'done', 'waits too'].entries())
    await reports.add(reportRow(name, { createdAt: i, reporter: ana, reported: ben }), most);
  await reports.close(reportRow('done').report, 9_000);
  await intents.close(intentRow('open', ana).intent);
  await invites.redeem('secret of open', { ...intentRow('contact', cem), inviter: ana });
  await devices.add(login(ana, 'ana2'), most);
  await devices.add(login(ben, 'ben2', 1_001), most);
  await devices.touch([{ device: ana1, lastSeenAt: 5_000, provedAt: 6_000 }]);
  await tokens.replace(ana1, 'second of ana1');
  await tokens.confirm('second of ana1');
  await tokens.replace(ana1, 'third of ana1');
  for (const [account, device] of [
    [ana, ana1],
    [ana, ana2],
    [ben, ben1],
    [ben, ben2],
  ] as const)
    await keys.putDevice({ account, device, json: `keys of ${device}` });
  await keys.putIdentity(identityRow(ana, 1));
  await keys.addOneTime(ana1, oneTimeKeys('early', 3), most);
  await toDevice.enqueue([sent('early')], most, clock.now());
  await keys.restored(epoch);
  await keys.putIdentity(identityRow(ana, 2));
  await keys.putIdentity(identityRow(ben, 1));
  await devices.end(ben, all('revoked', { device: ben2, time: clock.now() }));
  await devices.end(cem, all('disabled', { time: clock.now() }));
  await accounts.change(cem, { state: 'disabled' });
  await keys.addOneTime(
    ana1,
    oneTimeKeys('late', 8).map(({ id, json }) => ({ id: `late ${id}`, json })),
    most,
  );
  await keys.setFallback(ana1, { id: 'f', json: 'fallback' });
  await keys.setFallback(ana2, { id: 'f', json: 'fallback of 2' });
  await keys.claim([ana1, ana1, ana2]);
  await toDevice.enqueue(
    Array.from({ length: manyKeys }, (_, n) => sent(`n${n}`)),
    most,
    clock.now(),
  );
  await toDevice.acknowledge(ana1, (await toDevice.page(ana1, 0, 5)).at(-1)?.n ?? 0);
  await sealed(directory);
  await accounts.change(dan, { state: 'leaving' }, { intent: intentRow('delete', dan) });
  await accounts.erase(dan, intentRow('delete', dan).intent);
  await accounts.change(eve, { state: 'leaving' }, { intent: intentRow('delete', eve) });
}

const bucket = new MemoryBlobs(clock);

async function sealed({ vault, backup, dehydrated, answers, files }: Directory): Promise<void> {
  // Of the second one the upload broke off.
  for (const n of [1, 2]) await files.add(fileRow(n));
  await vault.put(ana, [{ name: 'root', value: 'sealed', version: 1 }]);
  await vault.put(ana, [{ name: 'root', value: 'sealed anew', version: 2 }]);
  await backup.put(
    ana,
    Array.from({ length: manyKeys }, (_, n) => backupRow(`s${n}`, { epoch: 1 + (n % 2) })),
    10_000,
  );
  await backup.dropBelow(ana, 2);
  await backup.put(ben, [backupRow('of ben')], 10_000);
  for (const name of ['first', 'second'])
    await dehydrated.put(ben, dehydratedRow(name), {
      json: `keys of ${name}`,
      oneTime: oneTimeKeys(name, 2),
      fallback: null,
    });
  await answers.keep({ id: 'a1', caller: ana, sealed: 'sealed', until: clock.now() + 1_000 }, clock.now(), {
    ofCaller: 9,
    ofAll: 9,
  });
}

async function rows(store: SqliteStore): Promise<void> {
  const messages = Array.from({ length: 40 }, (_, at) => messageRow(1, at + 1));
  const over = messageRow(2, 1, { expiresAt: clock.now() - 5 });
  const soon = messageRow(2, 2, { expiresAt: clock.now() + 1_000_000 });
  await store.commit(
    [
      ...put('messages', ...messages, over, soon),
      ...put('ids', ...messages.map(({ seq }) => idRow(1, seq, { logId: 'old log', offset: 900 + seq }))),
      ...put(
        'conversations',
        conversationRow(1, { seq: 40, offset: 940 }),
        conversationRow(2, { members: null, kind: 'room' }),
      ),
      ...put('members', memberRow(1, 1, 1), memberRow(1, 2, 3, { leftSeq: 9 })),
      ...put('marks', { conversation: conversationId(1), account: ana, delivered: 40, read: 7, change: clock.now() }),
      ...put('settings', { account: ana, key: 'own/1', value: 'v', seq: 3 }),
      ...put('memberships', { account: ana, conversation: conversationId(1), left: false }),
      ...put('facts', { name: 'epoch', value: String(epoch) }),
    ],
    { logId: 'old log', offset: 940 },
  );
}

async function openServer(opened: AsyncDisposableStack) {
  const [storePath, directoryPath] = [join(folder, 'store.db'), join(folder, 'directory.db')];
  const directory = opened.use(await openSqliteDirectory(directoryPath));
  const store = opened.use(await openSqliteStore(storePath, { onFatal: (error) => assert.fail(error) }));
  await people(directory);
  await rows(store);
  const storeFile = opened.adopt(openStoreFile(storePath), (file) => file.close());
  const directoryFile = openDirectoryFile(directoryPath);
  opened.defer(() => directoryFile.database.close());
  const blobs = new MemoryBlobs(clock);
  await blobs.put(fileRow(1).blob, Readable.from([Buffer.from('sealed')]), 100);
  return { directory, store, storeFile, directoryFile, blobs };
}

async function openCluster(through: CassandraSession) {
  const directory = await openCassandraDirectory(through);
  const store = await openCassandraStore({ session: through, logId: 'new log', partitions: 1, clock });
  return { session: through, directory, store, blobs: bucket, stamp: await new MoveMark(through).stamp() };
}

test(
  '[MOV1] [MOV2] [MOV4] [MOV6] a directory and a store of every kind, moved by processes that die anywhere',
  slow,
  async () => {
    await using opened = new AsyncDisposableStack();
    const server = await openServer(opened);
    await openCassandraDirectory(session);
    const mark = new MoveMark(session);
    assert.deepEqual(await mark.claim('one', 'old log'), { id: 'one', log: 'old log', state: 'moving' });
    assert.equal((await mark.claim('two', 'other log')).id, 'one', 'whoever is first has it');
    await assert.rejects(
      refuseWhileMoving(session),
      (error) => error instanceof EngineRefused && /being moved/.test(error.message),
    );

    let place: Place | null = null;
    const quiet = { now: () => clock.now(), say: () => {} };
    const keep = async (next: Place) => {
      place = next;
    };
    const cluster = await openCluster(session);
    let deaths = 0;
    for (let isDone = false; !isDone; ) {
      const process = dying(session, deaths < 12 ? randomInt(1, 150) : Number.POSITIVE_INFINITY);
      try {
        const steps = stepsOf({
          server,
          cluster: { ...(await openCluster(process.session)), stamp: cluster.stamp },
          now: quiet.now,
        });
        await copyAll({ ...quiet, steps, keep }, place);
        isDone = true;
      } catch (error) {
        assert.ok(error instanceof Unavailable);
        deaths++;
      }
    }
    assert.ok(deaths > 0);
    const steps = stepsOf({ server, cluster, now: quiet.now });
    const findings = await compareAll({ ...quiet, steps });
    assert.deepEqual(
      findings.filter(({ difference }) => difference !== null),
      [],
    );
    assert.deepEqual(
      findings.filter(({ rows }) => rows === 0).map(({ name }) => name),
      ['entries of member lists'],
    );
    await mark.done('one');
    await refuseWhileMoving(session);
    await goOn(cluster);
    // Somebody moves once more, too late: nothing of what the cluster did since is undone.
    const before = await lately(cluster);
    await copyAll({ ...quiet, steps, keep }, null);
    assert.deepEqual(await lately(cluster), before);
  },
);

type Cluster = Awaited<ReturnType<typeof openCluster>>;

/** A day in the life of the cluster. */
async function goOn({ directory, store }: Cluster): Promise<void> {
  const { accounts, devices, tokens, keys, toDevice, vault, backup, intents, invites } = directory;
  assert.equal((await tokens.get('third of ana1'))?.tokenState, 'next');
  await tokens.confirm('third of ana1');
  assert.equal((await tokens.get('second of ana1'))?.tokenState, 'old');
  assert.equal((await keys.claim([ana1]))[0]?.id, 'late k2', 'the one after those that were given');
  assert.deepEqual(await keys.claim([ana2]), [{ id: 'f', json: 'fallback of 2' }]);
  assert.equal(await keys.putDevice({ account: ben, device: ben2, json: 'anew' }), 'gone');
  const { head } = await keys.changes(null, 1);
  assert.equal(await keys.putIdentity(identityRow(ben, 2)), 'done');
  const after = await keys.changes(head, 10);
  assert.deepEqual(after, { rows: [{ n: head + 1, account: ben, change: 'identity' }], head: head + 1 });
  assert.ok(head > epoch * numbersPerEpoch);
  const [first] = await toDevice.page(ana1, 0, 1);
  await toDevice.enqueue([sent('n0'), sent('new')], most, clock.now());
  const waiting = await toDevice.page(ana1, 0, most);
  assert.deepEqual(
    waiting.map(({ n }) => n),
    waiting.map((_, at) => (first?.n ?? 0) + at),
  );
  assert.deepEqual(
    waiting.filter(({ txn }) => txn === 'n0' || txn === 'new').map(({ txn }) => txn),
    ['new'],
  );
  await toDevice.acknowledge(ana1, first?.n ?? 0);
  assert.equal(await vault.put(ana, [{ name: 'root', value: 'third', version: 3 }]), 'done');
  const held = await backup.count(ana);
  assert.equal(await backup.put(ana, [backupRow('late')], 10_000), 'done');
  assert.equal(await backup.count(ana), held + 1);
  await backup.dropBelow(ana, 2);
  assert.equal(await accounts.signUp(signUp('dan', { account: accountId('dan2') })), 'taken', 'claims stay');
  assert.equal(await accounts.signUp(signUp('fay', {}, { inviteHash: 'secret of open' })), 'done');
  assert.equal((await invites.bySecret('secret of open'))?.uses, 3);
  await accounts.change(ana, { name: 'Anna' });
  await accounts.erase(eve, intentRow('delete', eve).intent);
  assert.deepEqual((await intents.open(10)).map(({ kind }) => kind).toSorted(), [
    'contact',
    ...Array.from({ length: 5 }, () => 'open'),
  ]);
  assert.deepEqual(await directory.people.counts(), { accounts: 4, admins: 1 });
  await devices.end(ana, all('revoked', { device: ana2, time: clock.now() }));
  assert.equal(await invites.revoke(ana, inviteRow('open', ana).invite), true);
  const own = await store.partition(0);
  const changed = messageRow(1, 40, { deletedBy: 41, tail: new Uint8Array(0) });
  const writes = [...put('messages', changed), ...put('conversations', conversationRow(1, { seq: 41, offset: 0 }))];
  await own.commit(
    writes.map((write) => ({ ...write, stamp: 0 })),
    { logId: 'new log', offset: 0 },
  );
}

/** What was changed in it. */
async function lately({ directory, store }: Cluster) {
  const { accounts, devices, tokens, keys, toDevice, vault, backup, people: found, invites } = directory;
  return {
    rows: await accounts.get([ana, ben, cem, dan, eve]),
    found: await found.search('an', 10),
    counts: await found.counts(),
    devices: await devices.list(ana),
    tokens: [await tokens.get('third of ana1'), await tokens.get('second of ana1'), await tokens.get('hash of ana2')],
    keys: await keys.devices([ana, ben]),
    oneTime: [await keys.counts(ana1), await keys.counts(ana2)],
    identities: await keys.identities([ben]),
    changes: await keys.changes(0, 100),
    waiting: (await toDevice.page(ana1, 0, most)).length,
    vault: await vault.all(ana),
    roomKeys: [await backup.count(ana), (await backup.page(ana, null, most)).length],
    invites: [await invites.bySecret('secret of open')],
    message: await store.get('messages', [conversationId(1), 40]),
    conversation: await store.get('conversations', [conversationId(1)]),
  };
}

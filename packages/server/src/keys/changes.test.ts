// The list of changes: what a client keeps its lists right by, and the feed that every node follows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyChangesPollMs, maxKeyChangesRead } from '../kernel/limits.ts';
import { TestIdentity, TestKeys } from './fixture.ts';

test('[ENC22] changes of acquaintances and of oneself are told from where one was, those of strangers are not', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const { n: since, accounts } = await keys.get('listKeyChanges', { by: ana, query: {} });
  assert.deepEqual(accounts, []);
  const ben = await keys.person('ben');
  const cem = await keys.person('cem');
  keys.meet(ana, ben);
  const changed = async (from: number) => keys.get('listKeyChanges', { by: ana, query: { since: from } });
  const first = await changed(since);
  assert.deepEqual([first.accounts, first.all, first.has_more], [[ben.account], false, false]);
  await keys.get('uploadIdentity', { by: ana, body: new TestIdentity(ana.account).body() });
  await keys.revoke(cem);
  const second = await changed(first.n);
  assert.deepEqual(second.accounts, [ana.account]);
  assert.deepEqual((await changed(second.n)).accounts, []);
  await keys.another('ben');
  assert.deepEqual((await changed(second.n)).accounts, [ben.account]);
});

test('[ENC22] who was further than the list goes, or is too far behind, is told that everything changed', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const { n } = await keys.get('listKeyChanges', { by: ana, query: {} });
  const all = async (since: number) => (await keys.get('listKeyChanges', { by: ana, query: { since } })).all;
  assert.deepEqual([await all(n), await all(n + 1)], [false, true]);
  await keys.directory.keys.restored(2);
  const { n: later } = await keys.get('listKeyChanges', { by: ana, query: {} });
  assert.ok(later - n > maxKeyChangesRead);
  assert.deepEqual([await all(n), await all(later - maxKeyChangesRead), await all(later)], [true, false, false]);
});

test('[ENC22] the same call says how many keys the device has left', async () => {
  const keys = new TestKeys();
  const ana = await keys.publish(await keys.accounts.join('ana'), 3);
  const { one_time_keys, fallback_unused } = await keys.get('listKeyChanges', { by: ana, query: {} });
  assert.deepEqual([one_time_keys, fallback_unused], [3, false]);
});

test('[ENC31] whoever shares a conversation hears of a change at once, and when the word is lost within a second', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.accounts.join('ben');
  const cem = await keys.accounts.join('cem');
  keys.meet(ana, ben);
  await keys.keys.start();
  const before = keys.keys.head;
  await keys.publish(ben);
  await keys.settle();
  assert.deepEqual(
    keys.told.map(({ to, frame }) => [to, frame.n > before, frame.n === keys.keys.head]),
    [[[ben.account, ana.account], true, true]],
  );
  keys.told.length = 0;
  await keys.directory.devices.end(ana.account, { device: ana.device, except: null, reason: 'revoked', time: 1 });
  await keys.settle();
  assert.equal(keys.told.length, 0);
  keys.clock.advance(keyChangesPollMs);
  await keys.settle();
  assert.deepEqual(
    keys.told.map(({ to }) => to),
    [[ana.account, ben.account]],
  );
  assert.ok(!keys.told.some(({ to }) => to.includes(cem.account)));
  keys.keys.stop();
  keys.clock.advance(keyChangesPollMs);
  await keys.settle();
  assert.deepEqual([keys.told.length, keys.faults], [1, []]);
});

test('[ENC32] an end of a device is known at once and from the list, also of before the start', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  const second = await keys.another('ben');
  const members = new Map([ana, ben].map(({ account }) => [account, null]));
  const alone = new Map([[ana.account, null]]);
  const before = (await keys.directory.keys.changes(null, 1)).head;
  await keys.revoke(second);
  await keys.keys.start();
  assert.equal(keys.keys.peekEnded(members, before), true);
  assert.equal(keys.keys.peekEnded(alone, before), false);
  assert.equal(keys.keys.peekEnded(members, keys.keys.head), false);
  const now = keys.keys.head;
  await keys.revoke(ana);
  await keys.settle();
  assert.equal(keys.keys.peekEnded(alone, now), true);
  assert.equal(await keys.keys.endedSince(alone, now), true);
  assert.equal(keys.keys.peekEnded(members, keys.keys.head), false);
  keys.keys.stop();
});

test('[ENC32] what ended before that is asked of the directory', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const members = new Map([[ana.account, null]]);
  const before = (await keys.directory.keys.changes(null, 1)).head;
  await keys.revoke(ana);
  await keys.directory.keys.restored(2);
  await keys.keys.start();
  assert.equal(keys.keys.peekEnded(members, before), undefined);
  assert.equal(await keys.keys.endedSince(members, before), true);
  assert.equal(keys.keys.peekEnded(members, keys.keys.head), false);
  keys.keys.stop();
});

// A hostile server against a new device that has nothing but the recovery key: it alters what stands in the backup and in
// the vault, swaps it and keeps it back. What was altered is refused or stays unread, the rest is read, and with an
// honest server everything is.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ChatErrorCode } from '@parley/sdk';
import {
  altered,
  alterItems,
  alterOthers,
  alterRows,
  epochsKept,
  keepsEpochBack,
  nonsenseRows,
  type Row,
  refusedItems,
} from './recovery-liar.ts';
import { pair, password, type Resident, say, shown, type Town, there } from './town.ts';

/** Ana and Ben have talked; Ana's only device is off, and she signs in on another one with her recovery key. */
async function lost(t: TestContext) {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  await say(town, withBen, 'of Ana');
  await say(town, withAna, 'of Ben');
  const seen = await shown(town, withBen);
  await town.done(ana.client.encryption.saved());
  const key = (await town.done(ana.client.encryption.recoveryKey()))?.groups ?? '';
  const rows = (await ana.ask({ method: 'GET', path: '/v1/backup?limit=50' })).body as {
    readonly items: readonly Row[];
  };
  await town.done(ana.client.close());
  const phone = await town.signIn('ana');
  return { town, ben, withBen, withAna, seen, key, rows: rows.items, phone };
}

/** What the new device shows of the chat. */
async function readBy(town: Town, phone: Resident, { withBen }: Pick<Awaited<ReturnType<typeof lost>>, 'withBen'>) {
  await town.pass(3_000);
  return shown(town, await there(town, phone, withBen));
}

const isUnread = (text: string) => /^\((no_key|altered|not_trusted)\)$/.test(text);

test('[ENC242] a row of the backup that the server altered opens nothing, and the others are read', async (t) => {
  const stage = await lost(t);
  const { town, phone, key, seen, rows } = stage;
  assert.ok(rows.length >= 2);
  const [victim] = rows;
  alterRows(phone.man, (row) => (row.session_id === victim?.session_id ? { ...row, value: altered(row.value) } : row));
  await town.done(phone.client.encryption.recover(key));
  const read = await readBy(town, phone, stage);
  assert.equal(read.length, seen.length);
  assert.ok(read.some(isUnread), read.join());
  for (const [at, text] of read.entries()) assert.ok(text === seen[at] || isUnread(text), text);
  assert.ok(read.some((text, at) => text === seen[at] && !text.startsWith('[')));
  phone.man.honest();
  await town.done(phone.client.encryption.recover(key));
  assert.deepEqual(await readBy(town, phone, stage), seen);
});

test('[ENC242] rows that are swapped, or make no sense, open nothing and stop nothing', async (t) => {
  const stage = await lost(t);
  const { town, phone, key, seen } = stage;
  for (const [what, change] of Object.entries(nonsenseRows)) {
    const told = alterRows(phone.man, change);
    await town.done(phone.client.encryption.recover(key));
    assert.ok(told.count >= 2, `${what}: ${told.count} rows`);
    const read = await readBy(town, phone, stage);
    for (const [at, text] of read.entries()) assert.ok(text === seen[at] || isUnread(text), text);
    assert.ok(read.some(isUnread));
  }
  phone.man.honest();
  await town.done(phone.client.encryption.recover(key));
  assert.deepEqual(await readBy(town, phone, stage), seen);
});

test('[ENC243] a swapped recovery half, and an identity that was altered or left out, are refused', async (t) => {
  const stage = await lost(t);
  const { town, phone, key, seen } = stage;
  for (const change of refusedItems) {
    alterItems(phone.man, change);
    const code: ChatErrorCode = 'recovery.wrong';
    await assert.rejects(town.done(phone.client.encryption.recover(key)), { code });
    assert.deepEqual(
      (await readBy(town, phone, stage)).filter((text) => text === 'of Ben'),
      [],
    );
    assert.equal(phone.client.encryption.snapshot.phase, 'needs_linking');
  }
  phone.man.honest();
  await town.done(phone.client.encryption.recover(key));
  assert.deepEqual(await readBy(town, phone, stage), seen);
});

test('[ENC243] with keys of the vault that were altered everything else is read and said', async (t) => {
  const stage = await lost(t);
  const { town, phone, key, seen, withAna } = stage;
  alterItems(phone.man, alterOthers);
  await town.done(phone.client.encryption.recover(key));
  assert.deepEqual(await readBy(town, phone, stage), seen);
  await say(town, await there(town, phone, withAna), 'here again');
  const heard = await shown(town, withAna);
  assert.equal(heard.at(-1), 'here again');
});

test('[ENC243] epochs that the server keeps back leave their messages unread, and no key goes into an older one', async (t) => {
  const { town, ana, withBen, withAna } = await pair(t);
  await town.done(ana.client.encryption.saved());
  const next = await town.done(ana.client.encryption.shutOut(password));
  await say(town, withBen, 'of the second epoch');
  await town.done(ana.client.encryption.saved());
  const seen = await shown(town, withBen);
  await town.done(ana.client.close());
  const phone = await town.signIn('ana');
  keepsEpochBack(phone.man);
  const epochs = epochsKept(phone.man);
  await town.done(phone.client.encryption.recover(next.groups));
  const stage = { withBen };
  const read = await readBy(town, phone, stage);
  assert.ok(isUnread(read.at(-1) ?? ''), read.join());
  assert.ok(read.includes('hello'));
  await say(town, await there(town, phone, withAna), 'with a new session');
  await town.pass(5_000);
  assert.deepEqual(epochs, [], 'whoever was shut out has the key of the first epoch');
  const all = [...seen, 'with a new session'];
  phone.man.honest();
  await town.done(phone.client.encryption.recover(next.groups));
  assert.deepEqual(await readBy(town, phone, stage), all);
});

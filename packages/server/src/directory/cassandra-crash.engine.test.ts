import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openCassandra } from '../engines/cassandra.ts';
import { dropKeyspace, freshKeyspace } from '../engines/cassandra-fixture.ts';
import { Unavailable } from '../kernel/result.ts';
import { openCassandraDirectory } from './cassandra-directory.ts';
import { dying, emptied } from './cassandra-fixture.ts';
import type { Directory } from './directory.ts';
import {
  accountId,
  all,
  dehydratedId,
  dehydratedRow,
  deviceId,
  intentRow,
  inviteRow,
  login,
  oneTimeKeys,
  signUp,
} from './sample-rows.ts';

// Runs where testEngine('cassandra') is.
const session = await openCassandra(freshKeyspace());
after(() => dropKeyspace(session));

const ana = accountId('ana');
const host = accountId('host');
const names = ['host', 'ana', 'new'];

/** Each death is a directory of its own, made anew. Milliseconds. */
const slow = { timeout: 240_000 };

/** Two people, an invitation, devices with keys. */
async function prepare(directory: Directory): Promise<void> {
  for (const handle of ['host', 'ana']) await directory.accounts.signUp(signUp(handle));
  await directory.invites.add(inviteRow('one', host, { maxUses: 3 }), 50);
  await directory.devices.add(login(ana, 'second'), 8);
  for (const name of ['ana1', 'second'])
    await directory.keys.putDevice({ account: ana, device: deviceId(name), json: `keys of ${name}` });
  await directory.keys.addOneTime(deviceId('ana1'), oneTimeKeys('ana1', 2), 100);
}

/** Everything that anybody can see. Lists come first, as every gateway reads them every second. */
async function look(directory: Directory): Promise<string> {
  const ended = await directory.devices.ended(0, 100);
  const changes = await directory.keys.changes(0, 100);
  const accounts = names.map(accountId);
  const hashes = ['ana1', 'second', 'new1'].map((name) => `hash of ${name}`);
  return JSON.stringify([
    ended,
    changes,
    await directory.accounts.get(accounts),
    await Promise.all(names.map((name) => directory.accounts.byHandle(name))),
    await Promise.all(accounts.map((account) => directory.devices.list(account))),
    await Promise.all(hashes.map((hash) => directory.tokens.get(hash))),
    await directory.people.counts(),
    await directory.people.page('', 10),
    await directory.people.search('n', 10),
    await directory.intents.open(10),
    await directory.invites.bySecret('secret of one'),
    await directory.keys.devices(accounts),
    await directory.keys.revokedAfter(accounts, 0),
    await Promise.all(['ana1', 'second'].map((name) => directory.keys.counts(deviceId(name)))),
    await directory.keys.counts(dehydratedId('one')),
    (await directory.dehydrated.get(ana)) ?? null,
  ]);
}

type Call = (directory: Directory) => Promise<unknown>;

/** Kills the process that makes the call before each of its statements, or each `step`, and lets another one go on. */
async function crashEverywhere(call: Call, step = 1): Promise<number> {
  const calm = await emptied(session);
  const directory = await openCassandraDirectory(calm);
  await prepare(directory);
  const untouched = await look(directory);
  const whole = dying(calm, Number.POSITIVE_INFINITY);
  await call(await openCassandraDirectory(whole.session));
  const done = await look(directory);
  assert.notEqual(done, untouched);
  const deaths = Array.from({ length: Math.ceil(whole.counted() / step) }, (_, i) => i * step);
  const dieAt = async (at: number): Promise<void> => {
    const world = await emptied(session);
    const other = await openCassandraDirectory(world);
    await prepare(other);
    await assert.rejects(async () => call(await openCassandraDirectory(dying(world, at).session)), Unavailable);
    const seen = await look(other);
    assert.ok(seen === untouched || seen === done, `killed at ${at}: ${seen}\nbefore ${untouched}\nafter ${done}`);
    await call(other);
    assert.equal(await look(other), done, `killed at ${at}, and done again`);
  };
  for (let from = 0; from < deaths.length; from += 8) await Promise.all(deaths.slice(from, from + 8).map(dieAt));
  return deaths.length;
}

test('[DIR20] a sign-up by invitation that dies anywhere is whole or nothing, and is done once', slow, async () => {
  const deaths = await crashEverywhere(
    ({ accounts }) => accounts.signUp(signUp('new', { admin: true }, { inviteHash: 'secret of one' })),
    5,
  );
  assert.ok(deaths > 4);
});

test(
  '[DIR20] the end of sessions with an intent that dies anywhere is whole or nothing, and is done once',
  slow,
  async () => {
    const intent = intentRow('delete', ana, 3_000);
    await crashEverywhere(
      ({ accounts }) => accounts.change(ana, { state: 'leaving' }, { end: all('revoked'), intent }),
      4,
    );
  },
);

test('[DIR20] a redemption that dies anywhere is whole or nothing, and is done once', slow, async () => {
  await crashEverywhere(({ invites }) => invites.redeem('secret of one', intentRow('contact', ana, 2_000)), 3);
});

test('[DIR20] another device that receives, and its death anywhere', slow, async () => {
  const keys = { json: 'its keys', oneTime: oneTimeKeys('one', 2), fallback: null };
  await crashEverywhere(({ dehydrated }) => dehydrated.put(ana, dehydratedRow('one'), keys), 9);
});

test('[DIR20] erasing that dies anywhere is finished by whoever comes', slow, async () => {
  const intent = intentRow('delete', ana, 3_000);
  const leave: Call = ({ accounts }) => accounts.change(ana, { state: 'leaving' }, { intent });
  const world = await emptied(session);
  const directory = await openCassandraDirectory(world);
  await prepare(directory);
  await leave(directory);
  const whole = dying(world, Number.POSITIVE_INFINITY);
  await (await openCassandraDirectory(whole.session)).accounts.erase(ana, intent.intent);
  const done = await look(directory);
  for (let at = 0; at < whole.counted(); at += 14) {
    const again = await emptied(session);
    const other = await openCassandraDirectory(again);
    await prepare(other);
    await leave(other);
    const erase: Call = ({ accounts }) => accounts.erase(ana, intent.intent);
    await assert.rejects(async () => erase(await openCassandraDirectory(dying(again, at).session)), Unavailable);
    // The intent is there until all of it is done.
    const open = (await other.intents.open(10)).some((row) => row.intent === intent.intent);
    if (open) await erase(other);
    assert.equal(await look(other), done, `killed at ${at}`);
  }
});

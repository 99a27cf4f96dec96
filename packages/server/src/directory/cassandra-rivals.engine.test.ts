import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openCassandra } from '../engines/cassandra.ts';
import { dropKeyspace, freshKeyspace } from '../engines/cassandra-fixture.ts';
import { Unavailable } from '../kernel/result.ts';
import { openCassandraDirectory } from './cassandra-directory.ts';
import { emptied } from './cassandra-fixture.ts';
import type { Directory } from './directory.ts';
import { accountId, all, deviceId, inviteRow, login, oneTimeKeys, signUp } from './sample-rows.ts';

// Runs where testEngine('cassandra') is.
const session = await openCassandra(freshKeyspace());
after(() => dropKeyspace(session));

/** Rivals for one partition hold each other up. Milliseconds. */
const slow = { timeout: 240_000 };
const processes = [0, 1, 2, 3];

/** Four processes over one directory. */
async function rivals(): Promise<readonly Directory[]> {
  const world = await emptied(session);
  return Promise.all(processes.map(() => openCassandraDirectory(world)));
}

/** Asks again when there was no answer, as clients do. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Unavailable) || tries === 5) throw error;
    }
  }
}

test('[DIR21] whatever four processes do at once: a claim has one account, an invitation its uses', slow, async () => {
  const sign = fc.record({ by: fc.constantFrom(...processes), claim: fc.constantFrom('x', 'y', 'z') });
  await fc.assert(
    fc.asyncProperty(
      fc.array(sign, { minLength: 3, maxLength: 6 }),
      fc.integer({ min: 1, max: 3 }),
      async (signs, maxUses) => {
        const all4 = await rivals();
        const [first] = all4 as [Directory, ...Directory[]];
        await first.accounts.signUp(signUp('host'));
        await first.invites.add(inviteRow('some', accountId('host'), { maxUses }), 50);
        const inviteHash = 'secret of some';
        await Promise.all(
          signs.map(({ by, claim }, i) => {
            const { accounts } = all4[by] ?? first;
            return asked(() => accounts.signUp(signUp(`n${i}`, {}, { claim, inviteHash })));
          }),
        );
        await first.people.counts();
        const there = await first.accounts.get(signs.map((_, i) => accountId(`n${i}`)));
        const done = there.length;
        const claimed = new Set(there.map(({ handle }) => signs[Number(handle.slice(1))]?.claim));
        assert.equal(claimed.size, done, 'one account a claim');
        assert.equal(done, Math.min(maxUses, new Set(signs.map(({ claim }) => claim)).size));
        assert.equal((await first.invites.bySecret(inviteHash))?.uses, done);
        assert.equal((await first.people.counts()).accounts, done + 1);
        assert.equal((await first.intents.open(100)).length, done + 1);
      },
    ),
    { numRuns: 3, endOnFailure: true },
  );
});

test('[DIR21] of four processes that give out keys of one device no two give the same', slow, async () => {
  const all4 = await rivals();
  const [first] = all4 as [Directory, ...Directory[]];
  const device = deviceId('ana1');
  await first.accounts.signUp(signUp('ana'));
  await first.keys.addOneTime(device, oneTimeKeys('ana1', 30), 100);
  const given = await Promise.all(Array.from({ length: 40 }, (_, i) => (all4[i % 4] ?? first).keys.claim([device])));
  const ids = given.flat().flatMap((key) => key?.id ?? []);
  assert.equal(ids.length, 30);
  assert.equal(new Set(ids).size, 30);
});

test('[DIR22] a reader of a list in Cassandra misses nothing below a number that it has passed', slow, async () => {
  const all4 = await rivals();
  const [first, ...writers] = all4 as [Directory, ...Directory[]];
  const accounts = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `u${name}`);
  for (const handle of accounts) await first.accounts.signUp(signUp(handle));
  let isOver = false;
  const seen: string[] = [];
  const numbers: number[] = [];
  const read = async () => {
    for (let after = 0, last = false; ; ) {
      const { rows, head } = await first.devices.ended(after, 3);
      seen.push(...rows.map((row) => row.device));
      numbers.push(...rows.map((row) => row.n));
      after = rows.length < 3 ? head : (rows.at(-1)?.n ?? after);
      if (last && rows.length === 0) return;
      last = isOver;
    }
  };
  const reading = read();
  await Promise.all(
    accounts.map(async (handle, i) => {
      const { devices } = writers[i % writers.length] ?? first;
      for (const name of ['x', 'y', 'z']) {
        await devices.add(login(accountId(handle), `${handle}${name}`), 8);
        await devices.end(accountId(handle), all('revoked', { device: deviceId(`${handle}${name}`) }));
      }
    }),
  );
  isOver = true;
  await reading;
  assert.deepEqual(
    [...seen].sort(),
    accounts.flatMap((handle) => ['x', 'y', 'z'].map((name) => deviceId(`${handle}${name}`))).sort(),
  );
  assert.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  );
  assert.equal(new Set(numbers).size, numbers.length);
});

// The part of the directory's contract that is about what devices send each other, and what accounts keep sealed.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maxToDeviceQueueBytes, maxToDeviceTxnMs } from '../kernel/limits.ts';
import { dehydratedContract } from './dehydrated.contract.ts';
import type { Rule } from './devices.contract.ts';
import type { Directory } from './directory.ts';
import { accountId, all, backupRow, deviceId, signUp } from './sample-rows.ts';
import { ana, ana1, ben, ben1, erase, people, sent, waiting } from './sealed-fixture.ts';

/** The promises about queues and sealed things, as tests. */
export function sealedContract(rule: Rule): void {
  queues(rule);
  vault(rule);
  backup(rule);
  dehydratedContract(rule);
}

function queues(rule: Rule): void {
  rule('[ENC9] what is sent to a device waits, in order, until it is acknowledged', async (directory) => {
    await people(directory);
    const { toDevice } = directory;
    const outcome = await toDevice.enqueue(
      [sent('one'), sent('one', ben1), sent('one', deviceId('nobody')), sent('two')],
      10,
      0,
    );
    assert.deepEqual(outcome, { full: [] });
    const rows = await toDevice.page(ana1, 0, 10);
    assert.deepEqual(rows.map(withoutNumber), [sent('one'), sent('two')]);
    const [first, second] = rows.map((row) => row.n);
    assert.ok(first !== undefined && second !== undefined && first < second);
    assert.deepEqual(await toDevice.page(ana1, 0, 1), rows.slice(0, 1));
    assert.deepEqual(await toDevice.page(ana1, first, 10), rows.slice(1));
    assert.deepEqual(await toDevice.page(ana1, 0, 10), rows, 'reading takes nothing');
    await toDevice.acknowledge(ana1, first);
    assert.deepEqual(await waiting(directory), ['two']);
    await toDevice.acknowledge(ana1, second);
    await toDevice.acknowledge(ana1, second);
    await toDevice.enqueue([sent('three')], 10, 0);
    assert.ok(((await toDevice.page(ana1, 0, 10))[0]?.n ?? 0) > second, 'a number never comes again');
    assert.deepEqual(await waiting(directory, ben1), ['one']);
    await directory.devices.end(ana, all('revoked', { device: ana1 }));
    assert.deepEqual(await waiting(directory), []);
  });

  rule('[ENC9] what is sent again is kept once, also after it was acknowledged', async (directory) => {
    await people(directory);
    const { toDevice } = directory;
    await Promise.all([1, 2, 3].map(() => toDevice.enqueue([sent('one'), sent('one', ben1)], 10, 0)));
    assert.deepEqual(await waiting(directory), ['one']);
    await toDevice.acknowledge(ana1, (await toDevice.page(ana1, 0, 1))[0]?.n ?? 0);
    await toDevice.enqueue([sent('one')], 10, maxToDeviceTxnMs - 1);
    assert.deepEqual(await waiting(directory), []);
    await toDevice.enqueue([{ ...sent('one'), senderDevice: ana1 }, sent('two')], 10, maxToDeviceTxnMs - 1);
    assert.deepEqual(await waiting(directory), ['one', 'two']);
    await toDevice.enqueue([sent('one')], 10, maxToDeviceTxnMs);
    assert.deepEqual(await waiting(directory), ['one', 'two', 'one'], 'an hour later nobody repeats');
  });

  rule('[ENC9] a queue is bounded: what is too much for one device goes to the others', async (directory) => {
    await people(directory);
    const { toDevice } = directory;
    await toDevice.enqueue([sent('one'), sent('two')], 2, 0);
    const both = [sent('three'), sent('three', ben1)];
    assert.deepEqual(await toDevice.enqueue(both, 2, 0), { full: [ana1] });
    assert.deepEqual(await waiting(directory), ['one', 'two']);
    assert.deepEqual(await waiting(directory, ben1), ['three']);
    assert.deepEqual(await toDevice.enqueue([sent('one')], 2, 0), { full: [] }, 'it is there already');
    await toDevice.acknowledge(ana1, (await toDevice.page(ana1, 0, 1))[0]?.n ?? 0);
    assert.deepEqual(await toDevice.enqueue(both, 2, 0), { full: [] });
    assert.deepEqual(await waiting(directory), ['two', 'three']);
    assert.deepEqual(await waiting(directory, ben1), ['three']);
  });

  rule('[ENC9] a queue is bounded by what it holds, too', async (directory) => {
    await people(directory);
    const { toDevice } = directory;
    const large = (txn: string) => ({ ...sent(txn), content: 'é'.repeat(maxToDeviceQueueBytes / 16) });
    for (let i = 1; i < 16; i++) assert.deepEqual(await toDevice.enqueue([large(`${i}`)], 100, 0), { full: [] });
    assert.deepEqual(await toDevice.enqueue([large('16'), sent('two', ben1)], 100, 0), { full: [] });
    assert.deepEqual(await toDevice.enqueue([sent('three'), sent('three', ben1)], 100, 0), { full: [ana1] });
    assert.deepEqual(await waiting(directory, ben1), ['two', 'three']);
    const first = (await toDevice.page(ana1, 0, 1))[0]?.n ?? 0;
    await toDevice.acknowledge(ana1, first);
    assert.deepEqual(await toDevice.enqueue([sent('three')], 100, 0), { full: [] });
    assert.deepEqual(
      (await toDevice.page(ana1, first + 15, 10)).map((row) => row.txn),
      ['three'],
    );
  });

  rule('[ENC9] whatever is lost and said again on either side, each arrives once and in order', async (directory) => {
    await people(directory);
    const { toDevice } = directory;
    let run = 0;
    const step = fc.oneof(
      fc.record({ send: fc.nat(20) }),
      fc.record({ read: fc.nat(5), isAcknowledged: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        run++;
        const begin = (await toDevice.page(ana1, 0, 1_000)).at(-1)?.n ?? 0;
        const said = new Set<string>();
        const heard = new Map<number, string>();
        const read = async (limit: number, isAcknowledged: boolean) => {
          const after = isAcknowledged ? 0 : begin;
          const rows = await toDevice.page(ana1, after, limit);
          for (const row of rows) if (row.n > begin) heard.set(row.n, row.txn);
          const last = rows.at(-1);
          if (isAcknowledged && last !== undefined) await toDevice.acknowledge(ana1, last.n);
        };
        for (const each of steps) {
          if ('send' in each) {
            said.add(`${run} ${each.send}`);
            await toDevice.enqueue([sent(`${run} ${each.send}`)], 1_000, run);
          } else await read(each.read, each.isAcknowledged);
        }
        await read(1_000, true);
        assert.deepEqual(
          [...heard].sort(([a], [b]) => a - b).map(([, txn]) => txn),
          [...said],
        );
      }),
      { numRuns: 15 },
    );
  });
}

function vault(rule: Rule): void {
  const item = (name: string, version: number, value = `${name} ${version}`) => ({ name, value, version });

  rule('[ENC10] sealed items follow the ones before, all of a call or none', async (directory) => {
    await people(directory);
    assert.equal(await directory.vault.put(ana, [item('recovery', 1), item('identity', 1)]), 'done');
    assert.equal(await directory.vault.put(ana, [item('recovery', 2), item('identity', 1)]), 'conflict');
    assert.equal(await directory.vault.put(ana, [item('recovery', 3)]), 'conflict');
    assert.deepEqual(await directory.vault.all(ana), [item('identity', 1), item('recovery', 1)]);
    const attempts = ['x', 'y', 'z'].map((value) => item('recovery', 2, value));
    const outcomes = await Promise.all(attempts.map((each) => directory.vault.put(ana, [each])));
    assert.deepEqual([...outcomes].sort(), ['conflict', 'conflict', 'done']);
    assert.deepEqual(await directory.vault.all(ana), [item('identity', 1), attempts[outcomes.indexOf('done')]]);
    assert.deepEqual(await directory.vault.all(ben), []);
    assert.equal(await directory.vault.put(accountId('nobody'), [item('recovery', 1)]), 'conflict');
    await erase(directory);
    assert.deepEqual(await directory.vault.all(ana), []);
    assert.equal(await directory.vault.put(ana, [item('recovery', 1)]), 'conflict');
  });
}

function backup(rule: Rule): void {
  const rows = async ({ backup: port }: Directory, before: number | null = null, limit = 100) =>
    (await port.page(ana, before, limit)).map(withoutNumber);

  rule('[ENC11] room keys are read newest first, by pages and by session, and counted', async (directory) => {
    await people(directory);
    const { backup: port } = directory;
    const written = Array.from({ length: 7 }, (_, i) => backupRow(`s${i}`));
    assert.equal(await port.put(ana, written.slice(0, 5), 7), 'done');
    assert.equal(await port.put(ana, [...written.slice(4), backupRow('s7')], 7), 'full');
    assert.equal(await port.count(ana), 5);
    assert.equal(await port.put(ana, written.slice(4), 7), 'done');
    assert.equal(await port.count(ana), 7);
    assert.deepEqual(await rows(directory), [...written].reverse());
    const first = await port.page(ana, null, 3);
    const next = await rows(directory, first.at(-1)?.n ?? null, 3);
    assert.deepEqual(next, [...written].reverse().slice(3, 6));
    assert.deepEqual(await port.get(ana, ['s3', 'unknown', 's1']), [written[3], written[1]]);
    assert.deepEqual(await port.get(ben, ['s3']), []);
    await erase(directory);
    assert.equal(await port.count(ana), 0);
    assert.deepEqual(await rows(directory), []);
    assert.equal(await port.put(ana, written, 7), 'gone');
    assert.deepEqual(await rows(directory), []);
  });

  rule('[ENC11] of two keys of a session the one that opens more is kept, in its place', async (directory) => {
    await people(directory);
    const { backup: port } = directory;
    const key = (firstIndex: number, epoch: number) => backupRow('s', { firstIndex, epoch });
    await port.put(ana, [key(5, 2), backupRow('later')], 2);
    await port.put(ana, [key(6, 3)], 2);
    assert.deepEqual(await port.get(ana, ['s']), [key(5, 2)]);
    await port.put(ana, [key(5, 1)], 2);
    assert.deepEqual(await port.get(ana, ['s']), [key(5, 2)], 'sealed with an older key');
    await port.put(ana, [{ ...key(5, 2), value: 'again' }], 2);
    assert.deepEqual(await port.get(ana, ['s']), [{ ...key(5, 2), value: 'again' }], 'it may say more by now');
    await port.put(ana, [key(5, 3)], 2);
    assert.deepEqual(await port.get(ana, ['s']), [key(5, 3)], 'sealed anew');
    await port.put(ana, [key(1, 1)], 2);
    assert.deepEqual(await rows(directory), [backupRow('later'), key(1, 1)]);
    await port.put(ana, [key(1, 4)], 2);
    await port.dropBelow(ana, 4);
    assert.deepEqual(await rows(directory), [key(1, 4)]);
    assert.equal(await port.count(ana), 1);
  });

  rule('[ENC205] sessions whose messages are gone can be dropped, and no others go', async (directory) => {
    await people(directory);
    const { backup: port } = directory;
    await port.put(ana, [backupRow('s1'), backupRow('s2'), backupRow('s3')], 3);
    await port.drop(ana, ['s1', 'unknown', 's3', 's3']);
    await port.drop(ben, ['s2']);
    assert.deepEqual(await rows(directory), [backupRow('s2')]);
    assert.equal(await port.count(ana), 1);
    assert.equal(await port.put(ana, [backupRow('s4'), backupRow('s5')], 3), 'done', 'there is room again');
  });

  rule('[ENC11] in whatever order and however often keys come, the best of each stays', async (directory) => {
    const key = fc.record({ session: fc.nat(4), firstIndex: fc.nat(4), epoch: fc.nat(3) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(key, { maxLength: 6 }), { maxLength: 6 }), async (calls) => {
        const account = accountId(`u${run}`);
        await directory.accounts.signUp(signUp(`u${run++}`));
        const named = calls.map((call) => call.map(({ session, ...rest }) => backupRow(`s${session}`, rest)));
        await Promise.all(named.map((call) => directory.backup.put(account, call, 100)));
        const best = new Map<string, readonly [number, number]>();
        for (const { session, firstIndex, epoch } of named.flat()) {
          const [index, newest] = best.get(session) ?? [Number.POSITIVE_INFINITY, 0];
          if (firstIndex < index || (firstIndex === index && epoch > newest)) best.set(session, [firstIndex, epoch]);
        }
        const kept = await directory.backup.page(account, null, 100);
        assert.deepEqual(new Map(kept.map((row) => [row.session, [row.firstIndex, row.epoch]])), best);
      }),
      { numRuns: 15 },
    );
  });
}

function withoutNumber<Row extends { readonly n: number }>(row: Row): Omit<Row, 'n'> {
  const { n: _, ...rest } = row;
  return rest;
}

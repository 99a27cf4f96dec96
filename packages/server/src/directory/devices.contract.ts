// The part of the directory's contract that is about devices, tokens and the revocation list.
import assert from 'node:assert/strict';
import { endedKeptMs, maxOldTokens } from '../kernel/limits.ts';
import type { Directory } from './directory.ts';
import { accountId, all, deviceId, login, signUp } from './sample-rows.ts';

/** Names a case and runs it on an empty directory. */
export type Rule = (title: string, body: (directory: Directory) => Promise<void>) => void;

/** The promises about devices, as tests. */
export function devicesContract(rule: Rule): void {
  rule('[DIR6] an account has at most so many devices, however many come at once', async (directory) => {
    const { accounts, devices } = directory;
    await accounts.signUp(signUp('ana'));
    const names = ['b', 'c', 'd', 'e'];
    const add = (name: string) => devices.add(login(accountId('ana'), name, 1_000 + name.charCodeAt(0)), 3);
    const outcomes = await Promise.all(names.map(add));
    assert.deepEqual([...outcomes].sort(), ['done', 'done', 'full', 'full']);
    assert.equal((await devices.list(accountId('ana'))).length, 3);
    await devices.end(accountId('ana'), all('revoked', { device: deviceId('ana1') }));
    assert.equal(await add('f'), 'done');
    await accounts.change(accountId('ana'), { state: 'disabled' });
    assert.equal(await add('g'), 'gone');
    assert.equal(await devices.add(login(accountId('nobody'), 'h'), 3), 'gone');
    const ages = (await devices.list(accountId('ana'))).map((row) => row.createdAt);
    assert.deepEqual(
      ages,
      [...ages].sort((a, b) => a - b),
    );
  });

  rule('[DIR6] a login with a password that is another one by now adds no device', async (directory) => {
    const { accounts, devices } = directory;
    await accounts.signUp(signUp('ana'));
    const add = (name: string, hash: string | null) => devices.add(login(accountId('ana'), name), 8, hash);
    assert.equal(await add('b', 'not this'), 'gone');
    assert.equal(await add('c', null), 'gone');
    assert.equal(await add('d', 'a hash'), 'done');
    assert.equal((await devices.list(accountId('ana'))).length, 2);
  });

  rule('[DIR7] what ends is in the list, in order, and only own devices end', async (directory) => {
    const { accounts, devices, tokens } = directory;
    await accounts.signUp(signUp('ana'));
    await accounts.signUp(signUp('ben'));
    await devices.add(login(accountId('ana'), 'second'), 8);
    const { head } = await devices.ended(null, 10);
    assert.deepEqual((await devices.ended(null, 10)).rows, []);
    assert.deepEqual(await devices.end(accountId('ana'), all('revoked', { device: deviceId('ben1') })), []);
    assert.notEqual(await tokens.get('hash of ben1'), undefined);
    assert.deepEqual(await devices.end(accountId('ana'), all('disabled', { except: deviceId('ana1') })), [
      deviceId('second'),
    ]);
    assert.notEqual(await tokens.get('hash of second'), undefined, 'only `revoked` takes the token');
    const both = await devices.end(accountId('ana'), all('revoked'));
    assert.deepEqual([...both].sort(), [deviceId('ana1'), deviceId('second')].sort());
    assert.equal(await tokens.get('hash of second'), undefined);
    const { rows, head: end } = await devices.ended(head, 10);
    assert.deepEqual(
      rows.map((row) => [row.device, row.reason]),
      [[deviceId('second'), 'disabled'], ...both.map((device) => [device, 'revoked'])],
    );
    assert.equal(rows.at(-1)?.n, end);
    assert.deepEqual((await devices.ended(head, 1)).rows, rows.slice(0, 1));
    assert.deepEqual((await devices.ended(end, 10)).rows, []);
  });

  rule('[DIR7] the list forgets after a day and goes on counting', async (directory) => {
    const { accounts, devices } = directory;
    await accounts.signUp(signUp('ana'));
    await devices.end(accountId('ana'), all('disabled', { time: 5_000 }));
    const { head } = await devices.ended(null, 10);
    await devices.end(accountId('ana'), all('disabled', { time: 5_000 + endedKeptMs }));
    const { rows, head: end } = await devices.ended(0, 10);
    assert.deepEqual(
      rows.map((row) => row.n),
      [end],
    );
    assert.ok(end > head);
  });

  rule('[DIR8] a replaced token lives until the new one is first used', async (directory) => {
    const { accounts, devices, tokens } = directory;
    await accounts.signUp(signUp('ana'));
    const state = async (hash: string) => (await tokens.get(hash))?.tokenState;
    assert.equal(await tokens.replace(deviceId('nobody'), 'lost'), false);
    assert.equal(await tokens.replace(deviceId('ana1'), 'lost'), true);
    assert.equal(await tokens.replace(deviceId('ana1'), 'next'), true);
    assert.equal(await state('lost'), undefined, 'an answer that was lost is replaced');
    assert.equal(await state('next'), 'next');
    assert.equal(await state('hash of ana1'), 'current');
    await tokens.confirm('next');
    await tokens.confirm('next');
    await tokens.confirm('unknown');
    assert.equal(await state('next'), 'current');
    assert.equal(await state('hash of ana1'), 'old');
    await devices.touch([{ device: deviceId('ana1'), oldTokenUsedAt: 3_000 }]);
    assert.equal((await tokens.get('hash of ana1'))?.oldTokenUsedAt, 3_000, 'whoever uses it now is not told of again');
    assert.equal((await devices.list(accountId('ana'))).length, 1);
  });

  rule('[DIR8] old tokens are remembered up to a bound, the newest of them', async (directory) => {
    const { accounts, tokens } = directory;
    await accounts.signUp(signUp('ana'));
    for (let i = 0; i <= maxOldTokens; i++) {
      await tokens.replace(deviceId('ana1'), `token ${i}`);
      await tokens.confirm(`token ${i}`);
    }
    assert.equal(await tokens.get('hash of ana1'), undefined);
    assert.equal((await tokens.get('token 0'))?.tokenState, 'old');
    assert.equal((await tokens.get(`token ${maxOldTokens}`))?.tokenState, 'current');
  });

  rule('[DIR6] times of a device only rise', async (directory) => {
    const { accounts, devices } = directory;
    await accounts.signUp(signUp('ana'));
    const device = deviceId('ana1');
    await devices.touch([{ device, lastSeenAt: 5_000, oldTokenUsedAt: null }]);
    await devices.touch([
      { device, lastSeenAt: 4_000, oldTokenUsedAt: 7_000 },
      { device: deviceId('nobody'), lastSeenAt: 1, oldTokenUsedAt: 1 },
    ]);
    await devices.touch([{ device, provedAt: 6_000 }]);
    await devices.touch([{ device, provedAt: 5_000 }]);
    const [row] = await devices.list(accountId('ana'));
    assert.deepEqual([row?.lastSeenAt, row?.oldTokenUsedAt, row?.provedAt], [5_000, 7_000, 6_000]);
  });
}

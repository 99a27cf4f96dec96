// What every directory promises, whatever is under it: accounts, people, invitations, intents, and (in
// `devices`, `keys` and `sealed.contract.ts`) devices, tokens and encryption. The same cases run against each adapter, the in-memory one included.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersContract } from './answers.contract.ts';
import { devicesContract, type Rule } from './devices.contract.ts';
import type { Directory } from './directory.ts';
import { filesContract } from './files.contract.ts';
import { keysContract } from './keys.contract.ts';
import { reportsContract } from './reports.contract.ts';
import { accountId, accountRow, all, deviceId, intentRow, inviteId, inviteRow, login, signUp } from './sample-rows.ts';
import { sealedContract } from './sealed.contract.ts';

/** An engine of three copies is slow where it shares a machine. Milliseconds. */
const slow = { timeout: 240_000 };

function rules(name: string, open: () => Promise<Directory>): Rule {
  return (title, body) =>
    void test(`${title} (${name})`, slow, async () => {
      await using directory = await open();
      await body(directory);
    });
}

/** The promise of the directory, as tests. */
export function directoryContract(name: string, open: () => Promise<Directory>): void {
  const rule = rules(name, open);
  devicesContract(rule);
  keysContract(rule);
  sealedContract(rule);
  answersContract(rule);
  filesContract(rule);
  reportsContract(rule);

  rule('[DIR1] of sign-ups with one claim exactly one is done, and the others leave nothing', async (directory) => {
    const { accounts, devices, tokens, intents, people } = directory;
    const attempts = ['ana', 'anb', 'anc', 'and'].map((handle) => signUp(handle, {}, { claim: 'the same' }));
    const outcomes = await Promise.all(attempts.map((attempt) => accounts.signUp(attempt)));
    assert.deepEqual([...outcomes].sort(), ['done', 'taken', 'taken', 'taken']);
    const winner = attempts[outcomes.indexOf('done')];
    assert.deepEqual(await accounts.get(attempts.map((attempt) => attempt.account.account)), [winner?.account]);
    assert.equal((await people.counts()).accounts, 1);
    assert.equal((await intents.open(10)).length, 1);
    for (const attempt of attempts) {
      const won = attempt === winner;
      assert.equal((await devices.list(attempt.account.account)).length, won ? 1 : 0);
      assert.equal((await tokens.get(attempt.login.tokenHash)) !== undefined, won);
    }
  });

  rule('[DIR1] a sign-up is found by id, by handle and by its token, with its intent', async (directory) => {
    const ana = signUp('ana');
    assert.equal(await directory.accounts.signUp(ana), 'done');
    assert.deepEqual(await directory.accounts.byHandle('ana'), ana.account);
    assert.deepEqual(await directory.accounts.get([accountId('nobody'), accountId('ana')]), [ana.account]);
    assert.equal(await directory.accounts.byHandle('an'), undefined);
    assert.deepEqual(await directory.intents.open(10), [ana.intent]);
    assert.deepEqual(await directory.devices.list(accountId('ana')), [ana.login.device]);
    const { account, handle, kind, admin, state } = ana.account;
    assert.deepEqual(await directory.tokens.get(ana.login.tokenHash), {
      tokenState: 'current',
      device: ana.login.device.device,
      oldTokenUsedAt: null,
      account,
      handle,
      kind,
      admin,
      state,
    });
  });

  rule('[DIR2] an invitation is used as often as it says, however many come at once', async (directory) => {
    await directory.accounts.signUp(signUp('host'));
    await directory.invites.add(inviteRow('two', accountId('host'), { maxUses: 2 }), 50);
    const inviteHash = 'secret of two';
    const guests = ['g_a', 'g_b', 'g_c', 'g_d', 'g_e'];
    const outcomes = await Promise.all(
      guests.map((handle) => directory.accounts.signUp(signUp(handle, {}, { inviteHash }))),
    );
    assert.deepEqual([...outcomes].sort(), ['done', 'done', 'invalid', 'invalid', 'invalid']);
    assert.equal((await directory.invites.bySecret(inviteHash))?.uses, 2);
    assert.equal(await directory.accounts.signUp(signUp('late', {}, { inviteHash })), 'invalid');
  });

  rule('[DIR2] a taken handle uses up no invitation', async (directory) => {
    await directory.accounts.signUp(signUp('host'));
    await directory.invites.add(inviteRow('one', accountId('host')), 50);
    const inviteHash = 'secret of one';
    assert.equal(await directory.accounts.signUp(signUp('twin', {}, { claim: 'host', inviteHash })), 'taken');
    assert.equal((await directory.invites.bySecret(inviteHash))?.uses, 0);
  });

  rule(
    '[DIR2] an invitation is no good once expired, revoked, or when its inviter is not active',
    async (directory) => {
      const { accounts, invites } = directory;
      await accounts.signUp(signUp('host'));
      await accounts.signUp(signUp('other'));
      for (const name of ['late', 'gone', 'held'])
        await invites.add(inviteRow(name, accountId('host'), { maxUses: 9 }), 50);
      const use = (name: string, handle: string, createdAt: number) =>
        accounts.signUp(signUp(handle, { createdAt }, { inviteHash: `secret of ${name}` }));
      assert.equal(await use('late', 'in_time', 9_999), 'done');
      assert.equal(await use('late', 'too_late', 10_000), 'invalid');
      assert.equal(await invites.revoke(accountId('other'), inviteId('gone')), false);
      assert.equal(await invites.revoke(accountId('host'), inviteId('gone')), true);
      assert.equal(await invites.revoke(accountId('host'), inviteId('gone')), false);
      assert.equal(await use('gone', 'revoked', 2_000), 'invalid');
      await accounts.change(accountId('host'), { state: 'disabled' });
      assert.equal(await use('held', 'disabled', 2_000), 'invalid');
      const intent = intentRow('contact', accountId('other'), 2_000);
      assert.equal(await invites.redeem('secret of held', intent), 'invalid');
      await accounts.change(accountId('host'), { state: 'active' });
      assert.equal(await use('held', 'enabled', 2_000), 'done');
    },
  );

  rule('[DIR2] an account that exists uses an invitation once, and its own never', async (directory) => {
    const { accounts, invites, intents } = directory;
    await accounts.signUp(signUp('host'));
    await accounts.signUp(signUp('guest'));
    await accounts.signUp(signUp('third'));
    await invites.add(inviteRow('one', accountId('host')), 50);
    for (const { intent } of await intents.open(10)) await intents.close(intent);
    const own = intentRow('contact', accountId('host'));
    const first = intentRow('contact', accountId('guest'));
    assert.equal(await invites.redeem('secret of one', own), 'invalid');
    assert.equal(await invites.redeem('secret of none', first), 'invalid');
    assert.equal(await invites.redeem('secret of one', first), 'done');
    assert.deepEqual(await intents.open(10), [first]);
    await intents.close(first.intent);
    assert.equal(await invites.redeem('secret of one', first), 'again');
    assert.deepEqual(await intents.open(10), []);
    assert.equal(await invites.redeem('secret of one', intentRow('contact', accountId('third'))), 'invalid');
  });

  rule('[DIR2] the set-up link is good once, and only while there is no active admin', async (directory) => {
    const { accounts, invites, people } = directory;
    await invites.add(inviteRow('old', null), 1);
    await invites.add(inviteRow('new', null, { maxUses: 9 }), 1);
    const set = (handle: string, secret: string) =>
      accounts.signUp(signUp(handle, { admin: true }, { inviteHash: `secret of ${secret}` }));
    assert.equal(await set('aaa', 'old'), 'invalid', 'a new link replaces the old one');
    const outcomes = await Promise.all(['bbb', 'ccc', 'ddd'].map((handle) => set(handle, 'new')));
    assert.deepEqual([...outcomes].sort(), ['done', 'invalid', 'invalid']);
    assert.deepEqual(await people.counts(), { accounts: 1, admins: 1 });
    assert.equal(await invites.redeem('secret of new', intentRow('contact', accountId('bbb'))), 'invalid');
  });

  rule('[DIR3] a change of a row, the end of sessions and an intent happen together', async (directory) => {
    const { accounts, devices, intents, tokens } = directory;
    const ana = signUp('ana');
    await accounts.signUp(ana);
    await devices.add(login(accountId('ana'), 'second'), 8);
    const changed = await accounts.change(
      accountId('ana'),
      { name: 'Ana B', passwordHash: 'another' },
      { end: all('revoked', { except: deviceId('ana1') }) },
    );
    assert.deepEqual(changed?.ended, [deviceId('second')]);
    assert.deepEqual(await accounts.get([accountId('ana')]), [
      { ...ana.account, name: 'Ana B', passwordHash: 'another' },
    ]);
    assert.equal(await tokens.get('hash of second'), undefined);
    const intent = intentRow('delete', accountId('ana'), 3_000);
    const leaving = await accounts.change(accountId('ana'), { state: 'leaving' }, { end: all('revoked'), intent });
    assert.deepEqual(leaving?.ended, [deviceId('ana1')]);
    assert.deepEqual((await intents.open(10)).at(-1), intent);
    assert.equal(await accounts.byHandle('ana'), undefined);
    assert.equal(await accounts.change(accountId('ana'), { name: 'No' }), undefined, 'who is leaving does not change');
    assert.equal(await accounts.change(accountId('nobody'), { name: 'No' }), undefined);
  });

  rule('[DIR3] a change made with a password is not made once that is another one', async (directory) => {
    const { accounts, tokens } = directory;
    await accounts.signUp(signUp('ana'));
    await accounts.signUp(signUp('bot', { kind: 'bot', passwordHash: null }));
    const change = (handle: string, name: string, ifPasswordHash: string | null) =>
      accounts.change(accountId(handle), { name, passwordHash: 'new' }, { end: all('revoked'), ifPasswordHash });
    assert.equal(await change('ana', 'No', 'not this'), undefined);
    assert.equal(await change('ana', 'No', null), undefined);
    assert.notEqual(await tokens.get('hash of ana1'), undefined, 'nothing of it happened');
    assert.equal((await change('ana', 'Yes', 'a hash'))?.row.name, 'Yes');
    assert.equal(await change('ana', 'No', 'a hash'), undefined, 'the first change wins');
    assert.equal((await change('bot', 'Yes', null))?.row.name, 'Yes');
    assert.equal((await accounts.get([accountId('ana')]))[0]?.name, 'Yes');
  });

  rule('[DIR4] erasing leaves the claims on id and handle and nothing else', async (directory) => {
    const { accounts, devices, intents, invites, people, tokens } = directory;
    await accounts.signUp(signUp('ana', { admin: true }));
    await invites.add(inviteRow('hers', accountId('ana')), 50);
    const intent = intentRow('delete', accountId('ana'));
    await accounts.erase(accountId('ana'), 'another intent');
    assert.equal((await accounts.byHandle('ana'))?.handle, 'ana', 'only who is leaving is erased');
    await accounts.change(accountId('ana'), { state: 'leaving' }, { end: all('revoked'), intent });
    await accounts.erase(accountId('ana'), intent.intent);
    await accounts.erase(accountId('ana'), intent.intent);
    const [row] = await accounts.get([accountId('ana')]);
    assert.deepEqual(row, { ...accountRow('ana'), handle: '', name: '', passwordHash: null, state: 'deleted' });
    assert.deepEqual(await devices.list(accountId('ana')), []);
    assert.equal(await tokens.get('hash of ana1'), undefined);
    assert.equal(await invites.bySecret('secret of hers'), undefined);
    assert.equal(
      (await intents.open(10)).some((each) => each.kind === 'delete'),
      false,
    );
    assert.deepEqual(await people.counts(), { accounts: 0, admins: 0 });
    assert.equal(await accounts.signUp(signUp('again', {}, { claim: 'ana' })), 'taken');
  });

  rule(
    '[DIR5] people are found by the beginning of a handle or folded name, by handle, and bounded',
    async (directory) => {
      const { accounts, people } = directory;
      const rows = [
        ['zoe', { name: 'Anders Z' }],
        ['ana', { name: 'ÀNA' }],
        ['anders', { name: 'x' }],
        ['bot', { name: 'andromeda', kind: 'bot' }],
        ['an_guest', { name: 'And', kind: 'guest' }],
        ['an_off', { name: 'And', state: 'disabled' }],
        ['percent', { name: '100% _me_' }],
      ] as const;
      for (const [handle, change] of rows) await accounts.signUp(signUp(handle, change));
      const search = async (prefix: string, limit = 10) =>
        (await people.search(prefix, limit)).map((row) => row.handle).join(' ');
      assert.equal(await search('an'), 'ana anders bot zoe');
      assert.equal(await search('and'), 'anders bot zoe');
      assert.equal(await search('àna'), 'ana');
      assert.equal(await search('100%'), 'percent');
      assert.equal(await search('%'), '');
      assert.equal(await search('_'), '');
      assert.equal(await search('an', 2), 'ana anders');
      await accounts.change(accountId('zoe'), { name: 'Zoe' });
      assert.equal(await search('anders z'), '');
      assert.equal(await search('zoe'), 'zoe');
      const page = async (after: string) => (await people.page(after, 3)).map((row) => `${row.handle}:${row.devices}`);
      assert.deepEqual(await page(''), ['an_guest:1', 'an_off:1', 'ana:1']);
      assert.deepEqual(await page('ana'), ['anders:1', 'bot:1', 'percent:1']);
      assert.deepEqual(await page('percent'), ['zoe:1']);
    },
  );

  rule('[DIR9] open invitations are listed, oldest first, and bounded for each inviter', async (directory) => {
    const { accounts, invites } = directory;
    await accounts.signUp(signUp('host'));
    await accounts.signUp(signUp('other'));
    const rows = ['c', 'b', 'a'].map((name, index) =>
      inviteRow(name, accountId('host'), { createdAt: 1_000 + index, expiresAt: 5_000 + index }),
    );
    for (const row of rows) assert.equal(await invites.add(row, 3), 'done');
    assert.equal(await invites.add(inviteRow('d', accountId('host')), 3), 'full');
    assert.equal(await invites.add(inviteRow('e', accountId('other')), 3), 'done');
    assert.deepEqual(await invites.list(accountId('host'), 4_000), rows);
    assert.deepEqual(await invites.list(accountId('host'), 5_001), rows.slice(2));
    assert.deepEqual(await invites.bySecret('secret of b'), rows[1]);
    await invites.redeem('secret of a', intentRow('contact', accountId('other'), 1_500));
    assert.deepEqual(await invites.list(accountId('host'), 4_000), rows.slice(0, 2));
    assert.equal(await invites.add(inviteRow('f', accountId('host'), { createdAt: 5_001 }), 1), 'done');
    assert.equal(await invites.bySecret('secret of b'), undefined, 'expired ones go when a new one is made');
  });

  rule('[DIR10] an intent stays until it is closed, and comes oldest first', async (directory) => {
    const { accounts, intents } = directory;
    for (const [index, handle] of ['ccc', 'aaa', 'bbb'].entries())
      await accounts.signUp(signUp(handle, {}, { intent: intentRow('open', accountId(handle), 9_000 - index) }));
    const order = async (limit: number) => (await intents.open(limit)).map((row) => row.account);
    assert.deepEqual(await order(9), ['bbb', 'aaa', 'ccc'].map(accountId));
    assert.deepEqual(await order(1), [accountId('bbb')]);
    await intents.close(`open ${accountId('aaa')}`);
    await intents.close('unknown');
    assert.deepEqual(await order(9), ['bbb', 'ccc'].map(accountId));
  });
}

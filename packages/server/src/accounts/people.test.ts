import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, limits } from '@parley/protocol';
import { accountId, signUp } from '../directory/sample-rows.ts';
import { lookUpLimit, maxSearchedPeople } from '../kernel/limits.ts';
import { goodPassword, TestAccounts } from './fixture.ts';

test('[ACC26] an account is found by its id, and nothing is told of it that others may not see', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const ben = await server.join('ben');
  const account = { account: ben.account, handle: 'ben', name: 'Name of ben', kind: 'person' };
  assert.deepEqual(await server.get('getAccount', { by: ana, params: { account: ben.account } }), account);
  const unknown = await server.call('getAccount', { by: ana, params: { account: accountId('nobody') } });
  assert.deepEqual(unknown, { ok: false, code: 'account.unknown' });
});

test('[ACC26] a list leaves out unknown ids, and takes at most a hundred good ones', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const list = (ids: readonly string[]) => server.call('listAccounts', { by: ana, query: { ids: ids.join(',') } });
  const found = await list([accountId('nobody'), ana.account, ana.account]);
  assert.deepEqual(found.ok && found.value.items.map((item) => item.account), [ana.account]);
  const many = Array.from({ length: limits.maxAccountsPerLookup + 1 }, (_, n) => accountId(`n${n}`));
  const invalid = { ok: false, code: 'frame.invalid', details: { path: '/ids' } };
  assert.equal((await list(many.slice(1))).ok, true);
  assert.deepEqual(await list(many), invalid);
  for (const wrong of ['ana', `${ana.account} `, `${ana.account},`]) assert.deepEqual(await list([wrong]), invalid);
});

test('[ACC27] the exact handle finds its account, however it is typed', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const ben = await server.join('ben');
  for (const handle of ['ben', '@Ben', 'BEN'])
    assert.equal((await server.get('findHandle', { by: ana, params: { handle } })).account, ben.account);
});

test('[S2] [S8] [ACC27] a handle that nobody has, that cannot be or that is gone is the same answer', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const gone = await server.join('gone');
  await server.join('paul');
  await server.get('deleteMe', { by: gone, body: { password: goodPassword } });
  for (const handle of ['nobody', 'gone', 'deleted', 'no such!', 'pau1', 'ana '])
    assert.equal(
      JSON.stringify(await server.call('findHandle', { by: ana, params: { handle } })),
      '{"ok":false,"code":"account.unknown"}',
      handle,
    );
});

test('[ACC27] who guesses is limited by account, who knows people is not', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const phone = await server.signIn('ana');
  const find = (by: typeof ana, handle: string) => server.call('findHandle', { by, params: { handle } });
  for (let n = 0; n < 2 * lookUpLimit.count; n++) assert.equal((await find(ana, 'ana')).ok, true);
  for (let n = 0; n < lookUpLimit.count; n++) await find(ana, `guess${n}`);
  const refused = await find(phone, 'ana');
  assert.equal(!refused.ok && refused.code, 'rate.limited', 'another device does not help');
});

test('[ACC28] where members may look through all, people are found by how handle or name begins', async () => {
  const server = new TestAccounts();
  server.policy.people = 'members';
  const ana = await server.join('ana');
  for (const handle of ['ben', 'bea', 'cleo']) await server.join(handle);
  await server.guest('Beau');
  const search = async (q: string) =>
    (await server.get('searchPeople', { by: ana, query: { q } })).items.map((item) => item.handle);
  assert.deepEqual(await search('Be'), ['bea', 'ben']);
  assert.deepEqual(await search(' @ben'), ['ben']);
  assert.deepEqual(await search('NAME OF C'), ['cleo']);
  assert.deepEqual(await search('@'), []);
  assert.deepEqual(await search(' '), []);
});

test('[ACC28] else only contacts are found', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret = '' } = await server.get('createInvite', { by: ben, body: { max_uses: 2 } });
  const bea = await server.join('bea', secret);
  const gone = await server.join('begone', secret);
  await server.join('beth');
  await server.get('deleteMe', { by: gone, body: { password: goodPassword } });
  const search = async (by: typeof ben, q: string) =>
    (await server.get('searchPeople', { by, query: { q } })).items.map((item) => item.account);
  assert.deepEqual(await search(ben, 'be'), [bea.account]);
  assert.deepEqual(await search(ben, 'name of BEA'), [bea.account]);
  assert.deepEqual(await search(ben, 'x'), []);
});

test('[ACC28] however many contacts there are, at most twenty are given, by handle', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const contacts: AccountId[] = [];
  for (let n = 0; n < 500; n++) {
    const row = signUp(`p${String(n).padStart(3, '0')}`);
    await server.directory.accounts.signUp(row);
    contacts.unshift(row.account.account);
  }
  server.conversations.contacts.set(ana.account, new Set(contacts));
  const { items } = await server.get('searchPeople', { by: ana, query: { q: 'p' } });
  assert.deepEqual(
    items.map((item) => item.handle),
    Array.from({ length: maxSearchedPeople }, (_, n) => `p${String(n).padStart(3, '0')}`),
  );
});

test('[ACC13] a guest looks nobody up', async () => {
  const server = new TestAccounts();
  server.policy.people = 'members';
  await server.join('ana');
  const guest = await server.guest();
  assert.equal(await server.refusal('findHandle', { by: guest, params: { handle: 'ana' } }), 'account.unknown');
  assert.deepEqual((await server.get('searchPeople', { by: guest, query: { q: 'a' } })).items, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, Desk } from '../fixture.ts';

const row = (account: string, handle: string, more: object = {}) => ({
  account,
  handle,
  name: handle,
  kind: 'person',
  admin: false,
  disabled: false,
  created_at: '2026-11-25T00:00:00.000Z',
  devices: 1,
  ...more,
});

/** An operator's desk; the accounts of the server come in two pages. */
async function operator(t: Parameters<typeof Desk.open>[0]): Promise<Desk> {
  const desk = await Desk.open(t, []);
  desk.client.http.answers.set('GET /v1/admin/accounts', ({ path }) => ({
    status: 200,
    body: path.includes('cursor=2')
      ? { items: [row(ben, 'ben', { disabled: true })], has_more: false }
      : { items: [row(ana, 'ana', { admin: true })], has_more: true, next_cursor: '2' },
  }));
  return desk;
}

test('[CLI18] all accounts are listed, page by page', async (t) => {
  const desk = await operator(t);
  assert.equal(await desk.run('admin', 'accounts'), 0, desk.chatter.text);
  assert.deepEqual(desk.output.lines, [
    `${ana}  @ana  ana  operator  1 devices`,
    `${ben}  @ben  ben  disabled  1 devices`,
  ]);
});

test('[CLI18] an account that others do not find is enabled by its handle', async (t) => {
  const desk = await operator(t);
  desk.client.http.on(`PATCH /v1/admin/accounts/${ben}`, row(ben, 'ben'));
  assert.equal(await desk.run('admin', 'enable', '@Ben'), 0, desk.chatter.text);
  assert.equal(desk.output.text, 'enabled\n');
  assert.deepEqual(desk.client.http.asked.at(-1)?.body, { disabled: false });

  const nobody = await operator(t);
  assert.equal(await nobody.run('admin', 'enable', '@cleo'), 1);
  assert.match(nobody.chatter.text, /^parley: account\.unknown: /);
});

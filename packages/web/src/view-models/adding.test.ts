// Adding people, and links with which they ask in: what becomes of each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddedView, ChatError, type Members, type PersonView } from '@parley/sdk';
import { ben, changes, cleo, group, wire } from '../../../sdk/src/client-fixture.ts';
import { settle } from '../../../sdk/src/fixture.ts';
import { addPeople, isContact } from './adding.ts';
import { openPage } from './page-fixture.ts';
import { createSheets } from './sheets.ts';

const person = (account: string) => ({ account, handle: account, name: account }) as unknown as PersonView;

function membersThat(answer: (account: string) => AddedView['membership']) {
  const asked: string[] = [];
  const add = async (account: string) => {
    asked.push(account);
    return { account, role: 'member', membership: answer(account) };
  };
  return { asked, members: { add } as unknown as Members };
}

test('[WEB32] it is said of everybody whether they are in, invited and why, or not', async () => {
  const { stage } = await openPage(1);
  const { client } = stage;
  const people = [person(ben), person(cleo), person('dan'), person('eva')];
  const { members, asked } = membersThat((account) => {
    if (account === 'dan') throw new ChatError('members.declined');
    return account === 'eva' ? 'member' : 'invited';
  });
  const added = await addPeople(client, members, people);
  assert.deepEqual(
    added.map(({ outcome, hint }) => [outcome, hint]),
    [
      ['invited', 'They want to be asked first.'],
      ['invited', 'You are no contacts yet. They are asked first.'],
      ['refused', 'They said no a short while ago. Ask again tomorrow.'],
      ['added', ''],
    ],
  );
  assert.equal(asked.length, 4);
  assert.deepEqual([isContact(client, person(ben)), isContact(client, person(cleo))], [true, false]);
  await stage.close();
});

test('[ENC207] who is in at once gets what was chosen, who is only invited does not, and a failure there hides nobody', async () => {
  const { stage } = await openPage(1);
  const { members } = membersThat((account) => (account === 'eva' || account === 'fay' ? 'member' : 'invited'));
  const told: string[] = [];
  const added = await addPeople(stage.client, members, ['eva', ben, 'fay'].map(person), async ({ account }) => {
    told.push(account);
    if (account === 'fay') throw new ChatError('client.unreachable');
  });
  assert.deepEqual(told, ['eva', 'fay']);
  assert.deepEqual(
    added.map(({ outcome, hint }) => [outcome, hint !== '']),
    [
      ['added', false],
      ['invited', true],
      ['added', true],
    ],
  );
  await stage.close();
});

test('[WEB32] what is no fault of the person stops it: who was not asked is told so, and none is forgotten', async () => {
  const { stage } = await openPage(1);
  const { members, asked } = membersThat((account) => {
    if (account === 'dan') throw new ChatError('request.limit');
    return 'member';
  });
  const added = await addPeople(stage.client, members, ['eva', 'dan', 'fay'].map(person));
  assert.deepEqual(
    added.map(({ outcome }) => outcome),
    ['added', 'refused', 'refused'],
  );
  assert.deepEqual(asked, ['eva', 'dan']);
  await assert.rejects(addPeople(stage.client, members, ['dan', 'eva'].map(person)), { code: 'request.limit' });
  await stage.close();
});

test('[WEB32] the sheet closes when all are in, and else says what became of each', async () => {
  const { stage, host } = await openPage(1);
  await stage.push(changes([wire(group, { kind: 'group', peer: undefined as never, role: 'owner' })], { since: 's9' }));
  const sheets = createSheets(stage.client, host, () => {});
  const path = `POST /v1/conversations/${group}/members`;
  for (const [membership, left] of [
    ['member', null],
    ['invited', 'added'],
  ] as const) {
    stage.http.on(path, { account: cleo, role: 'member', membership });
    sheets.open({ type: 'add_members', to: group });
    sheets.choose(person(cleo));
    await sheets.addMembers();
    assert.equal(sheets.snapshot.sheet?.type ?? null, left);
    assert.equal(sheets.snapshot.busy, false);
  }
  await stage.close();
});

test('[WEB34] a link can be made with which people have to be approved', async () => {
  const { stage, host } = await openPage(1);
  await stage.push(changes([wire(group, { kind: 'group', peer: undefined as never, role: 'owner' })], { since: 's9' }));
  const sheets = createSheets(stage.client, host, () => {});
  const path = `/v1/conversations/${group}/invites`;
  const link = { invite_id: 'i_1', approval: true, uses_left: 1 };
  stage.http.on(`POST ${path}`, { ...link, secret: 'secret-secret-secret' });
  stage.http.on(`GET ${path}`, { items: [link], has_more: false });
  sheets.open({ type: 'links', of: group });
  await settle();
  await sheets.makeLink(true);
  const made = stage.http.asked.find(({ method }) => method === 'POST');
  assert.deepEqual(made?.body, { approval: true });
  assert.equal(sheets.snapshot.link?.approval, true);
  assert.equal(sheets.snapshot.invites?.[0]?.approval, true);
  await stage.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, chat, cleo, Desk, group, named, person, trip, wire } from '../fixture.ts';

/** A desk with a group, and people who are found by their handles. */
async function office(t: Parameters<typeof Desk.open>[0]): Promise<Desk> {
  const desk = await Desk.open(t, [wire(chat), trip]);
  await desk.client.push(named(trip, 'River trip'));
  const { http } = desk.client;
  http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  http.on('GET /v1/handles/cleo', person(cleo, 'cleo', 'Cleo'));
  return desk;
}

const membersPath = `/v1/conversations/${group}/members`;
const calls = (desk: Desk) =>
  desk.client.http.asked.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body]);

test('[CLI18] a group is made with its people and its title, and its id is printed', async (t) => {
  const desk = await office(t);
  desk.client.http.on('POST /v1/conversations', trip, 201);
  assert.equal(await desk.pass(desk.run('group', 'create', 'Garden', '@ben', 'cleo')), 0);
  const [title] = desk.client.outgoing;
  assert.equal(desk.output.text, `${group}\n`);
  const [, , body] = calls(desk)[0] ?? [];
  assert.deepEqual((body as { members: unknown }).members, [ben, cleo]);
  assert.deepEqual(JSON.parse(title?.content ?? ''), { type: 'state', title: 'Garden' });
});

test('[CLI18] members are added, given roles and removed, and each is told', async (t) => {
  const member = { account: ben, role: 'member', joined_seq: 1 };
  for (const [verb, done, method, path] of [
    ['add', 'added', 'POST', membersPath],
    ['promote', 'an admin now', 'PATCH', `${membersPath}/${ben}`],
    ['demote', 'a member now', 'PATCH', `${membersPath}/${ben}`],
    ['remove', 'removed', 'DELETE', `${membersPath}/${ben}`],
  ] as const) {
    const desk = await office(t);
    desk.client.http.on(`${method} ${path}`, method === 'DELETE' ? null : member, method === 'DELETE' ? 204 : 200);
    assert.equal(await desk.pass(desk.run('group', verb, '#River trip', '@ben')), 0, desk.chatter.text);
    assert.equal(desk.chatter.text, `@ben: ${done}\n`);
    assert.deepEqual(
      calls(desk).map((call) => call.slice(0, 2)),
      [[method, path]],
    );
  }
});

test('[CLI18] who may not be added is told apart from who is not there', async (t) => {
  const desk = await office(t);
  desk.client.http.on(`POST ${membersPath}`, { code: 'account.unknown' }, 404);
  assert.equal(await desk.run('group', 'add', '#River trip', '@ben'), 1);
  assert.match(desk.chatter.text, /^parley: account\.unknown: only contacts can be added/);
});

test('[CLI18] the members of a group are listed by handle and role', async (t) => {
  const desk = await office(t);
  const items = [
    { account: ana, role: 'owner', joined_seq: 1 },
    { account: ben, role: 'member', joined_seq: 1 },
  ];
  desk.client.http.on(`GET ${membersPath}`, { items, member_n: 1, has_more: false });
  assert.equal(await desk.pass(desk.run('group', 'members', '#River trip', '--json')), 0, desk.chatter.text);
  assert.deepEqual(desk.objects, [
    { handle: 'ana', role: 'owner' },
    { handle: 'ben', role: 'member' },
  ]);
});

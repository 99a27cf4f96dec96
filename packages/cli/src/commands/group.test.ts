import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, chat, cleo, Desk, group, named, person, record, trip, wire } from '../fixture.ts';

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
  desk.client.http.on('POST /v1/conversations', { ...trip, role: 'owner', head: 1 }, 201);
  assert.equal(await desk.pass(desk.run('group', 'create', 'Garden', '@ben', 'cleo')), 0);
  const [title] = desk.client.outgoing;
  assert.equal(desk.output.text, `${group}\n`);
  const [, , body] = calls(desk)[0] ?? [];
  assert.deepEqual((body as { members: unknown }).members, [ben, cleo]);
  assert.deepEqual(JSON.parse(title?.content ?? ''), {
    ...{ type: 'state', title: 'Garden', changed: 'title' },
    ...{ pins: [], timer_seconds: 0 },
  });
});

test('[CLI18] members are added, given roles and removed, and each is told', async (t) => {
  const member = { account: ben, role: 'member', membership: 'member', joined_seq: 1 };
  for (const [verb, done, method, path] of [
    ['add', 'added', 'POST', membersPath],
    ['promote', 'an admin now', 'PATCH', `${membersPath}/${ben}`],
    ['demote', 'a member now', 'PATCH', `${membersPath}/${ben}`],
    ['remove', 'removed', 'DELETE', `${membersPath}/${ben}`],
    ['refuse', 'refused', 'DELETE', `/v1/conversations/${group}/pending/${ben}`],
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

test('[ENC207] who is added at the terminal gets the earlier messages that were asked for', async (t) => {
  const desk = await office(t);
  const member = { account: ben, role: 'member', membership: 'member', joined_seq: 1 };
  desk.client.http.on(`POST ${membersPath}`, member);
  const at = { stored_at: new Date(desk.client.clock.now()).toISOString() };
  await desk.client.push(record(group, 2, at), record(group, 3, at));
  assert.equal(
    await desk.pass(desk.run('group', 'add', '#River trip', '@ben', '--history', '25')),
    0,
    desk.chatter.text,
  );
  assert.match(desk.chatter.text, /^@ben: added, with 2 earlier messages/);
  assert.equal(await desk.run('group', 'add', '#River trip', '@ben', '--history', '7'), 2);
});

test('[CLI18] who may not be added is told apart from who is not there', async (t) => {
  const desk = await office(t);
  desk.client.http.on(`POST ${membersPath}`, { code: 'account.unknown' }, 404);
  assert.equal(await desk.run('group', 'add', '#River trip', '@ben'), 1);
  assert.match(desk.chatter.text, /^parley: account\.unknown: guests, and people who are in too many chats/);
});

test('[CLI18] who was only invited is told apart from who was added; who is pending is listed', async (t) => {
  const desk = await office(t);
  const { http } = desk.client;
  http.on(`POST ${membersPath}`, { account: ben, role: 'member', membership: 'invited' }, 201);
  assert.equal(await desk.pass(desk.run('group', 'add', '#River trip', '@ben')), 0, desk.chatter.text);
  assert.equal(desk.chatter.text, '@ben: invited\n');
  const again = await office(t);
  const at = { role: 'member', asked_at: '2026-11-25T09:00:00.000Z', expires_at: '2026-12-25T09:00:00.000Z' };
  again.client.http.on(`GET /v1/conversations/${group}/pending`, {
    items: [
      { ...at, account: ben, state: 'invited', by: ana },
      { ...at, account: cleo, state: 'waiting' },
    ],
    has_more: false,
  });
  assert.equal(await again.pass(again.run('group', 'pending', '#River trip')), 0, again.chatter.text);
  assert.deepEqual(again.output.lines, [
    '@ben  invited until 2026-12-25T09:00:00.000Z',
    '@cleo  waiting until 2026-12-25T09:00:00.000Z',
  ]);
});

test('[CLI18] an invitation is listed with who invites, accepted or declined', async (t) => {
  const { role: _, peer: _peer, ...rest } = wire(group, { kind: 'group', joined_seq: 0, contact: false });
  const at = { asked_at: '2026-11-25T08:00:00.000Z', expires_at: '2026-12-25T08:00:00.000Z' };
  const invited = { ...rest, ...at, membership: 'invited', invited_by: ben } as const;
  for (const [verb, answer] of [
    ['accept', trip],
    ['decline', {}],
  ] as const) {
    const desk = await Desk.open(t, [invited]);
    desk.client.http.on(`POST /v1/conversations/${group}/${verb}`, answer);
    assert.equal(await desk.pass(desk.run(verb, group)), 0, desk.chatter.text);
    assert.equal(desk.chatter.text, verb === 'accept' ? 'Accepted.\n' : 'Declined.\n');
    assert.deepEqual(
      calls(desk).map(([, path]) => path),
      [`/v1/conversations/${group}/${verb}`],
    );
  }
  const desk = await Desk.open(t, [invited]);
  assert.equal(await desk.pass(desk.run('conversations')), 0, desk.chatter.text);
  assert.match(desk.output.text, new RegExp(`${group}  ${group} +\\(invited by @ben\\)`));
});

test('[CLI18] the members of a group are listed by handle and role', async (t) => {
  const desk = await Desk.open(t, [trip]);
  const items = [
    { account: ana, role: 'owner', joined_seq: 1 },
    { account: ben, role: 'admin', joined_seq: 1 },
  ];
  desk.client.http.on(`GET ${membersPath}`, { items, member_n: 1, has_more: false });
  await desk.client.push(named(trip, 'River trip'));
  assert.equal(await desk.pass(desk.run('group', 'members', '#River trip', '--json')), 0, desk.chatter.text);
  assert.deepEqual(desk.objects, [
    { handle: 'ana', role: 'owner' },
    { handle: 'ben', role: 'admin' },
  ]);
});

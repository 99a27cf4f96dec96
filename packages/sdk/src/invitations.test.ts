// Groups and rooms that this account is not in yet, and for administrators who is pending.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ana,
  ben,
  changes,
  cleo,
  group,
  leading,
  quiet,
  record,
  room,
  Stage,
  type WireChanges,
  wire,
} from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import { rfc3339 } from './time.ts';

const askedAt = Date.UTC(2026, 10, 25, 8);
const expiresAt = Date.UTC(2026, 11, 25, 8);

function invited(more: WireChanges = {}) {
  const {
    role: _,
    peer: _peer,
    ...rest
  } = wire(group, { kind: 'group', contact: false, joined_seq: 0, member_count: 3 });
  return {
    ...rest,
    membership: 'invited' as const,
    invited_by: ben,
    asked_at: rfc3339(askedAt),
    expires_at: rfc3339(expiresAt),
    ...more,
  };
}

async function twoTabs() {
  const leader = await Stage.open();
  await leader.up([invited()]);
  return { leader, follower: await Stage.open(leader, 2) };
}

test('[SYN6] [SYN10] an invitation that a restored server does not have is in no list', async () => {
  const stage = await Stage.open();
  await stage.up([invited()]);
  assert.equal(stage.client.conversations.snapshot.length, 1);
  await stage.reconnect([], { epoch: 2 });
  await new Desk().serve(stage);
  await settle();
  assert.deepEqual(stage.client.conversations.snapshot, []);
  await stage.close();
});

test('[SYN10] an invitation stands in the list with who invites, on every client, and nothing is fetched of it', async () => {
  const { leader, follower } = await twoTabs();
  for (const stage of [leader, follower]) {
    const [view] = stage.client.conversations.snapshot;
    const { membership, invitation, role, memberCount, request, unread, activeAt } = view ?? {};
    assert.deepEqual(
      { membership, invitation, role, memberCount, request, unread, activeAt },
      {
        membership: 'invited',
        invitation: { by: ben, askedAt, expiresAt },
        role: null,
        memberCount: 3,
        request: null,
        unread: 0,
        activeAt: askedAt,
      },
    );
  }
  assert.deepEqual(
    leader.socket.of('sync').filter(({ conversation_id }) => conversation_id !== undefined),
    [],
  );
  for (const stage of [follower, leader]) await stage.close();
});

test('[SYN10] accepting comes in, from any client', async () => {
  const { leader, follower } = await twoTabs();
  const path = `POST /v1/conversations/${group}/accept`;
  follower.http.on(path, wire(group, { kind: 'group', peer: undefined as never, head: 7, joined_seq: 7, member_n: 2 }));
  await follower.conversation(group).accept();
  for (const stage of [leader, follower]) {
    const { membership, invitation, role } = stage.conversation(group).snapshot;
    assert.deepEqual([membership, invitation, role], ['member', null, 'member']);
  }
  for (const stage of [follower, leader]) await stage.close();
});

test('[SYN10] the own join that another device made ends the invitation here too', async () => {
  const stage = await Stage.open();
  await stage.up([invited()]);
  const change = { action: 'join', role: 'admin' } as const;
  await stage.push(
    record(group, 1, { kind: 'members', ord: 0, sender: ana, member_n: 2, change, content: undefined as never }),
  );
  const { membership, invitation, role, memberCount } = stage.conversation(group).snapshot;
  assert.deepEqual([membership, invitation, role, memberCount], ['member', null, 'admin', 4]);
  await stage.close();
});

test('[SYN10] declining takes it out of the list of every client; what was taken back goes too', async () => {
  const { leader, follower } = await twoTabs();
  follower.http.on(`POST /v1/conversations/${group}/decline`, {});
  await follower.conversation(group).decline();
  assert.deepEqual(
    follower.http.asked.filter(({ method }) => method !== 'GET').map(({ path }) => path),
    [`/v1/conversations/${group}/decline`],
  );
  for (const stage of [leader, follower]) {
    assert.deepEqual(stage.client.conversations.snapshot, []);
    assert.equal(stage.conversation(group).snapshot.membership, 'ended');
  }
  await leader.push(changes([invited()], { since: 's2' }));
  assert.equal(follower.client.conversations.snapshot.length, 1, 'invited again');
  await leader.push(changes([invited({ membership: 'ended' })], { since: 's3' }));
  assert.deepEqual(follower.client.conversations.snapshot, []);
  for (const stage of [follower, leader]) await stage.close();
});

test('[SYN10] what was left before stays as it was left; what this device never knew stays unknown', async () => {
  const stage = await Stage.open();
  const before = { left_seq: 4, joined_seq: 1, head: 4 };
  await stage.up([invited(before), invited({ conversation_id: room, membership: 'ended' })]);
  assert.equal(stage.client.conversation(room), null);
  stage.http.on(`POST /v1/conversations/${group}/decline`, {});
  assert.equal(stage.conversation(group).snapshot.membership, 'invited');
  await stage.conversation(group).decline();
  assert.deepEqual(
    stage.client.conversations.snapshot.map(({ membership }) => membership),
    ['left'],
  );
  await stage.close();
});

test('[SYN10] waiting to be let in, and what has run out', async () => {
  const stage = await Stage.open();
  const { invited_by: _, ...waiting } = invited({ membership: 'waiting' });
  await stage.up([waiting]);
  const { membership, invitation } = stage.conversation(group).snapshot;
  assert.deepEqual([membership, invitation?.by], ['waiting', null]);
  await stage.push(changes([invited({ expires_at: rfc3339(stage.clock.now()) })], { since: 's2' }));
  assert.equal(stage.conversation(group).snapshot.membership, 'ended');
  await stage.close();
});

test('[SYN11] who watches who is pending sees it again when the member list changed, on a follower too', async () => {
  const leader = await Stage.open();
  await leader.up([wire(group, { kind: 'group', peer: undefined as never, role: 'admin', member_n: 4 })]);
  const follower = await Stage.open(leader, 2);
  const item = { state: 'waiting', role: 'member', asked_at: rfc3339(askedAt), expires_at: rfc3339(expiresAt) };
  const path = `GET /v1/conversations/${group}/pending`;
  follower.http.on(path, { items: [{ ...item, account: ben }], has_more: false });
  const { pending } = follower.conversation(group).members;
  let told = 0;
  const stop = pending.subscribe(() => told++);
  assert.deepEqual(pending.snapshot, []);
  await pending.load();
  const view = { state: 'waiting', by: null, role: 'member', askedAt, expiresAt };
  assert.deepEqual([pending.snapshot, told], [[{ ...view, account: ben }], 1]);
  const asks = { action: 'ask', subject: cleo, role: 'member' } as const;
  const members = { kind: 'members', ord: 0, content: undefined as never } as const;
  follower.http.on(path, { items: [{ ...item, account: cleo, state: 'invited', by: ana }], has_more: false });
  await leader.push(record(group, 1, { ...members, member_n: 5, change: asks }));
  await settle();
  assert.deepEqual([pending.snapshot, told], [[{ ...view, account: cleo, state: 'invited', by: ana }], 2]);
  assert.equal(leader.conversation(group).snapshot.memberCount, 2, 'nobody came in');
  await leader.push(record(group, 2));
  await settle();
  assert.equal(told, 2, 'a message is no reason');
  stop();
  for (const stage of [follower, leader]) await stage.close();
});

test('[SYN11] letting in adds, refusing ends; what cannot be read is read with the next change', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { kind: 'group', peer: undefined as never, role: 'admin', member_n: 1 })]);
  const { members } = stage.conversation(group);
  const [list, add] = [`GET /v1/conversations/${group}/pending`, `POST /v1/conversations/${group}/members`];
  stage.http.on(list, { items: [], has_more: false });
  stage.http.on(add, { account: ben, role: 'admin', membership: 'member', joined_seq: 3 });
  stage.http.on(`DELETE /v1/conversations/${group}/pending/${cleo}`, {});
  await members.pending.load();
  await members.pending.approve(ben, 'admin');
  await members.pending.refuse(cleo);
  assert.deepEqual(
    stage.http.asked.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`),
    [add, `DELETE /v1/conversations/${group}/pending/${cleo}`],
  );
  stage.http.on(add, { account: ben, role: 'member', membership: 'invited' });
  assert.deepEqual(await members.add(ben), { account: ben, role: 'member', membership: 'invited' });
  const stop = members.pending.subscribe(() => {});
  const asked = () => stage.http.asked.filter(({ path }) => path.endsWith('/pending')).length;
  const withdraws = { action: 'withdraw', subject: cleo } as const;
  const change = (seq: number) =>
    record(group, seq, { kind: 'members', ord: 0, member_n: seq + 1, change: withdraws, content: undefined as never });
  stage.http.answers.delete(list);
  const before = asked();
  await stage.push(change(1));
  await settle();
  stage.http.on(list, { items: [], has_more: false });
  await stage.push(change(2));
  await settle();
  assert.equal(asked(), before + 2);
  stop();
  await stage.close();
});

test('[SYN12] the owner tells whoever comes in by themselves what the group is called, once', async () => {
  for (const [role, told] of [
    ['owner', 1],
    ['admin', 0],
  ] as const) {
    const stage = await Stage.open();
    leading(stage, ana);
    await stage.up([wire(group, { kind: 'group', peer: undefined as never, role })]);
    const joins = (seq: number, sender: typeof ben) =>
      record(group, seq, {
        ...{ kind: 'members', ord: 0, sender, member_n: seq, content: undefined as never },
        change: { action: 'join' },
      });
    await stage.push(joins(1, ben));
    assert.deepEqual(stage.outgoing, [], 'it has no title yet');
    await stage.push(record(group, 2, { ...quiet({ type: 'state', title: 'Tea' }), ord: 0, sender: ana }));
    await stage.push(joins(3, cleo), joins(4, ben));
    await settle();
    const titles = stage.outgoing.map(({ content }) => JSON.parse(content ?? '') as object);
    assert.deepEqual(
      titles,
      Array.from({ length: told }, () => ({ type: 'state', title: 'Tea', pins: [], timer_seconds: 0, repeats: 2 })),
    );
    await stage.close();
  }
});

// Members of a group, followed by version.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Member } from '@parley/protocol';
import { ana, ben, body, cleo, group, messages, record, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

test('[SYN8] the members of a group follow its records, and are read again when one is missing', async () => {
  const stage = await Stage.open();
  const members = (accounts: readonly Member['account'][]): Member[] =>
    accounts.map((one, at) => ({ account: one, role: at === 0 ? 'owner' : 'member', joined_seq: 1 }));
  const path = `GET /v1/conversations/${group}/members`;
  stage.http.on(path, { items: members([ana, ben]), has_more: false });
  await stage.up([wire(group, { kind: 'group', member_n: 1, member_count: 2 })]);
  const list = stage.conversation(group).members;
  await list.load();
  assert.deepEqual(
    list.snapshot.items.map((member) => member.account),
    [ana, ben],
  );
  const asked = () => stage.http.asked.filter((request) => request.path.includes('/members')).length;
  const before = asked();
  await stage.push(
    record(group, 1, {
      kind: 'members',
      ord: 0,
      member_n: 2,
      change: { action: 'add', subject: cleo, role: 'member' },
      content: undefined as never,
    }),
  );
  assert.deepEqual(
    list.snapshot.items.map((member) => member.account),
    [ana, ben, cleo],
  );
  assert.equal(stage.conversation(group).snapshot.memberCount, 3);
  assert.equal(asked(), before);
  // The record of the third version is gone; this one is the fourth.
  stage.http.on(path, { items: members([ana, cleo]), has_more: false });
  await stage.push(
    record(group, 2, {
      kind: 'members',
      ord: 0,
      member_n: 4,
      change: { action: 'role', subject: cleo, role: 'admin' },
      content: undefined as never,
    }),
  );
  assert.equal(asked(), before + 1);
  assert.deepEqual(
    list.snapshot.items.map((member) => member.account),
    [ana, cleo],
  );
  await stage.close();
});

test('[SYN8] an owner who leaves hands the group over to whom the record names', async () => {
  const stage = await Stage.open();
  const items = [ben, ana, cleo].map((account, at) => ({
    account,
    role: at === 0 ? 'owner' : 'member',
    joined_seq: 1,
  }));
  stage.http.on(`GET /v1/conversations/${group}/members`, { items, has_more: false });
  await stage.up([wire(group, { kind: 'group', role: 'member', member_n: 1, member_count: 3 })]);
  const { members } = stage.conversation(group);
  await members.load();
  const leaves = (sender: Member['account'], heir: Member['account'], n: number) =>
    record(group, n, {
      ...{ sender, kind: 'members', ord: 0, member_n: n + 1, content: undefined as never },
      change: { action: 'leave', subject: heir, role: 'owner' },
    });
  await stage.push(leaves(ben, ana, 1));
  const roles = () => members.snapshot.items.map(({ account, role }) => [account, role]);
  assert.deepEqual(roles(), [
    [ana, 'owner'],
    [cleo, 'member'],
  ]);
  assert.equal(stage.conversation(group).snapshot.role, 'owner');
  await stage.push(leaves(ana, cleo, 2));
  assert.deepEqual(roles(), [[cleo, 'owner']]);
  assert.equal(stage.conversation(group).snapshot.role, null);
  await stage.close();
});

test('[SYN73] who has left a group asks neither who is in it nor who waits to be let in', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { kind: 'group', role: 'admin', member_n: 1, member_count: 3 })]);
  const { pending } = stage.conversation(group).members;
  stage.http.on(`GET /v1/conversations/${group}/pending`, { items: [], has_more: false });
  const stop = pending.subscribe(() => {});
  await pending.load();
  await stage.push(record(group, 1, { ...body({ type: 'text', text: 'hello' }), sender: ana }));
  const asked = () => stage.http.asked.length;
  const before = asked();
  await stage.push(
    record(group, 2, {
      ...{ sender: ana, kind: 'members', ord: 0, member_n: 2, content: undefined as never },
      change: { action: 'leave' },
    }),
  );
  stage.client.presence.watch([], [group]);
  await settle();
  assert.equal(stage.conversation(group).snapshot.membership, 'left');
  assert.equal(asked(), before);
  stop();
  await stage.close();
});

test('[SYN8] a list that could not be read is read when it can be', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { kind: 'group', member_n: 3, member_count: 2 })]);
  await stage.push(record(group, 1, { ...body({ type: 'text', text: 'hello' }), sender: ana }));
  const sent = await stage.conversation(group).send('all have it?');
  const waiting = sent.reached('delivered');
  await settle();
  stage.http.on(`GET /v1/conversations/${group}/members`, {
    items: [ana, ben].map((one) => ({ account: one, role: 'member', joined_seq: 1 })),
    has_more: false,
  });
  await stage.push(stage.confirm(stage.outgoing[0] as never, 2));
  await stage.push({ type: 'receipt', conversation_id: group, account: ben, delivered: 2, read: 0 });
  assert.equal(sent.state, 'sent');
  await stage.clock.advance(limits.fillRetryMs);
  await waiting;
  assert.equal(sent.state, 'delivered');
  await stage.close();
});

test('[SYN5] who was removed and is added again gets what follows, also when the first push was lost', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { kind: 'group', member_n: 1 })]);
  const change = (seq: number, action: 'add' | 'remove') =>
    record(group, seq, {
      kind: 'members',
      ord: 0,
      member_n: seq + 1,
      change: { action, subject: ana, ...(action === 'add' && { role: 'member' as const }) },
      content: undefined as never,
    });
  await stage.push(change(1, 'remove'));
  assert.equal(stage.conversation(group).snapshot.role, null);
  // What was said meanwhile is not for this account; the page says so by covering it.
  await stage.push(change(4, 'add'));
  await stage.clock.advance(limits.holdMs);
  await stage.answer(stage.question(), messages(group, 2, 4, [change(4, 'add')]));
  assert.equal(stage.conversation(group).snapshot.role, 'member');
  await stage.push(record(group, 5));
  assert.deepEqual((await stage.shown(group)).at(-1), 'text 5:received');
  await stage.close();
});

test('[SYN8] [TLN5] who was out of a group while its members were asked for reads them when back in it', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { kind: 'group', member_n: 1, member_count: 2 })]);
  const asked = () => stage.http.asked.filter((request) => request.path.includes('/members')).length;
  const before = asked();
  const change = { action: 'add', subject: ana, role: 'member' } as const;
  await stage.push(record(group, 1, { kind: 'members', ord: 0, member_n: 2, change, content: undefined as never }));
  assert.equal(asked(), before + 1);
  await stage.close();
});

test('[SYN8] members that could not be asked for while a group was opened are asked for once online', async () => {
  const before = await Stage.open();
  await before.up([wire(group, { kind: 'group', member_n: 1, member_count: 2 })]);
  await before.close();
  const stage = await Stage.open(before);
  const timeline = stage.conversation(group).timeline();
  await settle();
  const asked = () => stage.http.asked.filter((request) => request.path.includes('/members')).length;
  const early = asked();
  stage.http.on(`GET /v1/conversations/${group}/members`, { items: [], has_more: false });
  await stage.up([]);
  assert.ok(asked() > early);
  assert.ok(early > 0);
  timeline.close();
  await stage.close();
});

test('[SYN8] an own message that is the newest of a group in the list has its ticks before the group is opened', async () => {
  const stage = await Stage.open();
  const members = [ana, ben].map((account) => ({ account, role: 'member', joined_seq: 0 }));
  stage.http.on(`GET /v1/conversations/${group}/members`, { items: members, has_more: false });
  const marks = [{ account: ben, delivered: 1, read: 1 }];
  await stage.up([wire(group, { kind: 'group', member_n: 1, member_count: 2, head: 0, marks: [] })]);
  await stage.push(record(group, 1, { sender: ana }));
  await stage.push({ type: 'receipt', conversation_id: group, ...(marks[0] as (typeof marks)[number]) });
  const state = () => stage.conversation(group).snapshot.last?.state;
  assert.equal(state(), 'sent');
  stage.client.presence.watch([], [group]);
  await settle();
  assert.equal(state(), 'read');
  await stage.close();
});

test('[TLN5] [SYN8] who came in meanwhile counts for a tick, also when the others were heard before it', async () => {
  const stage = await Stage.open();
  const path = `GET /v1/conversations/${group}/members`;
  const items = [ana, ben].map((one) => ({ account: one, role: 'member', joined_seq: 1 }));
  stage.http.on(path, { items, has_more: false });
  await stage.up([wire(group, { kind: 'group', peer: undefined as never, member_count: 2 })]);
  await stage.conversation(group).members.load();
  await stage.push(record(group, 1));
  const change = { action: 'join' } as const;
  const joins = record(group, 3, {
    kind: 'members',
    ord: 0,
    sender: cleo,
    member_n: 2,
    change,
    content: undefined as never,
  });
  const own = record(group, 4, { sender: ana, member_n: 2 });
  const receipt = (account: AccountId) =>
    stage.push({ type: 'receipt', conversation_id: group, account, delivered: 4, read: 4 });
  stage.http.on(path, { items: [...items, { account: cleo, role: 'member', joined_seq: 3 }], has_more: false });
  await stage.push(joins, own);
  await receipt(ben);
  await stage.clock.advance(limits.holdMs);
  await stage.answer(stage.question(), messages(group, 2, 4, [record(group, 2), joins, own]));
  assert.equal((await stage.shown(group)).at(-1), 'text 4:sent');
  await receipt(cleo);
  assert.equal((await stage.shown(group)).at(-1), 'text 4:read');
  await stage.close();
});

test('[TLN5] [SYN8] a list that is not the present one raises no tick', async () => {
  const stage = await Stage.open();
  const path = `GET /v1/conversations/${group}/members`;
  const list = (...accounts: readonly AccountId[]) => ({
    items: accounts.map((one) => ({ account: one, role: 'member', joined_seq: 1 })),
    has_more: false,
  });
  stage.http.on(path, list(ana, ben));
  const resource = { kind: 'group', peer: undefined as never } as const;
  await stage.up([wire(group, resource)]);
  await stage.conversation(group).members.load();
  await stage.push(record(group, 1, { sender: ana }));
  stage.http.on(path, list(ana, ben, cleo));
  const marks = [{ account: ben, delivered: 1, read: 1 }];
  await stage.reconnect([wire(group, { ...resource, head: 1, ord: 1, member_n: 2, member_count: 3, marks })]);
  assert.equal((await stage.shown(group)).at(-1), 'text 1:sent');
  await stage.push({ type: 'receipt', conversation_id: group, account: cleo, delivered: 1, read: 0 });
  assert.equal((await stage.shown(group)).at(-1), 'text 1:delivered');
  await stage.close();
});

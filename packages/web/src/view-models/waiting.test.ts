// Who waits to be let in, for the rows of whoever leads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, cleo, group, record, room, Stage, wire } from '../../../sdk/src/client-fixture.ts';
import { conversationId, settle } from '../../../sdk/src/fixture.ts';
import { createWaiting, maxFollowed } from './waiting.ts';

const at = { role: 'member', asked_at: '2026-11-25T08:00:00.000Z', expires_at: '2027-01-25T08:00:00.000Z' };
const waits = (account: string) => ({ ...at, account, state: 'waiting' });
const led = (id: typeof group) => wire(id, { kind: 'group', peer: undefined as never, role: 'admin', member_n: 4 });
const listOf = (id: typeof group) => `GET /v1/conversations/${id}/pending`;

test('[WEB33] a row of a chat that one leads counts who waits, and follows it; invited ones do not count', async () => {
  const stage = await Stage.open();
  await stage.up([led(group)]);
  stage.http.on(listOf(group), {
    items: [waits(ben), { ...at, account: cleo, state: 'invited', by: ana }],
    has_more: false,
  });
  const waiting = createWaiting(stage.client);
  let told = 0;
  const stop = waiting.watch(stage.conversation(group).snapshot, () => told++);
  assert.equal(waiting.countOf(group), 0);
  await settle();
  assert.deepEqual([waiting.countOf(group), told], [1, 1]);
  stage.http.on(listOf(group), { items: [waits(ben), waits(cleo)], has_more: false });
  const change = { action: 'knock' } as const;
  await stage.push(
    record(group, 1, { kind: 'members', ord: 0, sender: cleo, member_n: 5, change, content: undefined as never }),
  );
  await settle();
  assert.equal(waiting.countOf(group), 2);
  stop();
  waiting.close();
  await stage.close();
});

test('[WEB33] where one does not lead nobody is asked, and what could not be asked is asked with a connection', async () => {
  const stage = await Stage.open();
  await stage.up([led(group), wire(room, { kind: 'room', peer: undefined as never, title: 'Desk' })]);
  const waiting = createWaiting(stage.client);
  for (const id of [group, room]) waiting.watch(stage.conversation(id).snapshot, () => {});
  await settle();
  const asked = () => stage.http.asked.filter(({ path }) => path.endsWith('/pending')).map(({ path }) => path);
  assert.deepEqual([...new Set(asked())], [`/v1/conversations/${group}/pending`]);
  assert.equal(waiting.countOf(group), 0);
  stage.http.on(listOf(group), { items: [waits(ben)], has_more: false });
  stage.socket.dropped();
  await stage.upAgain([led(group)]);
  await settle();
  assert.equal(waiting.countOf(group), 1);
  const before = asked().length;
  waiting.watch(stage.conversation(group).snapshot, () => {});
  await settle();
  assert.equal(asked().length, before, 'and not again for another row');
  waiting.close();
  await stage.close();
});

test('[WEB33] of many chats those are followed no more that nobody draws', async () => {
  const stage = await Stage.open();
  const ids = Array.from({ length: maxFollowed + 2 }, (_, n) => conversationId(100 + n));
  await stage.up(ids.map(led));
  for (const id of ids) stage.http.on(listOf(id), { items: [waits(ben)], has_more: false });
  const waiting = createWaiting(stage.client);
  const [first = assert.fail(), second = assert.fail()] = ids;
  waiting.watch(stage.conversation(first).snapshot, () => {});
  for (const id of ids.slice(1)) waiting.watch(stage.conversation(id).snapshot, () => {})();
  await settle();
  assert.equal(waiting.countOf(first), 1, 'it is on screen');
  assert.equal(waiting.countOf(second), 0);
  assert.equal(ids.filter((id) => waiting.countOf(id) === 1).length, maxFollowed);
  waiting.close();
  await stage.close();
});

// What a group is called over a whole client: who changes it and who does not, what people see of it, and what was kept before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import type { Conversation } from './api.ts';
import { ana, ben, cleo, group, leading, messages, quiet, record, Stage, wire } from './client-fixture.ts';
import { conversationId, settle } from './fixture.ts';
import * as limits from './limits.ts';
// It is loaded when it is wanted, which a clock of ours does not wait for.
import './group-again.ts';
import { MemoryStore } from './platform/memory.ts';
import { keys, put } from './rows.ts';
import type { MessageView } from './views.ts';

const asGroup = { kind: 'group', peer: undefined as never } as const;
const state = (more: object) => ({ ...quiet({ type: 'state', pins: [], changed: 'title', ...more }), ord: 0 });

/** Ana's client in a group that Ben leads, and called Tea. */
async function begun(): Promise<Stage> {
  const stage = await Stage.open();
  leading(stage, ben);
  await stage.up([wire(group, { ...asGroup, role: 'member', head: 1 })]);
  await stage.push(record(group, 1, { ...state({ title: 'Tea' }), sender: ben }));
  await settle();
  return stage;
}

async function seqsOf(conversation: Conversation): Promise<readonly (number | null)[]> {
  const all: MessageView[] = [];
  for await (const one of conversation.history()) all.push(one);
  return all.map(({ seq }) => seq);
}

test('[ENC276] a title that a member sends is not shown, and has no row and no line in the list; pins of theirs count', async () => {
  const stage = await begun();
  const conversation = stage.conversation(group);
  const timeline = conversation.timeline();
  const { last } = conversation.snapshot;
  assert.deepEqual(last?.change, { ...last?.change, action: 'title', title: 'Tea' });
  await stage.push(
    record(group, 2, { ...state({ title: 'Lies' }), sender: cleo }),
    record(group, 3, { ...state({ title: 'Lies' }), sender: cleo }),
    record(group, 4, { ...state({ title: 'Lies', pins: [1], changed: 'pins' }), sender: cleo }),
    record(group, 5, { ...state({ title: 'Lies', repeats: 4 }), sender: cleo }),
  );
  await settle();
  const { snapshot } = conversation;
  assert.deepEqual([snapshot.title, snapshot.pinnedSeqs, snapshot.last], ['Tea', [1], last]);
  assert.deepEqual(
    timeline.snapshot.items.map(({ seq }) => seq),
    [1],
  );
  assert.deepEqual(await seqsOf(conversation), [1]);
  assert.equal(await conversation.message(2), null);
  await stage.push(record(group, 6, { ...state({ title: 'Cocoa' }), sender: ben }));
  await settle();
  assert.deepEqual([conversation.snapshot.title, conversation.snapshot.last?.change?.title], ['Cocoa', 'Cocoa']);
  assert.deepEqual(await seqsOf(conversation), [6, 1]);
  await stage.close();
});

test('[ENC276] who does not lead the group sends no title', async () => {
  const stage = await begun();
  await assert.rejects(stage.conversation(group).update({ title: 'Mine' }), { code: 'conversation.role' });
  await settle();
  assert.deepEqual(stage.outgoing, []);
  await stage.close();
});

test('[ENC277] before it is known who leads, nothing is shown; the list is asked for without anybody looking', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { ...asGroup, head: 2 })]);
  await stage.push(
    record(group, 1, { ...state({ title: 'Tea' }), sender: ben }),
    record(group, 2, { ...state({ title: 'Lies' }), sender: cleo }),
  );
  await settle();
  const conversation = stage.conversation(group);
  const timeline = conversation.timeline();
  await settle();
  const shown = () => [conversation.snapshot.title, ...timeline.snapshot.items.map(({ seq }) => seq)];
  assert.deepEqual(shown(), ['']);
  leading(stage, ben);
  await stage.reconnect([wire(group, { ...asGroup, head: 2 })]);
  await settle();
  assert.deepEqual(shown(), ['Tea', 1]);
  await stage.close();
});

test('[ENC277] what does not count by the list that is read later goes, from the list of chats, too', async () => {
  const stage = await begun();
  const conversation = stage.conversation(group);
  assert.equal(conversation.snapshot.last?.change?.title, 'Tea');
  leading(stage, cleo);
  await stage.reconnect([wire(group, { ...asGroup, role: 'member', head: 1, member_n: 2 })]);
  await settle();
  assert.deepEqual([conversation.snapshot.title, conversation.snapshot.last], ['', null]);
  await stage.close();
});

test('[ENC277] it has caught up when who leads is known, a few groups at a time', async () => {
  const stage = await Stage.open();
  const groups = Array.from({ length: limits.parallelFills + 2 }, (_, n) => conversationId(50 + n));
  const items = [{ account: ben, role: 'owner', joined_seq: 1 }];
  const path = (id: ConversationId) => `GET /v1/conversations/${id}/members`;
  const waiting: (() => void)[] = [];
  const call = stage.http.call.bind(stage.http);
  stage.http.call = async (request) => {
    if (request.path.includes('/members')) await new Promise<void>((resolve) => waiting.push(resolve));
    return call(request);
  };
  for (const id of groups) stage.http.on(path(id), { items, has_more: false });
  await stage.up(groups.map((id) => wire(id, { ...asGroup, head: 1 })));
  await stage.push(...groups.map((id) => record(id, 1, { ...state({ title: 'Tea' }), sender: ben })));
  await settle();
  assert.equal(waiting.length, limits.parallelFills);
  for (const question of stage.socket.of('sync')) {
    const id = question.conversation_id;
    if (id !== undefined) await stage.answer(question, messages(id, 1, 1, [], { head: 1, has_more: false }));
  }
  await settle();
  assert.equal(stage.client.state.snapshot.phase, 'catching_up');
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
    one();
    await settle();
    assert.ok(waiting.length <= limits.parallelFills);
  }
  assert.equal(stage.client.state.snapshot.phase, 'online');
  for (const id of groups) assert.equal(stage.conversation(id).snapshot.title, 'Tea');
  await stage.close();
});

test('[ENC201] who leads says it once more where only a member has, and not for each time that the member does', async () => {
  const stage = await Stage.open();
  leading(stage, ana);
  await stage.up([wire(group, { ...asGroup, role: 'owner', head: 3 })]);
  const joins = { kind: 'members', ord: 0, content: undefined as never, change: { action: 'join' } } as const;
  const lies = (seq: number) => record(group, seq, { ...state({ title: 'Lies', repeats: 1 }), sender: cleo });
  await stage.push(record(group, 1, { ...state({ title: 'Tea' }), sender: ana }));
  await settle();
  await stage.push(record(group, 2, { ...joins, sender: ben, member_n: 2 }), lies(3));
  await settle();
  const [frame, ...others] = stage.outgoing;
  assert.ok(frame);
  assert.deepEqual(others, []);
  const { title, repeats } = JSON.parse(frame.content ?? '') as { readonly title: string; readonly repeats: number };
  assert.deepEqual([title, repeats], ['Tea', 1]);
  await stage.push(stage.confirm(frame, 4, { ord: 0 }), lies(5), lies(6));
  await settle();
  assert.equal(stage.outgoing.length, 1);
  await stage.close();
});

test('[ENC276] what was kept before it was asked who says something is gathered from its records', async () => {
  const before = await begun();
  await before.push(record(group, 2, { ...state({ title: 'Lies' }), sender: cleo }));
  await before.close();
  const disk = new MemoryStore(before.disk);
  const [kept] = await disk.list('conversations', { prefix: [group], limit: 1 });
  assert.ok(kept);
  const { titles: _, tellers: _told, ...rest } = kept.value as Record<string, unknown>;
  const old = { ...rest, title: { text: 'Lies', seq: 2, at: 2 }, toldAt: 2 };
  await disk.write([put('conversations', keys.conversation(group), old)]);
  const stage = await Stage.open(before);
  leading(stage, ben);
  await stage.up([wire(group, { ...asGroup, role: 'member', head: 2 })]);
  await settle();
  assert.equal(stage.conversation(group).snapshot.title, 'Tea');
  await settle();
  const [now] = await disk.list('conversations', { prefix: [group], limit: 1 });
  assert.ok(now && !('title' in (now.value as object)) && !('toldAt' in (now.value as object)));
  await stage.close();
});

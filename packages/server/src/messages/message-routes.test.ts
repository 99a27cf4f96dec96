import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, type Envelope, limits as wire } from '@parley/protocol';
import { idempotencyMs } from '../kernel/limits.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { ana, ben, Desk } from './rest-fixture.ts';
import { sealedFields, wordsIn } from './sealed-fixture.ts';

const at = (conversation: ConversationId) => ({ params: { conversation_id: conversation } });
const seqs = (items: readonly Envelope[]) => items.map(({ seq }) => seq);

/** A chat of two with so many messages, at seqs from 2 on. */
async function chatOf(desk: Desk, count: number): Promise<ConversationId> {
  const chat = await desk.befriend(ana, ben);
  for (let n = 1; n <= count; n++) await desk.say(n % 2 === 0 ? ana : ben, chat, `message ${n}`);
  return chat;
}

test('[CNV33] history is read from the newest down, and from the oldest up, by the cursor of the page before', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk, 9);
  for (const direction of ['before', 'after'] as const) {
    const pages: number[][] = [];
    let next: string | undefined = direction === 'after' ? '0' : undefined;
    do {
      const query = { limit: 4, ...(next === undefined ? {} : { [direction]: Number(next) }) };
      const page = await desk.get('listMessages', ana, { ...at(chat), query });
      assert.deepEqual([page.conversation_id, page.head], [chat, 10]);
      assert.equal(page.has_more, page.next_cursor !== undefined);
      pages.push(seqs(page.items));
      next = page.next_cursor;
    } while (next !== undefined);
    const up = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10],
    ];
    const down = [
      [7, 8, 9, 10],
      [3, 4, 5, 6],
      [1, 2],
    ];
    assert.deepEqual(pages, direction === 'after' ? up : down);
  }
});

test('[CNV33] a page says what it covers; both directions at once are refused', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk, 4);
  const page = await desk.get('listMessages', ben, { ...at(chat), query: { before: 4, limit: 2 } });
  assert.deepEqual([page.from_seq, page.to_seq, seqs(page.items), page.next_cursor], [2, 3, [2, 3], '2']);
  const first = page.items[0];
  assert.deepEqual([wordsIn(first?.content), first?.sender, first?.ord], ['message 1', ben, 1]);
  assert.equal(await desk.in('listMessages', ben, chat, { query: { before: 4, after: 1 } }), 'frame.invalid');
});

test('[CNV33] who has left reads up to there; who came later, from there on', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  await desk.say(ana, group, 'before');
  await desk.befriend(ana, ben);
  await desk.get('addMember', ana, { ...at(group), body: { account: ben } });
  await desk.say(ana, group, 'while');
  await desk.get('removeMember', ana, { params: { conversation_id: group, account: ben } });
  await desk.say(ana, group, 'after');
  const { items, head, has_more } = await desk.get('listMessages', ben, at(group));
  assert.deepEqual([seqs(items), head, has_more], [[3, 4, 5], 5, false]);
});

test('[CNV34] a message is under the rules of the socket: who may write, how much, how many before acceptance', async () => {
  await using desk = await Desk.open();
  const { conversation_id: chat } = await desk.get('createConversation', ana, {
    body: { kind: 'direct', account: ben },
  });
  const write = (account: AccountId, content: string) =>
    desk.in('createMessage', account, chat, { body: sealedFields(content) });
  assert.equal(await write(ana, 'x'.repeat(wire.requestSealedBytes)), 'request.limit');
  for (let n = 0; n < wire.requestTexts; n++) await desk.say(ana, chat, `please ${n}`);
  assert.equal(await write(ana, 'please'), 'request.limit');
  await desk.say(ben, chat, 'Well.');
  assert.equal(await write(ana, 'x'.repeat(wire.maxContentBytes * 0.74)), 'ok');
  assert.equal(await desk.in('createMessage', ana, chat, { body: { content: 'Hello' } }), 'message.encrypted_only');
  const old = await desk.call('createMessage', ana, {
    ...at(chat),
    body: { ...sealedFields('Hello'), id: '01900000-0000-7000-8000-000000000001' as never },
  });
  assert.deepEqual(old, { ok: false, code: 'message.too_old' });
  await desk.set(ana, 'privacy/presence', 'contacts');
  assert.equal(
    await desk.in('createMessage', ana, accountLog(ana), { body: { content: 'x' } }),
    'conversation.read_only',
  );
});

test('[CNV34] format and time of the client go through, the time within its bounds', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk, 1);
  const body = {
    ...sealedFields('Hello'),
    timestamp: '2026-11-25T08:00:00.000Z',
  } as const;
  const { id } = await desk.get('createMessage', ana, { ...at(chat), body });
  await desk.get('createMessage', ana, {
    ...at(chat),
    body: { ...sealedFields('Hi'), timestamp: '1999-01-01T00:00:00Z' },
  });
  await desk.say(ana, chat, 'last');
  const [first, second] = (await desk.get('listMessages', ben, at(chat))).items.slice(2);
  assert.deepEqual(
    [first?.id, first?.content, first?.format, first?.timestamp],
    [id, body.content, 'sealed', body.timestamp],
  );
  assert.equal(second?.timestamp, '2026-11-18T09:00:00.000Z');
});

test('[CNV25] a message under the same id or key is sent once; another content under it is a mismatch', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk, 1);
  const uuid = desk.messages.appender.newId();
  const ways = [
    { body: { id: desk.messages.appender.newId() }, key: undefined },
    { body: {}, key: 'once' },
    { body: {}, key: uuid },
  ];
  for (const { body, key } of ways) {
    const send = (more: object = {}) => {
      const input = {
        ...at(chat),
        body: { ...sealedFields('Hello'), ...body, ...more },
        ...(key === undefined ? {} : { key }),
      };
      return desk.call('createMessage', ana, input);
    };
    const first = await send();
    assert.ok(first.ok);
    await desk.say(ben, chat, 'in between');
    desk.clock.advance(idempotencyMs - 1);
    assert.deepEqual(await send(), first);
    for (const other of [sealedFields('Bye'), { format: 'body' }])
      assert.deepEqual(await send(other), { ok: false, code: 'idempotency.mismatch' });
    if (key === uuid) assert.equal(first.value.id, uuid);
    await desk.say(ben, chat, 'behind');
    const { items } = await desk.get('listMessages', ana, { ...at(chat), query: { limit: 200 } });
    assert.equal(items.filter(({ id }) => id === first.value.id).length, 1);
  }
});

test('[CNV25] the keys of two accounts, and of two conversations, do not meet', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk, 1);
  const notes = (await desk.get('createConversation', ana, { body: { kind: 'direct', account: ana } })).conversation_id;
  const send = async (account: AccountId, where: ConversationId) =>
    (await desk.get('createMessage', account, { ...at(where), body: sealedFields('Hello'), key: 'k' })).id;
  const ids = [await send(ana, chat), await send(ben, chat), await send(ana, notes), await send(ana, chat)];
  assert.equal(ids[0], ids[3]);
  assert.equal(new Set(ids).size, 3);
});

test('[CNV32] settings come by key, page by page, without those that were removed', async () => {
  await using desk = await Desk.open();
  for (let n = 0; n < 7; n++) await desk.set(ana, `own/${n}`, `value ${n}`);
  for (const n of [1, 4, 6]) await desk.set(ana, `own/${n}`, '');
  await desk.set(ana, 'own/0', 'changed');
  await desk.set(ben, 'own/ben', 'his');
  const seen: unknown[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const page = await desk.get('listSettings', ana, { query });
    seen.push(...page.items.map(({ key, value }) => [key, value]));
    assert.ok(page.items.length <= 2);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(seen, [
    ['own/0', 'changed'],
    ['own/2', 'value 2'],
    ['own/3', 'value 3'],
    ['own/5', 'value 5'],
  ]);
});

test('[CNV32] a page of settings is bounded in bytes, and one large value fills it alone at most', async () => {
  await using desk = await Desk.open();
  const large = '\n'.repeat(30_000);
  for (let n = 0; n < 10; n++) await desk.set(ana, `own/${n}`, large);
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await desk.get('listSettings', ana, { query: cursor === undefined ? {} : { cursor } });
    assert.ok(Buffer.byteLength(JSON.stringify(page)) <= wire.maxPageBytes);
    keys.push(...page.items.map(({ key }) => key));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(
    keys,
    Array.from({ length: 10 }, (_, n) => `own/${n}`),
  );
});

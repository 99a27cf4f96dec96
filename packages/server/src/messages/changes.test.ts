import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Changes, Conversation, ConversationId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import fc from 'fast-check';
import { maxChangesExamined } from '../kernel/limits.ts';
import { accountLog, directConversation } from '../sequencer/conversation-ids.ts';
import { accountOf } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { ana, ben, cem, dia, Exchange, frameOf, sessionOf } from './fixture.ts';

test('[HIS9] without since everything is told: the log, notes, requests, rooms, and what was left', async () => {
  await using exchange = await Exchange.open();
  await exchange.set(ana, 'own/a', '1');
  const mine = [
    accountLog(ana),
    await exchange.direct(ana, ana),
    await exchange.direct(ben, ana, false),
    await exchange.make('group', [ana, ben]),
    await exchange.make('room', [ben, ana]),
  ];
  const left = await exchange.make('group', [ben, ana]);
  await exchange.change(left, ana, { action: 'leave' });
  await exchange.make('group', [ben, cem]);
  const first = frameOf('changes', await firstPage(exchange, ana));
  assert.equal(first.has_more, false);
  assert.deepEqual(idsOf(first.items), [...mine, left].sort());
  assert.equal(first.items.find((item) => item.conversation_id === left)?.left_seq, 2);
  assert.deepEqual((await exchange.changed(ana, first.since)).ids, []);
  assert.deepEqual(idsOf((await exchange.changes(dia)).items), []);
});

test('[HIS9] with since, only what changed: a message, members, settings, a mark of one’s own or one that may be seen', async () => {
  await using exchange = await Exchange.open();
  const [direct, group, room, quiet] = [
    await exchange.direct(ana, ben),
    await exchange.make('group', [ana, ben]),
    await exchange.make('room', [ana, ben]),
    await exchange.direct(ana, cem),
  ];
  await exchange.set(ana, 'own/a', '1');
  const seq = await exchange.say(ben, direct);
  const steps: readonly (readonly [() => Promise<unknown>, readonly ConversationId[]])[] = [
    [() => exchange.say(ben, direct), [direct]],
    [() => exchange.say(ben, room, { kind: 'quiet' }), [room]],
    [() => exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' }), [group]],
    [() => exchange.change(room, ana, { action: 'settings', title: 'Tea' }), [room]],
    [() => exchange.set(ana, 'own/a', '2'), [accountLog(ana)]],
    [() => exchange.received(ana, direct, seq), []],
    [() => exchange.read(ana, direct, seq), [direct]],
    [() => exchange.read(ben, direct, seq + 1), [direct]],
    [() => exchange.read(ben, room, 3), []],
    [() => exchange.say(cem, quiet), [quiet]],
    [() => exchange.set(ben, 'own/a', '1'), []],
  ];
  let { since } = await exchange.changed(ana);
  for (const [step, expected] of steps) {
    exchange.clock.advance(5);
    await step();
    exchange.clock.advance(5);
    const next = await exchange.changed(ana, since);
    assert.deepEqual(next.ids, expected, String(step));
    since = next.since;
  }
});

test('[HIS9] who has become a contact is told the marks that rose before', async () => {
  await using exchange = await Exchange.open();
  const direct = await exchange.direct(ana, ben, false);
  const seq = await exchange.say(ana, direct);
  await exchange.read(ben, direct, seq);
  exchange.clock.advance(5);
  const { since } = await exchange.changes(ana);
  await exchange.change(direct, ben, { action: 'accept' });
  const [item] = (await exchange.changes(ana, since)).items;
  assert.deepEqual([item?.contact, item?.marks], [true, [{ account: ben, delivered: seq, read: seq }]]);
});

test('[HIS8] who is let in again is told the marks that rose while it was not in', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben, cem]);
  const seq = await exchange.say(cem, group);
  await exchange.change(group, cem, { action: 'leave' });
  await exchange.read(ben, group, seq);
  exchange.clock.advance(5);
  const { since } = await exchange.changes(cem);
  exchange.clock.advance(5);
  await exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  const again = await exchange.changes(cem, since);
  assert.deepEqual(again.items[0]?.marks, [{ account: ben, delivered: seq, read: seq }]);
  exchange.clock.advance(5);
  await exchange.say(ana, group);
  assert.deepEqual((await exchange.changes(cem, again.since)).items[0]?.marks, []);
});

test('[HIS9] marks that rose after since are in, the others are not', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben, cem]);
  const seq = await exchange.say(ana, group);
  await exchange.received(ben, group, seq);
  exchange.clock.advance(5);
  const { since } = await exchange.changes(ana);
  await exchange.read(cem, group, seq);
  assert.deepEqual((await exchange.changes(ana, since)).items[0]?.marks, [{ account: cem, delivered: seq, read: seq }]);
  assert.equal((await exchange.changes(ana)).items[0]?.marks.length, 2);
});

test('[HIS9] a mark that rises after the clock was set back is after the since from before', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const seq = await exchange.say(ana, group);
  const { since } = await exchange.changes(ana);
  const now = exchange.clock.now.bind(exchange.clock);
  exchange.clock.now = () => now() - 30_000;
  await exchange.received(ben, group, seq);
  const { items } = await exchange.changes(ana, since);
  assert.deepEqual(items[0]?.marks, [{ account: ben, delivered: seq, read: 0 }]);
});

test('[HIS10] any cut of the pages tells the same set, and what changes meanwhile is told afterwards', async () => {
  await using exchange = await Exchange.open();
  const groups: ConversationId[] = [];
  for (let i = 0; i < 12; i++) groups.push(await exchange.make('group', [ana, ben]));
  const plan = fc.record({
    changed: fc.subarray(groups),
    cuts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
    meanwhile: fc.array(fc.record({ page: fc.nat(4), group: fc.constantFrom(...groups), isMark: fc.boolean() }), {
      maxLength: 4,
    }),
    fromNothing: fc.boolean(),
  });
  let { since: begin } = await exchange.changed(ana);
  await fc.assert(
    fc.asyncProperty(plan, async ({ changed, cuts, meanwhile, fromNothing }) => {
      exchange.clock.advance(5);
      for (const group of changed) await exchange.say(ben, group);
      exchange.clock.advance(5);
      const told = new Map<ConversationId, Conversation>();
      const after = new Set<ConversationId>();
      let since = fromNothing ? undefined : begin;
      for (let page = 0; ; page++) {
        const { items, has_more, since: next }: Changes = await exchange.changes(ana, since, cuts[page % cuts.length]);
        for (const item of items) told.set(item.conversation_id, item);
        since = next;
        if (!has_more) break;
        for (const event of meanwhile.filter((each) => each.page === page)) {
          exchange.clock.advance(5);
          if (event.isMark) {
            const head = exchange.sequencer.rows.conversation(event.group)?.seq ?? 0;
            if ((await exchange.messages.views.of(ana, event.group))?.marks[0]?.read === head) continue;
            await exchange.read(ben, event.group, head);
            if (head === 1) continue;
          } else await exchange.say(ben, event.group);
          after.add(event.group);
        }
      }
      for (const group of fromNothing ? groups : changed) assert.ok(told.has(group), 'nothing is left out');
      const expected = new Set([...(fromNothing ? groups : changed), ...after]);
      for (const id of told.keys()) assert.ok(expected.has(id), 'nothing else is told');
      const rest = await exchange.changed(ana, since);
      for (const group of after) assert.ok(rest.ids.includes(group), 'what changed while paging comes next');
      exchange.clock.advance(5);
      begin = (await exchange.changed(ana, rest.since)).since;
    }),
    { numRuns: 40 },
  );
});

test('[HIS10] a page is bounded in bytes, and in how much is looked at', async () => {
  const store = new MemoryStore();
  const many = Array.from({ length: maxChangesExamined + 40 }, (_, n) => directConversation(ana, accountOf(n + 100)));
  await store.commit(
    many.map((conversation) => ({ table: 'memberships', row: { account: ana, conversation, left: false } })),
    null,
  );
  await using exchange = await Exchange.open({ store });
  const large: ConversationId[] = [];
  const members = Array.from({ length: 250 }, (_, n) => accountOf(n + 1));
  for (let i = 0; i < 36; i++) {
    const group = await exchange.make('group', members);
    const seq = await exchange.say(ana, group);
    for (const member of members.slice(1)) await exchange.received(member, group, seq);
    large.push(group);
  }
  const pages: Changes[] = [];
  for (let since: string | undefined; ; ) {
    const bytes = await exchange.messages.frames.sync(sessionOf(ana), {
      type: 'sync',
      ref: 'r',
      ...(since && { since }),
    });
    assert.ok(bytes.ok);
    assert.ok(bytes.value.length <= wire.maxPageBytes, `${bytes.value.length} bytes`);
    const page = frameOf('changes', bytes.value);
    pages.push(page);
    since = page.since;
    if (!page.has_more) break;
  }
  assert.ok(pages.length >= 3);
  assert.deepEqual(idsOf(pages.flatMap(({ items }) => items)), [...large].sort());
});

test('[HIS10] the number of items is bounded as asked', async () => {
  await using exchange = await Exchange.open();
  for (let i = 0; i < 5; i++) await exchange.make('group', [ana]);
  const sizes: number[] = [];
  for (let since: string | undefined; ; ) {
    const page: Changes = await exchange.changes(ana, since, 2);
    sizes.push(page.items.length);
    since = page.since;
    if (!page.has_more) break;
  }
  assert.deepEqual(sizes, [2, 2, 1]);
});

test('[HIS11] a since that stands for nothing is answered with everything', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana]);
  const { since } = await exchange.changes(ana);
  const ahead = since.replace(/!(\d+)_/, (_, offset: string) => `!${Number(offset) + 1}_`);
  for (const bad of ['', 'x', `${since}x`, since.slice(1), ahead, '1.other!0_1_1', since.replace('!', '!!')])
    assert.deepEqual(idsOf((await exchange.changes(ana, bad)).items), [group], bad);
  assert.deepEqual((await exchange.changes(ana, since)).items, []);
  await using restored = await exchange.restart({ epoch: 2 });
  assert.deepEqual(idsOf((await restored.changes(ana, since)).items), [group]);
});

test('[HIS11] a since of an earlier run still stands for its moment, marks included', async () => {
  const exchange = await Exchange.open();
  const [still, moved, read] = [
    await exchange.direct(ana, cem),
    await exchange.direct(ana, ben),
    await exchange.make('group', [ana, ben]),
  ];
  const seq = await exchange.say(ana, read);
  await exchange.received(cem, still, await exchange.say(ana, still));
  exchange.clock.advance(100_000);
  const { since } = await exchange.changed(ana);
  exchange.clock.advance(5);
  await exchange.received(ben, read, seq);
  await using next = await exchange.restart();
  await next.say(ben, moved);
  assert.deepEqual(idsOf((await next.allChanges(ana, since)).items), [moved, read].sort());
  assert.equal((await next.messages.views.of(ana, still))?.marks.length, 1);
});

test('[HIS12] who has left is told so once, and nothing of what happens later', async () => {
  await using exchange = await Exchange.open();
  const [group, room] = [await exchange.make('group', [ana, ben]), await exchange.make('room', [ana, ben])];
  let { since } = await exchange.changed(ben);
  const places = [];
  for (const conversation of [group, room]) {
    const seq = await exchange.change(conversation, ben, { action: 'leave' });
    await exchange.say(ana, conversation);
    const page = await exchange.changes(ben, since);
    places.push(page.items.map(({ conversation_id, head, left_seq }) => ({ conversation_id, head, left_seq })));
    assert.deepEqual(places.at(-1), [{ conversation_id: conversation, head: seq, left_seq: seq }]);
    since = page.since;
  }
  await exchange.say(ana, group);
  await exchange.say(ana, room);
  await exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  assert.deepEqual((await exchange.changed(ben, since)).ids, []);
  await exchange.change(group, ana, { action: 'add', subject: ben, role: 'member' });
  assert.deepEqual((await exchange.changed(ben, since)).ids, [group]);
});

test('[HIS14] what did not change is not read, within a run and after the next start', async () => {
  let reads: string[] = [];
  const store = new MemoryStore((operation) => {
    if (operation === 'get' || operation === 'list') reads.push(operation);
  });
  const exchange = await Exchange.open({ store });
  const chats: ConversationId[] = [];
  for (let n = 10; n < 40; n++) chats.push(await exchange.direct(ana, accountOf(n)));
  await exchange.commit();
  exchange.clock.advance(5);
  const { since } = await exchange.changed(ana);
  const looked = async (at: Exchange): Promise<number> => {
    reads = [];
    await at.changed(ana, since);
    return reads.length;
  };
  exchange.clock.advance(5);
  assert.ok((await looked(exchange)) <= 2, 'only the list of conversations is read');
  const next = await exchange.restart();
  const marksOnly = await looked(next);
  assert.ok(marksOnly <= 2 + 2 * chats.length, `${marksOnly} reads: whether marks have moved is not known yet`);
  const { since: fresh } = await next.changed(ana, since);
  await next.say(accountOf(10), directConversation(ana, accountOf(10)));
  reads = [];
  assert.equal((await next.changed(ana, fresh)).ids.length, 1);
  assert.ok(reads.length <= 2 + 8, `${reads.length} reads for one conversation`);
  await next[Symbol.asyncDispose]();
});

async function firstPage(exchange: Exchange, account: AccountId): Promise<Uint8Array> {
  const page = await exchange.messages.frames.changesSince(sessionOf(account), null);
  assert.ok(page.ok);
  return page.value;
}

function idsOf(items: readonly Conversation[]): readonly ConversationId[] {
  return items.map((item) => item.conversation_id).sort();
}

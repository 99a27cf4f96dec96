import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  type AccountId,
  blockKey,
  type ConversationId,
  clearKey,
  type Messages,
  limits as wire,
} from '@parley/protocol';
import fc from 'fast-check';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { ana, ben, cem, Exchange, frameOf, sessionOf } from './fixture.ts';

test('[HIS1] pages upwards and downwards cover every seq once and end', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  for (let i = 0; i < 40; i++) await exchange.say(ana, group);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (limits, upwards) => {
        const covered: number[] = [];
        const items: number[] = [];
        let at: object = upwards ? { after: 0 } : {};
        for (let i = 0; ; i++) {
          const page = await pageOf(exchange, ana, group, { ...at, limit: limits[i % limits.length] });
          for (let seq = page.from_seq; seq <= page.to_seq; seq++) covered.push(seq);
          for (const item of page.items) items.push(item.seq);
          assert.equal(page.head, 41);
          assert.deepEqual(
            page.items.map(({ seq }) => seq),
            page.items.map(({ seq }) => seq).sort((a, b) => a - b),
          );
          for (const { seq } of page.items) assert.ok(seq >= page.from_seq && seq <= page.to_seq);
          if (!page.has_more) break;
          assert.ok(page.to_seq >= page.from_seq, 'asking again gets on');
          at = upwards ? { after: page.to_seq } : { before: page.from_seq };
        }
        const every = Array.from({ length: 41 }, (_, i) => i + 1);
        assert.deepEqual(
          covered.sort((a, b) => a - b),
          every,
        );
        assert.deepEqual(
          items.sort((a, b) => a - b),
          every,
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('[HIS1] at the head there is nothing more, above it neither', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana]);
  const seq = await exchange.say(ana, group);
  for (const after of [seq, seq + 10]) {
    const page = await pageOf(exchange, ana, group, { after });
    assert.deepEqual([page.items.length, page.has_more, page.head], [0, false, seq]);
  }
  const newest = await pageOf(exchange, ana, group, { limit: 1 });
  assert.deepEqual([newest.items[0]?.seq, newest.from_seq, newest.to_seq, newest.has_more], [seq, seq, seq, true]);
});

test('[R8] [HIS2] a group is readable from coming to going, that seq included, and never before or between', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  await exchange.say(ana, group);
  const came = await exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  await exchange.say(ana, group);
  const went = await exchange.change(group, cem, { action: 'leave' });
  await exchange.say(ana, group);
  assert.deepEqual(await seqs(exchange, cem, group), [came, came + 1, went]);
  assert.equal((await pageOf(exchange, cem, group, {})).head, went);
  const again = await exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  assert.deepEqual(await seqs(exchange, cem, group), [came, came + 1, went, again]);
  assert.deepEqual(await seqs(exchange, cem, group, true), [came, came + 1, went, again]);
});

test('[R8] [HIS2] [CNV41] who comes back is told what was taken back meanwhile of what it has, and nothing else of then', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const unseen = await exchange.say(ana, group);
  const came = await exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  const seen = await exchange.say(ana, group);
  const went = await exchange.change(group, cem, { action: 'leave' });
  const taken = await exchange.say(ana, group, { kind: 'delete', targets: [seen] });
  await exchange.say(ana, group, { kind: 'delete', targets: [unseen] });
  for (let n = 0; n < 10; n++) await exchange.say(ana, group);
  assert.deepEqual(await seqs(exchange, cem, group), [came, seen, went]);
  const back = await exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  assert.deepEqual(await seqs(exchange, cem, group), [came, seen, went, taken, back]);
  assert.deepEqual(await seqs(exchange, cem, group, true), [came, seen, went, taken, back]);
  // However little is looked at for one page, what is of no use to it makes none of its own.
  const page = await pageOf(exchange, cem, group, { after: taken, limit: 1 });
  assert.deepEqual([page.items.map(({ seq }) => seq), page.to_seq, page.has_more], [[back], back, false]);
});

test('[HIS2] where newcomers see everything they do, until they go', async () => {
  await using exchange = await Exchange.open();
  const room = await exchange.make('room', [ana]);
  await exchange.say(ana, room);
  await exchange.change(room, ben, { action: 'join', inviteHash: '' });
  assert.deepEqual(await seqs(exchange, ben, room), [1, 2, 3]);
  await exchange.change(room, ben, { action: 'leave' });
  await exchange.say(ana, room);
  assert.deepEqual(await seqs(exchange, ben, room), [1, 2, 3, 4]);
  const group = await exchange.make('group', [ana]);
  await exchange.say(ana, group);
  await exchange.change(group, ana, { action: 'settings', history: 'all' });
  await exchange.change(group, ana, { action: 'add', subject: ben, role: 'member' });
  assert.deepEqual(await seqs(exchange, ben, group), [1, 2, 3, 4]);
});

test('[HIS3] what is hidden or was cleared, and what was readable and expired, is covered without an item', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const timer = await exchange.say(ana, conversation, { kind: 'timer', seconds: 60 });
  const expiring = await exchange.say(ana, conversation);
  await exchange.say(ana, conversation, { kind: 'timer', seconds: 0 });
  await exchange.set(ben, blockKey(ana), '1');
  const hidden = await exchange.say(ana, conversation);
  await exchange.set(ben, blockKey(ana), '');
  const last = await exchange.say(ana, conversation);
  assert.deepEqual(await seqs(exchange, ben, conversation), [1, timer, expiring, expiring + 1, last]);
  assert.deepEqual(await seqs(exchange, ana, conversation), [1, timer, expiring, expiring + 1, hidden, last]);
  exchange.clock.advance(60_000);
  const expired = (await pageOf(exchange, ben, conversation, { after: timer, limit: 1 })).items[0];
  assert.deepEqual([expired?.seq, expired?.deleted_by, expired?.content], [expiring, 0, undefined]);
  await exchange.set(ana, clearKey(conversation), String(hidden));
  const page = await pageOf(exchange, ana, conversation, { after: 0 });
  assert.deepEqual([page.from_seq, page.to_seq, page.items.map(({ seq }) => seq)], [1, last, [last]]);
});

test('[HIS3] what was readable leaves nothing when it has expired', async () => {
  await using exchange = await Exchange.open();
  const room = await exchange.make('room', [ana]);
  await exchange.say(ana, room, { kind: 'timer', seconds: 60 });
  await exchange.say(ana, room);
  assert.deepEqual(await seqs(exchange, ana, room), [1, 2, 3]);
  exchange.clock.advance(60_000);
  assert.deepEqual(await seqs(exchange, ana, room), [1, 2]);
});

test('[ENC192] what is deleted or expires leaves the hash of what was sealed, before and after it is swept', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  await exchange.say(ana, conversation, { kind: 'timer', seconds: 60 });
  const [one, two] = [await exchange.say(ana, conversation), await exchange.say(ana, conversation)];
  const hashes = async () => {
    const { items } = await pageOf(exchange, ben, conversation, { after: one - 1, limit: 2 });
    return items.map(({ seq, deleted_by, body_hash, content }) => ({ seq, deleted_by, body_hash, content }));
  };
  const said = (await hashes()).map(({ content = '' }) => createHash('sha256').update(content).digest('base64url'));
  const deleted = await exchange.say(ana, conversation, { kind: 'delete', targets: [one] });
  const gone = { body_hash: said[0], content: undefined };
  assert.deepEqual((await hashes())[0], { seq: one, deleted_by: deleted, ...gone });
  exchange.clock.advance(60_000);
  const after = [
    { seq: one, deleted_by: 0, ...gone },
    { seq: two, deleted_by: 0, body_hash: said[1], content: undefined },
  ];
  assert.deepEqual(await hashes(), after);
  await exchange.store.expire(exchange.clock.now() + 1, 10);
  assert.deepEqual(await hashes(), after);
});

test('[HIS3] what was deleted is there without content', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const seq = await exchange.say(ana, conversation);
  const deleted = await exchange.say(ana, conversation, { kind: 'delete', targets: [seq] });
  const item = (await pageOf(exchange, ben, conversation, { after: seq - 1, limit: 1 })).items[0];
  assert.deepEqual([item?.seq, item?.deleted_by, item?.content], [seq, deleted, undefined]);
});

test('[CNV41] what a blocked sender takes back is gone for the other, who sees nothing else of it', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const told = await exchange.say(ana, conversation);
  await exchange.set(ben, blockKey(ana), '1');
  const hidden = await exchange.say(ana, conversation);
  await exchange.say(ana, conversation, { kind: 'delete', targets: [hidden] });
  const taken = await exchange.say(ana, conversation, { kind: 'delete', targets: [told] });
  const seen = async (account: AccountId) => {
    const { items } = await pageOf(exchange, account, conversation, { after: 1 });
    return items.map(({ seq, kind, content, deleted_by }) => ({ seq, kind, gone: deleted_by === taken && !content }));
  };
  assert.deepEqual(await seen(ben), [
    { seq: told, kind: 'content', gone: true },
    { seq: taken, kind: 'delete', gone: false },
  ]);
  assert.equal((await seen(ana)).length, 4);
});

test('[HIS4] a page is bounded in bytes and items, and has at least one', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('room', [ana]);
  const content = '語'.repeat(10_000);
  for (let i = 0; i < 12; i++) await exchange.say(ana, group, { content });
  for (const at of [{ after: 0 }, {}]) {
    const frame = await exchange.messages.frames.sync(sessionOf(ana), {
      type: 'sync',
      ref: 'r',
      conversation_id: group,
      limit: wire.maxPageItems,
      ...at,
    });
    assert.ok(frame.ok);
    assert.ok(frame.value.length <= wire.maxPageBytes);
    const page = frameOf('messages', frame.value);
    assert.ok(page.has_more);
    assert.equal(page.items.length, at.after === 0 ? 9 : 8);
  }
  const small = await exchange.make('group', [ana]);
  for (let i = 0; i < wire.maxPageItems + 5; i++) await exchange.say(ana, small);
  assert.equal((await pageOf(exchange, ana, small, { limit: wire.maxPageItems })).items.length, wire.maxPageItems);
  assert.equal((await pageOf(exchange, ana, small, {})).items.length, wire.defaultPageItems);
});

test('[HIS5] to somebody who was never in it a conversation does not exist', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana]);
  for (const conversation of [group, accountLog(cem)]) {
    const result = await exchange.messages.history(ben, { conversation });
    assert.deepEqual(result, { ok: false, code: 'conversation.denied' });
  }
});

async function pageOf(
  exchange: Exchange,
  account: AccountId,
  conversation: ConversationId,
  at: { readonly after?: number; readonly before?: number; readonly limit?: number | undefined },
): Promise<Messages> {
  const { limit, ...range } = at;
  const frame = { type: 'sync', ref: 'r', conversation_id: conversation, ...range, ...(limit && { limit }) } as const;
  const page = await exchange.messages.frames.sync(sessionOf(account), frame);
  assert.ok(page.ok, page.ok ? '' : page.code);
  return frameOf('messages', page.value);
}

/** Seqs with an item, upwards or downwards. */
async function seqs(
  exchange: Exchange,
  account: AccountId,
  conversation: ConversationId,
  downwards = false,
): Promise<readonly number[]> {
  const found: number[] = [];
  let at: { after?: number; before?: number } = downwards ? {} : { after: 0 };
  for (;;) {
    const page = await pageOf(exchange, account, conversation, { ...at, limit: 2 });
    found.push(...page.items.map(({ seq }) => seq));
    if (!page.has_more) return found.sort((a, b) => a - b);
    at = downwards ? { before: page.from_seq } : { after: page.to_seq };
  }
}

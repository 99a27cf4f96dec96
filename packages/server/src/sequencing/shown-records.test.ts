import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { firstShownLookMs, maxShownSenders } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { createHistory } from '../messages/history.ts';
import type { Settings } from '../messages/settings.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { accountId, conversationRow, messageRow, put } from '../store/sample-rows.ts';
import { allLooks, conversation, type Envelope, envelope, gateway, group, turns } from './remote-rows-fixture.ts';

test('[CLU2] [CLU31] where a record moved more, or one was missed, the store is waited for', async () => {
  const ends: readonly (readonly Envelope[])[] = [
    [envelope(5, { after: null })],
    [envelope(6)],
    [envelope(5), envelope(6, { memberN: 3 })],
  ];
  for (const heard of ends) {
    const { rows, clock, store } = await gateway(group);
    for (const each of heard) rows.heard(each);
    const [newest] = heard.toReversed();
    const read = rows.get('conversations', [conversation]);
    await turns();
    assert.equal(clock.pending, 1);
    const next = { ...group, seq: newest?.seq ?? 0, memberN: newest?.memberN ?? 0 };
    await store.commit(put('conversations', next), null);
    clock.advance(firstShownLookMs);
    assert.deepEqual(await read, next);
    assert.deepEqual(rows.conversation(conversation), next);
  }
});

test('[CLU31] a state of a store that stays behind is given to who asks, and not held', async () => {
  const { rows, clock, store } = await gateway(group);
  rows.heard(envelope(5, { after: null }));
  const read = rows.get('conversations', [conversation]);
  await allLooks(clock);
  assert.deepEqual(await read, group);
  assert.equal(rows.conversation(conversation), undefined);
  await store.commit(put('conversations', { ...group, seq: 5 }), null);
  await rows.get('conversations', [conversation]);
  assert.equal(rows.conversation(conversation)?.seq, 5);
});

test('[CLU31] no page covers a record that was shown and is not stored yet, up or down', async () => {
  const chat = { ...group, kind: 'direct', contact: true } as const;
  const { rows, clock, store } = await gateway(chat);
  await store.commit(put('messages', ...[1, 2, 3, 4].map((seq) => messageRow(1, seq))), null);
  await rows.get('conversations', [conversation]);
  rows.heard(envelope(5));
  const page = createHistory(rows, { clearedUpTo: async () => 0 } as unknown as Settings, clock);
  const [account] = [...(chat.members?.keys() ?? [])] as [AccountId];
  for (const request of [{ after: 4 }, { before: 6 }, {}]) {
    const refused = assert.rejects(page(account, { conversation, ...request }), Unavailable);
    await allLooks(clock);
    await refused;
  }
  const pages = [{ after: 4 }, { before: 6 }, {}].map((request) => page(account, { conversation, ...request }));
  await turns();
  await store.commit([...put('messages', messageRow(1, 5)), ...put('conversations', { ...chat, seq: 5 })], null);
  await allLooks(clock);
  for (const found of await Promise.all(pages)) {
    assert.ok(found.ok);
    assert.equal(found.value.toSeq, 5);
    assert.equal((JSON.parse(Buffer.from(found.value.items.at(-1) ?? []).toString()) as { seq: number }).seq, 5);
  }
});

test('[CLU31] what the store knows to be gone is not waited for, nor what is asked for below the newest', async () => {
  const { rows, clock, store } = await gateway({ ...group, seq: 5 });
  await store.commit(put('messages', messageRow(1, 4)), null);
  rows.heard(envelope(5));
  assert.equal(await rows.get('messages', [conversation, 5]), undefined);
  const prefix = [conversation];
  assert.equal((await rows.list('messages', { prefix, after: [3], before: [6], limit: 10 })).length, 1);
  assert.equal((await rows.list('messages', { prefix, after: [3], before: [6], limit: 1 })).length, 1);
  assert.equal((await rows.list('messages', { prefix, after: [5], before: [6], limit: 10 })).length, 0);
  assert.equal((await rows.list('messages', { prefix, after: [5], limit: 10 })).length, 0);
  assert.equal(clock.pending, 0);
});

test('[CLU31] members are as new as the newest record that may have changed them, settings as new as their log', async () => {
  const log = conversationRow(2, { conversation: accountLog(accountId(1)), kind: 'account', seq: 1 });
  const { rows, clock, store, fault } = await gateway(group, log);
  rows.heard(envelope(5, { after: null }));
  rows.heard(envelope(6));
  rows.heard(envelope(2, { conversation: log.conversation }));
  const reads = [
    () => rows.list('members', { prefix: [conversation], limit: 10 }),
    () => rows.get('members', [conversation, accountId(1), 1]),
    () => rows.list('settings', { prefix: [accountId(1)], limit: 10 }),
    () => rows.get('settings', [accountId(1), 'draft/x']),
  ];
  for (const read of reads) {
    const refused = assert.rejects(read(), Unavailable);
    await allLooks(clock);
    await refused;
  }
  await store.commit(put('conversations', { ...group, seq: 5 }, { ...log, seq: 2 }), null);
  await Promise.all(reads.map((read) => read()));
  const asked = fault.reads;
  rows.heard(envelope(7));
  await Promise.all(reads.map((read) => read()));
  assert.equal(fault.reads - asked, reads.length, 'what it has is known');
  assert.equal(clock.pending, 0);
});

test('[CLU31] a state that was read too early, and whose hint was missed, is read again when the record stands', async () => {
  const { rows, store } = await gateway(group);
  await rows.get('conversations', [conversation]);
  rows.stand([{ conversation, seq: group.seq }]);
  assert.deepEqual(rows.conversation(conversation), group);
  await store.commit(put('conversations', { ...group, seq: 5 }), null);
  rows.stand([{ conversation, seq: 5 }]);
  assert.equal(rows.conversation(conversation), undefined);
  assert.equal((await rows.get('conversations', [conversation]))?.seq, 5);
});

test('[CLU31] who said what counts is known of the newest records without the store', async () => {
  const { rows } = await gateway(group);
  assert.equal(rows.counted(conversation, 5), undefined);
  rows.heard(envelope(5));
  rows.heard(envelope(6, { counts: false }));
  assert.equal(rows.counted(conversation, 5), accountId(1));
  assert.equal(rows.counted(conversation, 6), null);
  assert.equal(rows.counted(conversation, 7), undefined);
  for (let seq = 7; seq <= maxShownSenders + 5; seq++) rows.heard(envelope(seq));
  assert.equal(rows.counted(conversation, 5), undefined, 'bounded');
  assert.equal(rows.counted(conversation, 6), null);
  rows.heard(envelope(maxShownSenders + 7));
  assert.equal(rows.counted(conversation, maxShownSenders + 5), undefined, 'one was missed');
});

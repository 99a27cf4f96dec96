// What is taken in goes on being taken in, whatever bug of ours it meets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, changes, chat, group, messages, record, Stage, wire } from './client-fixture.ts';
import { plainCrypto } from './crypto/plain.ts';
import { ChatError } from './error.ts';
import { HandClock, seenByHost, settle } from './fixture.ts';
import { Inbox } from './inbox.ts';
import * as limits from './limits.ts';
import { MemoryDisk, MemoryStore } from './platform/memory.ts';
import { Replica } from './replica.ts';

test('[INB73] a record that we fail at shows where the host sees it, and stops nothing that came with it', async (t) => {
  const seen = seenByHost(t);
  const bug = new TypeError('a bug of ours');
  let isMended = false;
  const stage = await Stage.open(undefined, 1, {
    crypto: {
      open: async (order) => {
        if (order.content === 'text 2' && !isMended) throw bug;
        return plainCrypto.open(order);
      },
    },
  });
  await stage.up([wire(chat), wire(group, { kind: 'group' })]);
  const pushed = [record(chat, 1), record(chat, 2), record(chat, 3), record(group, 1), record(group, 2)];
  // The text of the one that fails is that of another as well.
  await stage.push(...pushed.map((each) => (each.conversation_id === group ? { ...each, content: 'flowers' } : each)));
  assert.deepEqual(await stage.shown(), ['text 1:received']);
  assert.deepEqual(await stage.shown(group), ['flowers:received', 'flowers:received']);
  assert.deepEqual(seen, [bug]);
  // It is asked for again, and what came after it, which waits.
  await stage.clock.advance(limits.holdMs);
  const early = stage.question();
  assert.deepEqual([early.conversation_id, early.after], [chat, 1]);
  await stage.answer(early, messages(chat, 2, 2, [record(chat, 2)]));
  assert.deepEqual(seen, [bug, bug]);
  isMended = true;
  await stage.clock.advance(limits.fillRetryMs + limits.changesDebounceMs);
  for (const question of stage.socket.of('sync').slice(-2))
    await stage.answer(
      question,
      question.conversation_id === chat
        ? messages(chat, 2, 2, [record(chat, 2)])
        : changes([wire(chat, { head: 3, ord: 3 })]),
    );
  assert.deepEqual(
    await stage.shown(),
    [1, 2, 3].map((seq) => `text ${seq}:received`),
  );
  assert.deepEqual(seen, [bug, bug]);
  await stage.close();
});

test('[LOC75] a bug of ours after a batch is kept keeps nothing that comes later from being taken in', async (t) => {
  const seen = seenByHost(t);
  const bug = new Error('a bug of ours');
  const disk = new MemoryDisk();
  const replica = new Replica(new MemoryStore(disk), disk.hub.member());
  const told: string[] = [];
  const fail = (what: string) => {
    told.push(what);
    throw bug;
  };
  const inbox = new Inbox(replica, plainCrypto, new HandClock(), {
    me: ana,
    onConfirmed: () => {},
    onUnkept: () => {},
    onKept: () => fail('kept'),
    onHole: () => {},
    onFailed: () => fail('failed'),
  });
  const task = (run: () => Promise<void>) => inbox.take({ type: 'task', run });
  await task(async () => {});
  await assert.rejects(
    task(async () => {
      throw new ChatError('client.storage');
    }),
    { code: 'client.storage' },
  );
  await settle();
  await task(async () => {});
  await settle();
  assert.deepEqual(
    [told, seen],
    [
      ['kept', 'failed', 'kept'],
      [bug, bug, bug],
    ],
  );
  await replica.close();
});

// Catching up, seen through a whole client: everything once, in order, whatever was missed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { archiveKey } from '@parley/protocol/settings';
import fc from 'fast-check';
import { accountLog, ana, changes, chat, group, messages, record, room, Stage, wire } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

const account = { kind: 'account', peer: undefined as never } as const;
const texts = (count: number, from = 1) => Array.from({ length: count }, (_, at) => `text ${from + at}:received`);

/** Everything that a conversation shows, read from the newest down. */
async function whole(stage: Stage, id: ConversationId = chat): Promise<readonly string[]> {
  const timeline = stage.conversation(id).timeline({ count: limits.maxWindowRows });
  await settle();
  const shown = timeline.snapshot.items.map((item) => `${item.text}:${item.state}`);
  timeline.close();
  return shown;
}

test('[SYN1] hello gives back the since that was kept with what it stands for, page after page', async () => {
  const stage = await Stage.open();
  stage.socket.opened();
  assert.equal(stage.socket.of('hello')[0]?.since, undefined);
  await stage.welcome();
  await stage.push(changes([wire(chat)], { has_more: true, since: 'page1' }));
  assert.equal(stage.question().since, 'page1');
  stage.store.failure = new Error('the disk is full');
  await stage.answer(stage.question(), changes([wire(group, { kind: 'group' })], { since: 'page2' }));
  assert.notEqual(stage.client.state.snapshot.phase, 'online');
  stage.store.failure = null;
  stage.socket.dropped();
  await stage.clock.advance(2_000);
  stage.socket.opened();
  assert.equal(stage.socket.of('hello')[0]?.since, 'page1');
  await stage.welcome();
  await stage.push(changes([wire(group, { kind: 'group' })], { since: 'page2' }));
  await stage.client.caughtUp();
  assert.deepEqual(stage.client.conversations.snapshot.map((one) => one.id).sort(), [chat, group].sort());
  await stage.close();
});

test('[SYN1] it is caught up when every conversation is at its head, and not before', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 2, ord: 2 }), wire(group, { kind: 'group', head: 1, ord: 1 })]);
  const [first, second] = stage.socket.of('sync');
  assert.ok(first && second);
  let caughtUp = false;
  const waiting = stage.client.caughtUp().then(() => {
    caughtUp = true;
  });
  await stage.refuse({ ref: second.ref }, 'unavailable');
  await stage.answer(first, messages(chat, 1, 2, [record(chat, 1), record(chat, 2)]));
  assert.equal(caughtUp, false);
  await stage.clock.advance(limits.fillRetryMs);
  const again = stage.socket.of('sync').find((asked) => asked.conversation_id === group && asked.ref !== second.ref);
  assert.ok(again);
  await stage.answer(again, messages(group, 1, 1, [record(group, 1)]));
  await waiting;
  await stage.close();
});

test('[R6] [SYN2] whatever is lost, broken off or repeated, a device ends up with every record once and in order', async () => {
  const anyMove = fc.constantFrom('say', 'say unheard', 'say twice', 'break', 'restart', 'time' as const);
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyMove, { minLength: 5, maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (moves, page) => {
        const desk = new Desk();
        desk.page = page;
        for (const id of [chat, group]) desk.open(id, id === group ? { kind: 'group' } : {});
        let stage = await Stage.open();
        const told: string[] = [];
        const listen = () => stage.client.onMessage(({ conversation, text }) => told.push(`${conversation} ${text}`));
        listen();
        await stage.up(desk.list());
        await desk.serve(stage);
        let said = 0;
        for (const move of moves) {
          const id = said % 3 === 0 ? group : chat;
          if (move.startsWith('say')) {
            said++;
            const envelope = desk.say(id);
            if (move !== 'say unheard') await stage.push(envelope);
            if (move === 'say twice') await stage.push(envelope);
          } else if (move === 'break') await stage.reconnect(desk.list());
          else if (move === 'restart') {
            await stage.close();
            stage = await Stage.open(stage, stage.seed + 1);
            listen();
            await stage.up(desk.list());
          } else await stage.pass(1_000);
          if (said % 2 === 0) await desk.serve(stage);
        }
        await stage.reconnect(desk.list());
        await desk.serve(stage);
        for (const { conversation_id: id, head } of desk.list()) {
          assert.deepEqual(await whole(stage, id), texts(head));
          assert.equal(stage.conversation(id).snapshot.unread, head);
          assert.deepEqual(
            told.filter((each) => each.startsWith(id)),
            Array.from({ length: head }, (_, at) => `${id} text ${at + 1}`),
          );
        }
        await stage.close();
      },
    ),
    { numRuns: 30 },
  );
});

test('[R6] [SYN2] beyond five thousand, two hundred in a room, it begins at the newest page and the rest comes on scroll', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(room, { kind: 'room', title: 'Tea' })]);
  await stage.push(record(chat, 1), record(room, 1));
  await stage.reconnect([
    wire(chat, { head: 5_001, ord: 5_001 }),
    wire(room, { kind: 'room', title: 'Tea', head: 202, ord: 202 }),
  ]);
  const asked = stage.socket.of('sync').map((question) => [question.conversation_id, question.after, question.limit]);
  assert.deepEqual(asked, [
    [chat, 1, 200],
    [room, undefined, limits.windowRows],
  ]);
  await stage.reconnect([wire(chat, { head: 5_002, ord: 5_002 })]);
  const newest = stage.socket.of('sync').find((question) => question.conversation_id === chat);
  assert.equal(newest?.after, undefined);
  const page = Array.from({ length: 50 }, (_, at) => record(chat, 4_953 + at));
  await stage.answer(newest as never, messages(chat, 4_953, 5_002, page, { has_more: true }));
  const timeline = stage.conversation().timeline();
  await settle();
  assert.deepEqual([timeline.snapshot.items[0]?.text, timeline.snapshot.older], ['text 4953', 'more']);
  const loading = timeline.loadOlder(50);
  await settle();
  const older = stage.question();
  assert.deepEqual([older.conversation_id, older.before], [chat, 4_953]);
  const below = Array.from({ length: 50 }, (_, at) => record(chat, 4_903 + at));
  await stage.answer(older, messages(chat, 4_903, 4_952, below, { head: 5_002, has_more: true }));
  await loading;
  assert.equal(timeline.snapshot.items[0]?.text, 'text 4903');
  await stage.close();
});

test('[SYN3] a new device begins at the newest page of each conversation and with the present settings', async () => {
  const stage = await Stage.open();
  stage.http.on('GET /v1/me/settings', {
    items: [{ key: archiveKey(chat), value: '1', seq: 7 }],
    has_more: false,
  });
  await stage.up([
    wire(chat, { head: 900, ord: 900, read: 899, read_ord: 899 }),
    wire(accountLog, { ...account, head: 40, ord: 0 }),
  ]);
  const asked = stage.socket.of('sync').map((question) => [question.conversation_id, question.after, question.limit]);
  assert.deepEqual(asked, [[chat, undefined, limits.windowRows]]);
  assert.equal(stage.conversation().snapshot.archived, true);
  // A setting that comes later follows on, and none of the forty is asked for.
  await stage.push(setting(41, archiveKey(chat), ''));
  assert.equal(stage.conversation().snapshot.archived, false);
  await stage.close();
});

test('[ENC235] settings without an end are left, and asked for again after a while', async () => {
  const stage = await Stage.open();
  const endless = { items: [{ key: archiveKey(chat), value: '1', seq: 7 }], has_more: true, next_cursor: 'again' };
  stage.http.on('GET /v1/me/settings', endless);
  await stage.up([wire(chat), wire(accountLog, { ...account, head: 40, ord: 0 })]);
  const calls = () => stage.http.asked.filter(({ path }) => path.startsWith('/v1/me/settings')).length;
  const before = calls();
  assert.ok(before <= 2, `${before} calls`);
  assert.equal(stage.conversation().snapshot.archived, false);
  stage.http.on('GET /v1/me/settings', { ...endless, has_more: false });
  await stage.pass(limits.fillRetryMs + limits.changesDebounceMs);
  assert.equal(stage.conversation().snapshot.archived, true);
  await stage.close();
});

function setting(seq: number, key: string, value: string) {
  return record(accountLog, seq, { kind: 'setting', ord: 0, key, value, sender: ana, content: undefined as never });
}

test('[SYN4] the first heartbeat and a changed counter make the client ask, the same one does not', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const beat = async (change: string) => {
    await stage.push({ type: 'heartbeat', change, server_time: new Date(stage.clock.now()).toISOString() });
    await stage.clock.advance(limits.changesDebounceMs);
    return stage.socket.of('sync').length;
  };
  assert.equal(await beat('c1'), 1);
  await stage.answer(stage.question(), changes([]));
  assert.equal(await beat('c1'), 1);
  // The push of this one was lost.
  assert.equal(await beat('c2'), 2);
  await stage.answer(stage.question(), changes([wire(chat, { head: 1, ord: 1 })]));
  await stage.answer(stage.question(), messages(chat, 1, 1, [record(chat, 1)]));
  assert.deepEqual(await stage.shown(), texts(1));
  assert.equal(await beat('c2'), 3);
  await stage.close();
});

test('[SYN5] a refusal is followed as long as it says, and asked again', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 1, ord: 1 })]);
  await stage.refuse({ ref: stage.question().ref }, 'rate.limited', { retry_after_ms: 9_000 });
  await stage.clock.advance(8_900);
  assert.equal(stage.socket.of('sync').length, 1);
  await stage.clock.advance(200);
  const again = stage.socket.of('sync').filter((question) => question.conversation_id === chat);
  assert.equal(again.length, 2);
  await stage.answer(again[1] as never, messages(chat, 1, 1, [record(chat, 1)]));
  assert.deepEqual(await stage.shown(), texts(1));
  await stage.close();
});

test('[SYN5] what is denied is not asked again until something changes', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { kind: 'group', head: 3, ord: 3 })]);
  await stage.refuse({ ref: stage.question().ref }, 'conversation.denied');
  await stage.client.caughtUp();
  await stage.pass(40_000);
  const asked = () => stage.socket.of('sync').filter((question) => question.conversation_id === group).length;
  assert.equal(asked(), 1);
  // Back in the group: the record that says so is pushed, and there is a hole below it.
  await stage.push(record(group, 5));
  await stage.clock.advance(limits.holdMs);
  assert.equal(asked(), 2);
  await stage.close();
});

// What a timeline shows, seen through a whole client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, chat, messages, Stage, type WireChanges } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { roomId } from './direct-id.ts';
import { messageId, settle } from './fixture.ts';
import * as limits from './limits.ts';

/** A client in a chat of so many messages, of which it has the newest page. */
async function inChat(count: number, more: WireChanges = {}) {
  const desk = new Desk();
  desk.open(chat, more);
  for (let n = 1; n <= count; n++) desk.say(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await desk.serve(stage);
  return { desk, stage };
}

/** Lets a load get its pages. */
async function loaded(load: Promise<void>, desk: Desk, stage: Stage): Promise<void> {
  let done = false;
  const end = load.finally(() => {
    done = true;
  });
  end.catch(() => {});
  for (let round = 0; round < 100 && !done; round++) {
    await settle();
    await desk.serve(stage);
  }
  await end;
}

test('[TLN4] what is on its way comes last, in the order in which it was written, and is shown once when it has its seq', async () => {
  const { stage, desk } = await inChat(2);
  const timeline = stage.conversation().timeline();
  await stage.conversation().send('one');
  await stage.conversation().send('two');
  await stage.push(desk.say(chat));
  const shown = () => timeline.snapshot.items.map((item) => `${item.text}:${item.seq ?? item.state}`);
  assert.deepEqual(shown(), ['text 1:1', 'text 2:2', 'text 3:3', 'one:pending', 'two:pending']);
  const [one, two] = stage.outgoing;
  await stage.push(stage.confirm(two as never, 4));
  assert.deepEqual(shown(), ['text 1:1', 'text 2:2', 'text 3:3', 'two:4', 'one:pending']);
  await stage.push(stage.confirm(one as never, 5));
  await stage.push(stage.confirm(one as never, 5));
  assert.deepEqual(shown(), ['text 1:1', 'text 2:2', 'text 3:3', 'two:4', 'one:5']);
  await stage.close();
});

test('[TLN7] a timeline begins at the newest and grows at the old end, from the store and then from the server', async () => {
  const { stage, desk } = await inChat(130);
  const timeline = stage.conversation().timeline({ count: 20 });
  await settle();
  const edges = () => {
    const { items, older, newer } = timeline.snapshot;
    return [items[0]?.seq, items.at(-1)?.seq, older, newer];
  };
  assert.deepEqual(edges(), [111, 130, 'more', 'end']);
  const asked = stage.socket.of('sync').length;
  await timeline.loadOlder(30);
  assert.deepEqual(edges(), [81, 130, 'more', 'end']);
  assert.equal(stage.socket.of('sync').length, asked);
  const loading = timeline.loadOlder(50);
  await settle();
  assert.equal(timeline.snapshot.older, 'loading');
  await loaded(loading, desk, stage);
  assert.deepEqual(edges(), [31, 130, 'more', 'end']);
  stage.socket.dropped();
  await assert.rejects(timeline.loadOlder(100), { code: 'client.unreachable' });
  assert.equal(timeline.snapshot.older, 'unreachable');
  await stage.upAgain(desk.list());
  await loaded(timeline.loadOlder(100), desk, stage);
  assert.deepEqual(edges(), [1, 130, 'end', 'end']);
  await timeline.loadOlder(10);
  await stage.push(desk.say(chat));
  assert.deepEqual(edges(), [1, 131, 'end', 'end']);
  await stage.close();
});

test('[TLN7] a chat that is opened on a new device comes before all the others that are being fetched', async () => {
  const desk = new Desk();
  const origins = Array.from({ length: 40 }, (_, n) => ({ by: ana, as: messageId(n) }));
  const last = roomId(origins.at(-1) ?? assert.fail());
  for (const made of origins) {
    const id = roomId(made);
    desk.open(id, { kind: 'room', made });
    for (let n = 1; n <= 3; n++) desk.say(id);
  }
  const stage = await Stage.open();
  await stage.up(desk.list());
  const isAsked = () => stage.socket.of('sync').some((question) => question.conversation_id === last);
  assert.equal(isAsked(), false, 'it waits behind the others');
  const timeline = stage.client.conversation(last)?.timeline();
  await settle();
  assert.equal(isAsked(), true);
  const question = stage.socket.of('sync').find((one) => one.conversation_id === last);
  await stage.answer(question as never, desk.answer(question as never));
  await settle();
  assert.deepEqual(
    timeline?.snapshot.items.map(({ seq }) => seq),
    [1, 2, 3],
  );
  assert.equal(timeline?.snapshot.newer, 'end');
  await desk.serve(stage);
  const questions = stage.socket.of('sync').filter((one) => one.conversation_id === last);
  assert.equal(questions.length, 1, 'and is not asked for again');
  await stage.close();
});

test('[TLN7] a timeline begins at the first unread, with a line there, and comes to the newest', async () => {
  const { stage, desk } = await inChat(130, { read: 60, read_ord: 60 });
  await loaded(stage.conversation().timeline({ at: 60 }).loadOlder(1), desk, stage);
  const timeline = stage.conversation().timeline({ at: 'unread', count: 20 });
  await settle();
  assert.equal(timeline.snapshot.firstUnreadSeq, 61);
  assert.ok(timeline.snapshot.items.some((item) => item.seq === 61));
  assert.ok(!timeline.snapshot.items.some((item) => item.seq === 130));
  assert.equal(timeline.snapshot.newer, 'more');
  await stage.push(desk.say(chat));
  assert.ok(!timeline.snapshot.items.some((item) => item.seq === 131));
  await loaded(timeline.loadNewer(100), desk, stage);
  assert.deepEqual([timeline.snapshot.items.at(-1)?.seq, timeline.snapshot.newer], [131, 'end']);
  await stage.push(desk.say(chat));
  assert.equal(timeline.snapshot.items.at(-1)?.seq, 132);
  // The line stays where it was when the timeline was opened.
  await stage.conversation().markRead(132);
  assert.equal(timeline.snapshot.firstUnreadSeq, 61);
  await stage.close();
});

test('[TLN7] jumping goes to a message from wherever it is, and back to the newest', async () => {
  const { stage, desk } = await inChat(400);
  const timeline = stage.conversation().timeline({ count: 20 });
  await settle();
  await loaded(timeline.jumpTo(100), desk, stage);
  const seqs = timeline.snapshot.items.map((item) => item.seq ?? 0);
  assert.ok(seqs.includes(100) && !seqs.includes(400));
  assert.deepEqual(
    seqs,
    seqs.map((_, at) => (seqs[0] ?? 0) + at),
  );
  await timeline.jumpToNewest();
  assert.equal(timeline.snapshot.items.at(-1)?.seq, 400);
  await stage.close();
});

test('[TLN7] a jump to what is not there is refused, and leaves the window as it is', async () => {
  const { stage, desk } = await inChat(3);
  const timeline = stage.conversation().timeline();
  await settle();
  const jump = assert.rejects(loaded(timeline.jumpTo(99), desk, stage), { code: 'message.unknown' });
  await jump;
  assert.equal(timeline.snapshot.items.length, 3);
  timeline.close();
  await assert.rejects(timeline.loadOlder(), { code: 'client.closed' });
  await stage.close();
});

test('[TLN7] after a hole too large to be filled it follows the newest again', async () => {
  const { stage, desk } = await inChat(10);
  const timeline = stage.conversation().timeline();
  await settle();
  for (let n = 0; n < limits.maxFill + 100; n++) desk.say(chat);
  await stage.reconnect(desk.list());
  await desk.serve(stage);
  const { items, newer, older } = timeline.snapshot;
  assert.deepEqual([items.at(-1)?.seq, newer, older], [limits.maxFill + 110, 'end', 'more']);
  assert.equal(items.length, limits.windowRows);
  await stage.close();
});

test('[TLN8] a window holds two thousand rows: the old ones go while it follows, the new ones while it scrolls up', async () => {
  const { stage, desk } = await inChat(3_000);
  const timeline = stage.conversation().timeline({ count: 50 });
  await settle();
  for (let round = 0; round < 45; round++) await loaded(timeline.loadOlder(50), desk, stage);
  const seqs = () => timeline.snapshot.items.map((item) => item.seq ?? 0);
  assert.equal(seqs().length, limits.maxWindowRows);
  assert.equal(timeline.snapshot.newer, 'more');
  assert.ok(!seqs().includes(3_000));
  await stage.push(desk.say(chat));
  assert.ok(!seqs().includes(3_001));
  await timeline.jumpToNewest();
  for (let n = 0; n < limits.maxWindowRows; n++) stage.say(desk.say(chat));
  await settle();
  assert.equal(seqs().length, limits.maxWindowRows);
  assert.deepEqual([seqs().at(-1), timeline.snapshot.older], [5_001, 'more']);
  await stage.close();
});

test('[TLN6] history gives every message once, newest first, from the store and the server', async () => {
  const { stage, desk } = await inChat(320);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const message of stage.conversation().history()) seen.push(message.seq ?? 0);
  })();
  await loaded(reading, desk, stage);
  assert.deepEqual(
    seen,
    Array.from({ length: 320 }, (_, at) => 320 - at),
  );
  const few: number[] = [];
  for await (const message of stage.conversation().history({ before: 11, limit: 3 })) few.push(message.seq ?? 0);
  assert.deepEqual(few, [10, 9, 8]);
  await stage.close();
});

test('[TLN6] however many messages only this device has, they and the one before them are shown', async () => {
  const { stage, desk } = await inChat(0);
  for (let n = 1; n <= 130; n++) stage.say(desk.say(chat));
  await settle();
  desk.cut(chat, 10);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  const timeline = stage.conversation().timeline({ count: 20 });
  await settle();
  await loaded(timeline.loadOlder(200), desk, stage);
  const { items } = timeline.snapshot;
  assert.equal(items.filter((item) => item.onlyHere).length, 120);
  assert.deepEqual(
    items.filter((item) => !item.onlyHere).map((item) => item.seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  const answer = messages(chat, 1, 10, []);
  assert.equal(answer.items.length, 0);
  await stage.close();
});

test('[TLN8] what comes in while older messages are being read leaves no hole', async () => {
  const { stage, desk } = await inChat(2_100);
  const reading = (async () => {
    for await (const { seq } of stage.conversation().history()) assert.ok(seq);
  })();
  await loaded(reading, desk, stage);
  const timeline = stage.conversation().timeline({ count: 50 });
  await settle();
  for (let round = 0; round < 39; round++) await timeline.loadOlder(50);
  const seqs = () => timeline.snapshot.items.map((item) => item.seq ?? 0);
  assert.equal(seqs().length, limits.maxWindowRows);
  const hold = stage.store.holdLists();
  const loading = timeline.loadOlder(50);
  await stage.push(desk.say(chat));
  hold.release();
  await loaded(loading, desk, stage);
  const [first = 0] = seqs();
  assert.deepEqual(
    seqs(),
    seqs().map((_, at) => first + at),
  );
  await stage.close();
});

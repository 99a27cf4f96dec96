// Several clients on one store: one leads and holds the connection, the others show the same and say through it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accountLog, ana, ben, chat, cleo, me, messages, quiet, record, Stage, wire } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { messageId, settle } from './fixture.ts';
import * as limits from './limits.ts';
import { MemoryStore } from './platform/memory.ts';
import type { LocalWrite } from './ports.ts';
import type { MessageRow } from './rows.ts';

const account = { kind: 'account', peer: undefined as never } as const;

/** Everything that a client shows. */
async function shown(stage: Stage) {
  const timeline = stage.conversation().timeline();
  await settle();
  const { items, older, newer } = timeline.snapshot;
  timeline.close();
  const { settings, conversations, state } = stage.client;
  return {
    items,
    older,
    newer,
    settings: settings.snapshot,
    list: conversations.snapshot,
    phase: state.snapshot.phase,
  };
}

async function twoTabs() {
  const leader = await Stage.open();
  await leader.up([wire(chat), wire(accountLog, account)]);
  const follower = await Stage.open(leader, 2);
  return { leader, follower };
}

test('[LOC5] one of the clients on a store leads and has a socket, the others have none and know how it stands', async () => {
  const { leader, follower } = await twoTabs();
  const third = await Stage.open(leader, 3);
  assert.deepEqual(
    [leader, follower, third].map((stage) => [stage.client.leads.snapshot, stage.sockets.all.length]),
    [
      [true, 1],
      [false, 0],
      [false, 0],
    ],
  );
  assert.equal(follower.client.state.snapshot.phase, 'online');
  leader.socket.dropped();
  await settle();
  assert.equal(third.client.state.snapshot.phase, 'waiting');
  for (const stage of [leader, follower, third]) await stage.close();
});

test('[LOC5] whatever comes in and whoever says something, all clients of a store show the same', async () => {
  const anyMove = fc.constantFrom(
    'push',
    'react',
    'receipt',
    'leader says',
    'follower says',
    'confirm',
    'star',
    'read' as const,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyMove, { minLength: 3, maxLength: 25 }), async (moves) => {
      const { leader, follower } = await twoTabs();
      const desk = new Desk();
      const told: string[][] = [[], []];
      for (const [at, stage] of [leader, follower].entries())
        stage.client.onMessage(({ text }) => told[at]?.push(text));
      let head = 0;
      for (const move of moves) {
        const count = desk.answer({ type: 'sync', ref: 'x', conversation_id: chat }) as { head: number };
        head = count.head;
        const [frame] = leader.outgoing;
        if (move === 'push') await leader.push(desk.say(chat));
        else if (move === 'react')
          await leader.push(desk.say(chat, quiet({ type: 'reaction', target: 1, emoji: '👍' })));
        else if (move === 'receipt')
          await leader.push({ type: 'receipt', conversation_id: chat, account: ben, delivered: head, read: head });
        else if (move === 'leader says') await leader.conversation().send(`leader ${head}`);
        else if (move === 'follower says') await follower.conversation().send(`follower ${head}`);
        else if (move === 'star') await follower.conversation().star(1, head % 2 === 0);
        else if (move === 'read') await follower.conversation().markRead(head);
        else if (frame?.conversation_id === chat) {
          leader.socket.take();
          await leader.push(desk.say(chat, leader.confirm(frame, head + 1, { ord: head + 1 })));
        }
        await settle();
        assert.deepEqual(await shown(follower), await shown(leader));
      }
      assert.deepEqual(told[1], told[0]);
      await follower.close();
      await leader.close();
    }),
    { numRuns: 20 },
  );
});

test('[LOC15] what a leader kept and could not tell any more is shown by the others, also in what is open', async () => {
  const { leader, follower } = await twoTabs();
  await leader.push(record(chat, 1));
  const timeline = follower.conversation().timeline();
  await settle();
  const seqs = () => timeline.snapshot.items.map(({ seq }) => seq);
  assert.deepEqual(seqs(), [1]);
  const store = new MemoryStore(leader.disk);
  const [message] = await store.list('messages', { prefix: [chat], limit: 1 });
  const [conversation] = await store.list('conversations', { prefix: [chat], limit: 1 });
  const row = (seq: number) => ({ ...(message?.value as MessageRow), seq, ord: seq, id: messageId(seq) });
  await store.write([
    { table: 'messages', key: [chat, 1], remove: true },
    ...[2, 3].map((seq) => ({ table: 'messages', key: [chat, seq], value: row(seq) }) as const),
    { table: 'conversations', key: [chat], value: { ...(conversation?.value as object), head: 3, ranges: [[1, 3]] } },
  ] as readonly LocalWrite[]);
  leader.disk.hub.member().post({ post: 'gap' });
  await settle();
  assert.deepEqual(seqs(), [2, 3]);
  for (const stage of [leader, follower]) await stage.close();
});

test('[LOC5] what a follower wants the leader does: older pages, members, typing, watching, reading', async () => {
  const { leader, follower } = await twoTabs();
  await leader.push(record(chat, 1));
  follower.conversation().typing();
  follower.client.presence.watch([ben], [chat]);
  await follower.conversation().markRead(1);
  await settle();
  assert.equal(leader.socket.of('typing').length, 1);
  assert.deepEqual(leader.socket.of('watch').at(-1), { type: 'watch', accounts: [ben], conversations: [chat] });
  assert.deepEqual(leader.receipts('read'), [[chat, 1]]);
  // Both have something on screen: the server is told of all of it.
  leader.client.presence.watch([cleo], []);
  assert.deepEqual(leader.socket.of('watch').at(-1)?.accounts, [cleo, ben]);
  await leader.push(
    { type: 'presence', account: ben, state: 'online' },
    { type: 'typing', conversation_id: chat, sender: ben },
  );
  assert.equal(follower.client.presence.get(ben)?.state, 'online');
  assert.deepEqual(follower.conversation().snapshot.typing, [ben]);
  const pulling = follower.conversation().message(7);
  await settle();
  assert.equal(leader.question().after, 6);
  await leader.answer(leader.question(), messages(chat, 7, 7, [record(chat, 7)]));
  assert.equal((await pulling)?.text, 'text 7');
  await follower.close();
  await leader.close();
});

test('[LOC5] a follower whose leader does not answer hears so in time', async () => {
  const { leader, follower } = await twoTabs();
  await leader.push(record(chat, 5));
  const late = assert.rejects(follower.conversation().message(2), { code: 'client.unreachable' });
  await leader.pass(limits.followTimeoutMs);
  await late;
  const closed = assert.rejects(follower.conversation().message(2), { code: 'client.closed' });
  await settle();
  await follower.close();
  await closed;
  await leader.close();
});

test('[LOC6] when the leader closes another one leads, and what waited goes out once, in order', async () => {
  const { leader, follower } = await twoTabs();
  await leader.conversation().send('by the leader');
  await follower.conversation().send('by the follower');
  await settle();
  // The first was accepted, and nobody heard of it.
  const [first] = leader.outgoing;
  await leader.close();
  await settle();
  assert.equal(follower.client.leads.snapshot, true);
  await follower.up([wire(chat, { head: 1, ord: 1 })]);
  await follower.answer(follower.question(), messages(chat, 1, 1, [leader.confirm(first as never, 1)]));
  assert.deepEqual(
    follower.outgoing.map((frame) => [frame.content, frame.first]),
    [
      ['by the leader', undefined],
      ['by the follower', undefined],
    ],
  );
  assert.deepEqual(await follower.shown(), ['by the leader:sent', 'by the follower:pending']);
  await follower.close();
});

test('[LOC6] a follower that comes to lead goes on from what is kept, not from what it heard', async () => {
  const { leader, follower } = await twoTabs();
  // The neighbours do not hear of these: the leader dies in the middle.
  const deaf = leader.disk.hub.mute();
  await leader.push(record(chat, 1), record(chat, 2));
  await leader.conversation().send('kept');
  deaf.stop();
  await leader.close();
  await follower.up([wire(chat, { head: 2, ord: 2 })]);
  assert.deepEqual(await follower.shown(), ['text 1:received', 'text 2:received', 'kept:pending']);
  assert.deepEqual(
    follower.outgoing.map((frame) => [frame.content, frame.first]),
    [['kept', undefined]],
  );
  await follower.close();
});

test('[LOC8] signing out ends every client of the store and removes everything, also without a server', async () => {
  for (const who of ['leader', 'follower'] as const) {
    const { leader, follower } = await twoTabs();
    await leader.push(record(chat, 1, { content: 'a secret' }));
    const client = (who === 'leader' ? leader : follower).client;
    const leaving = client.signOut();
    await settle();
    await leader.clock.advance(limits.clearedMs);
    await leaving;
    for (const stage of [leader, follower]) {
      assert.deepEqual(stage.client.state.snapshot, { phase: 'ended', code: 'auth.required', advice: 'sign_in' });
      await assert.rejects(stage.client.conversation(chat)?.send('late') ?? Promise.resolve(), {
        code: 'client.closed',
      });
    }
    for (const rows of leader.disk.tables.values()) assert.deepEqual(rows, []);
    assert.equal(leader.socket.closedWith, 1000);
  }
});

test('[LOC8] what a client was keeping when it signed out does not come back', async () => {
  const { leader, follower } = await twoTabs();
  const hold = leader.holdWrites();
  leader.say(record(chat, 1, { content: 'a secret' }));
  await settle();
  const leaving = leader.client.signOut();
  await settle();
  const late = follower.conversation().send('a secret, too');
  hold.release();
  await settle();
  await leader.clock.advance(limits.clearedMs);
  await leaving;
  await late.catch(() => {});
  for (const rows of leader.disk.tables.values()) assert.deepEqual(rows, []);
});

test('[LOC8] whoever closes a client while it signs out waits until everything is removed', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1, { content: 'a secret' }));
  const hold = stage.holdWrites();
  const leaving = stage.client.signOut();
  await settle();
  const closing = stage.client.close();
  hold.release();
  await settle();
  await stage.clock.advance(limits.clearedMs);
  await Promise.all([leaving, closing]);
  for (const rows of stage.disk.tables.values()) assert.deepEqual(rows, []);
});

test('[LOC8] a server that does not answer is given five seconds', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  stage.http.stall('DELETE /v1/session');
  const leaving = stage.client.signOut();
  await stage.clock.advance(limits.signOutMs);
  await stage.clock.advance(limits.clearedMs);
  await leaving;
  for (const rows of stage.disk.tables.values()) assert.deepEqual(rows, []);
  assert.equal(me.account, ana);
});

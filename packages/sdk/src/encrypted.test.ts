// A client whose chats are encrypted, with a provider whose keys the test gives and takes: what it seals for whom, what
// it does with what cannot be opened, and what several clients of one store see of the keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, DeviceId, Envelope, SendMessage, ToDeviceItem } from '@parley/protocol';
import { draftKey } from '@parley/protocol/settings';
import { accountLog, ana, ben, changes, chat, cleo, group, messages, record, Stage, wire } from './client-fixture.ts';
import { messageId, settle } from './fixture.ts';
import { HandKeys, sealed, session } from './hand-keys-fixture.ts';
import * as limits from './limits.ts';

let keys = new HandKeys();

async function stageWith(more: object = {}): Promise<Stage> {
  keys = new HandKeys();
  return Stage.open(undefined, 1, { crypto: keys.provider, ...more });
}

const members = (...accounts: readonly AccountId[]) => ({
  items: accounts.map((account) => ({ account, role: 'member', joined_seq: 1 })),
  has_more: false,
});

test('[ENC140] a message is sealed for the members that this device knows, at the version of their list', async () => {
  const stage = await stageWith();
  stage.http.on(`GET /v1/conversations/${group}/members`, members(ana, ben, cleo));
  await stage.up([wire(chat), wire(group, { kind: 'group', peer: undefined as never, member_n: 4 })]);
  await stage.conversation().send('hello');
  await stage.conversation(group).send('all');
  await settle();
  await settle();
  assert.deepEqual(keys.sealedFor, [
    [ana, ben],
    [ana, ben, cleo],
  ]);
  const [first, second] = stage.outgoing;
  assert.deepEqual([first?.format, first?.member_n, first?.keys_n], ['sealed', 1, 7]);
  assert.equal(second?.member_n, 4);
  await stage.close();
});

test('[ENC216] what this device sealed is not opened when it comes back as it was; anything else is', async () => {
  const stage = await stageWith();
  await stage.up([wire(chat)]);
  const { device } = stage.client.me.snapshot;
  /** Says it, and lets it come back with something changed. */
  const echo = async (text: string, seq: number, more: Partial<Envelope> = {}) => {
    await stage.conversation().send(text);
    await settle();
    const { id, content, format, timestamp, lamport } = stage.outgoing.at(-1) as SendMessage;
    const own = { id, content, format, timestamp, lamport, sender: ana, device } as Partial<Envelope>;
    await stage.push(record(chat, seq, { ...own, ...more }));
    return record(chat, seq + 1, { ...own, ...more, id: messageId(90 + seq) });
  };
  const again = await echo('as it was', 1);
  assert.equal(keys.opened.length, 0);
  keys.known.add(session);
  await echo('from a phone', 2, { device: `d_${'P'.repeat(22)}` as DeviceId });
  await echo('of somebody else', 3, { sender: ben });
  await echo('altered', 4, { content: `${session} {"type":"text","text":"other"}` });
  assert.equal(keys.opened.length, 3);
  await stage.push({ ...again, seq: 5, ord: 5 });
  assert.equal(keys.opened.length, 4);
  const timeline = stage.conversation().timeline();
  await settle();
  assert.deepEqual(
    timeline.snapshot.items.slice(0, 2).map(({ text }) => text),
    ['as it was', 'from a phone'],
  );
  timeline.close();
  await stage.close();
});

test('[ENC141] what was sealed for readers that are not the present ones is sealed anew; what is only repeated is not', async () => {
  const stage = await stageWith();
  await stage.up([wire(chat)]);
  await stage.conversation().send('hello');
  await settle();
  const [first] = stage.outgoing;
  await stage.reconnect([wire(chat)]);
  assert.equal(keys.sealedFor.length, 1, 'the same ciphertext goes out again');
  await stage.refuse({ id: first?.id as string }, 'devices.stale');
  assert.deepEqual(keys.told.at(-1), null);
  await stage.clock.advance(limits.retryMinMs * 4);
  assert.equal(keys.sealedFor.length, 2);
  assert.equal(stage.outgoing.at(-1)?.id, first?.id);
  await stage.close();
});

test('[ENC141] what the server lets nobody read is refused, and waits for nothing', async () => {
  const stage = await stageWith();
  stage.http.on(`GET /v1/conversations/${group}/members`, { status: 404, code: 'conversation.denied' }, 404);
  await stage.up([wire(group, { kind: 'group', peer: undefined as never })]);
  const sent = await stage.conversation(group).send('hello');
  await settle();
  await settle();
  assert.equal(sent.state, 'rejected');
  assert.deepEqual(stage.outgoing, []);
  await stage.close();
});

test('[ENC142] what cannot be opened waits in its place, and is shown and told when its key comes', async () => {
  const stage = await stageWith();
  const heard: string[] = [];
  stage.client.onMessage((message) => heard.push(message.text));
  await stage.up([wire(chat)]);
  await stage.push(
    record(chat, 1, sealed({ type: 'text', text: 'first' })),
    record(chat, 2),
    record(chat, 3, sealed({ type: 'edit', target: 1, text: 'mended' }, { kind: 'quiet' })),
  );
  const timeline = stage.conversation().timeline();
  await settle();
  const rows = () => timeline.snapshot.items.map(({ type, text }) => `${type} ${text}`);
  assert.deepEqual(rows(), ['undecryptable ', 'text text 2']);
  assert.deepEqual(heard, ['text 2']);
  assert.equal(stage.disk.tables.get('unopened')?.length, 2);
  keys.known.add(session);
  keys.parts?.onKey(chat, session);
  await settle();
  await settle();
  assert.deepEqual(rows(), ['text mended', 'text text 2']);
  assert.deepEqual(heard, ['text 2', 'mended']);
  assert.deepEqual(stage.disk.tables.get('unopened'), []);
  timeline.close();
  await stage.close();
});

test('[ENC331] when keys come, what the list shows is opened first, then the rest, the newest first', async () => {
  const stage = await stageWith();
  const other = 'O'.repeat(43);
  const others = { head: 60, ord: 60, kind: 'group', peer: undefined } as never;
  await stage.up([wire(chat), wire(group, others)]);
  const texts = Array.from({ length: 60 }, (_, at) => {
    const content = `${other} ${JSON.stringify({ type: 'text', text: `of all ${at + 1}` })}`;
    return record(group, at + 1, { content, format: 'sealed', id: messageId(100 + at) });
  });
  const [asked] = stage.socket.of('sync').filter(({ conversation_id: id }) => id === group);
  if (asked !== undefined) await stage.answer(asked, messages(group, 1, 60, texts));
  await stage.push(record(chat, 1, sealed({ type: 'text', text: 'alone' })));
  const tried = keys.opened.length;
  keys.known.add(session);
  keys.known.add(other);
  keys.parts?.onKey(chat, session);
  keys.parts?.onKey(group, other);
  await settle();
  await settle();
  const order = keys.opened.slice(tried).map(({ content }) => content.match(/(alone|of all \d+)/)?.[0]);
  assert.deepEqual(new Set(order.slice(0, 3)), new Set(['alone', 'of all 59', 'of all 60']));
  assert.equal(new Set(order).size, 61);
  assert.deepEqual(order.slice(-8), [
    'of all 1',
    'of all 2',
    'of all 3',
    'of all 4',
    'of all 5',
    'of all 6',
    'of all 7',
    'of all 8',
  ]);
  await stage.close();
});

test('[ENC142] a key that came while the program ended opens what waits at the next start', async () => {
  const stage = await stageWith();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1, sealed({ type: 'text', text: 'late' })));
  await stage.close();
  const known = keys.known.add(session);
  keys = new HandKeys();
  for (const one of known) keys.known.add(one);
  const again = await Stage.open(stage, 2, { crypto: keys.provider });
  await settle();
  assert.deepEqual(await again.shown(), ['late:received']);
  assert.equal(again.client.conversations.snapshot[0]?.last?.text, 'late');
  await again.close();
});

test('[ENC142] what was deleted, or never opens, waits for nothing any more', async () => {
  const stage = await stageWith();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1, sealed({ type: 'text', text: 'gone' })));
  await stage.push(record(chat, 2, { kind: 'delete', targets: [1], ord: 1, content: undefined as never }));
  assert.deepEqual(stage.disk.tables.get('unopened'), []);
  await stage.close();
});

test('[ENC143] what other devices sent is acknowledged when it is kept, not before, and in its order', async () => {
  const stage = await stageWith();
  await stage.up([wire(chat)]);
  const items = [1, 2].map((n) => ({ n, sender: ben, device: `d_${'B'.repeat(22)}`, event_type: 't', content: '{}' }));
  let keep = () => {};
  keys.kept = new Promise((resolve) => {
    keep = resolve;
  });
  await stage.push({ type: 'to_device', items: items as ToDeviceItem[], has_more: false });
  assert.deepEqual(stage.socket.of('to_device_received'), []);
  keep();
  await settle();
  assert.deepEqual(stage.socket.of('to_device_received'), [{ type: 'to_device_received', n: 2 }]);
  assert.deepEqual(keys.received, [1, 2]);
  await stage.push({ type: 'keys', n: 9 });
  assert.equal(keys.told.at(-1), 9);
  await stage.close();
});

test('[ENC212] what other devices sent and could not be kept is taken again by itself, until it is', async () => {
  const stage = await stageWith();
  await stage.up([wire(chat)]);
  const item = { n: 1, sender: ben, device: `d_${'B'.repeat(22)}`, event_type: 't', content: '{}' } as ToDeviceItem;
  const failed = Promise.reject(new Error('no keys now'));
  failed.catch(() => {});
  keys.kept = failed;
  await stage.push({ type: 'to_device', items: [item], has_more: false });
  await stage.clock.advance(2 * limits.retryMinMs);
  assert.deepEqual(stage.socket.of('to_device_received'), []);
  keys.kept = Promise.resolve();
  // A newer page takes the place of the older one.
  await stage.push({ type: 'to_device', items: [item, { ...item, n: 2 }], has_more: false });
  assert.deepEqual(stage.socket.of('to_device_received'), [{ type: 'to_device_received', n: 2 }]);
  keys.kept = failed;
  await stage.push({ type: 'to_device', items: [{ ...item, n: 3 }], has_more: false });
  await stage.clock.advance(limits.retryMinMs);
  keys.kept = Promise.resolve();
  await stage.clock.advance(limits.retryMaxMs);
  assert.deepEqual(
    stage.socket.of('to_device_received').map(({ n }) => n),
    [2, 3],
  );
  await stage.close();
});

test('[ENC144] every client of a store sees how the keys stand, and what it asks is done by the one that leads', async () => {
  const leader = await stageWith();
  await leader.up([wire(chat)]);
  const follower = await Stage.open(leader, 2, { crypto: keys.provider });
  keys.stands({ recovery: 'confirmed' });
  await settle();
  for (const { client } of [leader, follower]) {
    assert.equal(client.encryption.snapshot.recovery, 'confirmed');
    const asked = client.encryption.identity(ben);
    await settle();
    assert.deepEqual(await asked, ['identity', ben]);
    const refused = assert.rejects(client.encryption.recover('x'), { code: 'recovery.wrong' });
    await settle();
    await refused;
  }
  const third = await Stage.open(leader, 3, { crypto: keys.provider });
  assert.equal(third.client.encryption.snapshot.recovery, 'confirmed');
  for (const stage of [leader, follower, third]) await stage.close();
});

test('[ENC145] drafts are sealed on their way, and open on the other devices of the account', async () => {
  const stage = await stageWith();
  const account = { kind: 'account', peer: undefined as never } as const;
  await stage.up([wire(chat), wire(accountLog, account)]);
  stage.conversation().setDraft('half a th');
  await stage.clock.advance(limits.draftDebounceMs);
  const [frame] = stage.outgoing;
  assert.deepEqual([frame?.key, frame?.value], [draftKey(chat), 'sealed half a th']);
  assert.ok(frame);
  await stage.push(stage.confirm(frame, 1, { content: undefined as never, ord: 0 }));
  const other = { kind: 'setting', key: draftKey(chat), value: 'sealed from there', sender: ana } as const;
  await stage.push(record(accountLog, 2, { ...other, id: messageId(77), content: undefined as never, ord: 0 }));
  const view = stage.client.conversations.snapshot.find(({ id }) => id === chat);
  assert.equal(view?.draft, 'from there');
  await stage.close();
});

test('[ENC171] a sealed message stands in one place: where its id comes again it is altered, also after a restart', async () => {
  const stage = await stageWith();
  keys.known.add(session);
  const heard: string[] = [];
  stage.client.onMessage((message) => heard.push(message.text));
  await stage.up([wire(chat)]);
  const first = record(chat, 1, sealed({ type: 'text', text: 'pay' }));
  await stage.push(first, { ...first, seq: 2, ord: 2 }, { ...first });
  assert.deepEqual(await stage.shown(), ['pay:received', ':received']);
  await stage.close();
  keys = new HandKeys();
  keys.known.add(session);
  const again = await Stage.open(stage, 2, { crypto: keys.provider });
  again.client.onMessage((message) => heard.push(message.text));
  await again.up([wire(chat)]);
  await again.push({ ...first, seq: 3, ord: 3 }, record(chat, 4, sealed({ type: 'text', text: 'thanks' })));
  assert.deepEqual(await again.shown(), ['pay:received', ':received', ':received', 'thanks:received']);
  assert.deepEqual(heard, ['pay', 'thanks']);
  await again.close();
});

test('[ENC174] what a conversation is and with whom stays, whatever the server says later', async () => {
  const stage = await stageWith();
  await stage.up([wire(chat)]);
  const since = { since: 's2' };
  for (const claimed of [{ kind: 'room', title: 'Open' } as const, { kind: 'account' } as const, { peer: cleo }])
    await stage.push(changes([wire(chat, claimed)], since));
  await stage.conversation().send('hello');
  await settle();
  assert.deepEqual(keys.sealedFor, [[ana, ben]]);
  assert.equal(stage.outgoing.at(-1)?.format, 'sealed');
  assert.deepEqual([stage.conversation().snapshot.kind, stage.conversation().snapshot.peer], ['direct', ben]);
  await stage.reconnect([wire(chat, { kind: 'room' })], { epoch: 2 });
  assert.equal(stage.conversation().snapshot.kind, 'direct');
  await stage.close();
});

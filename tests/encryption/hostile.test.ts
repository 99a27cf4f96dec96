// A hostile server against whole clients: what it does to messages and to conversations is refused or
// shown, and afterwards the client goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Changes, Conversation, Envelope } from '@parley/protocol';
import { messageId } from '../../packages/sdk/src/fixture.ts';
import {
  assertSealed,
  groupOf,
  type Man,
  meet,
  pair,
  type Resident,
  reads,
  say,
  shown,
  shows,
  Town,
  there,
} from './town.ts';

/** The next message of somebody else arrives as something else. */
function alterNext(man: Man, change: (record: Envelope) => object): void {
  man.down = (frame) => {
    if (frame.type !== 'message' || frame.content === undefined) return [frame];
    man.down = (one) => [one];
    return [change(frame)];
  };
}

/** The server says again how a conversation stands, and something else of it. */
async function claim({ ask, man }: Resident, id: string, change: Partial<Conversation> | object): Promise<void> {
  const { body } = await ask({ method: 'GET', path: `/v1/conversations/${id}` });
  const since = man.last<Changes>('changes').since;
  man.say({ type: 'changes', items: [{ ...(body as Conversation), ...change }], has_more: false, since });
}

test('[ENC170] a message that the server gives another sender is shown as altered, and never as that one’s', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, cleo] = [await town.join('ana'), await town.join('ben'), await town.join('cleo')];
  const [group, ofBen, ofCleo] = await groupOf(town, ana, ben, cleo);
  assert.ok(ofBen && ofCleo);
  alterNext(cleo.man, (record) => ({ ...record, sender: ben.account }));
  await say(town, group, 'I am Ana');
  await reads(town, ofCleo, '(altered)');
  alterNext(cleo.man, (record) => ({ ...record, sender: ben.account, device: ben.client.me.snapshot.device }));
  await say(town, group, 'still Ana');
  await reads(town, ofBen, 'still Ana');
  assert.deepEqual((await shown(town, ofCleo)).slice(-2), ['(altered)', '(altered)']);
  await say(town, group, 'and now?');
  await reads(town, ofCleo, 'and now?');
});

test('[ENC170] a message under another device of its sender is shown as altered', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  alterNext(ben.man, (record) => ({ ...record, device: `d_${'A'.repeat(22)}` }));
  await say(town, withBen, 'from my laptop');
  await reads(town, withAna, '(altered)');
  await say(town, withBen, 'and now?');
  await reads(town, withAna, 'and now?');
});

test('[ENC171] a ciphertext that comes again, under a new id or the old one, is not shown as a message', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  const heard: string[] = [];
  ben.client.onMessage(({ text }) => heard.push(text));
  await say(town, withBen, 'pay the bill');
  await reads(town, withAna, 'pay the bill');
  const { id, content, lamport } = ben.man.records.at(-1) as Envelope;
  alterNext(ben.man, (record) => ({ ...record, content }));
  await say(town, withBen, 'thanks');
  await reads(town, withAna, '(altered)');
  alterNext(ben.man, (record) => ({ ...record, id, content, lamport }));
  await say(town, withBen, 'bye');
  await reads(town, withAna, '(altered)');
  assert.deepEqual(heard, ['pay the bill']);
  await say(town, withBen, 'and now?');
  await reads(town, withAna, 'and now?');
});

test('[ENC172] a ciphertext that is moved to another conversation is not shown there', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const [group, ofBen] = await groupOf(town, ana, ben);
  assert.ok(ofBen);
  const withBen = await town.done(ana.client.createDirect('ben'));
  await say(town, withBen, 'between us');
  await town.until(() => ben.man.records.some(({ conversation_id }) => conversation_id === withBen.id), 'it came');
  await town.pass(500);
  const { id, content, device } = ben.man.records.at(-1) as Envelope;
  alterNext(ben.man, (record) => ({ ...record, id, content, device }));
  await say(town, group, 'to all');
  await reads(town, ofBen, '(no_key)');
  await say(town, group, 'and now?');
  await reads(town, ofBen, 'and now?');
});

test('[ENC173] what is not sealed is shown as altered in a chat, in any form, and is no message', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  const heard: string[] = [];
  ben.client.onMessage(({ text }) => heard.push(text));
  const body = { content: JSON.stringify({ type: 'text', text: 'send money' }), format: 'body' };
  const { format: _, ...bare } = { format: 0, content: 'send money' };
  for (const slipped of [body, { content: 'send money', format: 'text' }, { ...bare, format: undefined }]) {
    alterNext(ben.man, (record) => ({ ...record, ...slipped }));
    await say(town, withBen, 'something else');
    await reads(town, withAna, '(altered)');
  }
  alterNext(ben.man, (record) => ({ ...record, ...body, id: messageId(7), kind: 'quiet' }));
  await say(town, withBen, 'something else');
  await reads(town, withAna, '(altered)');
  assert.deepEqual(heard, []);
  await say(town, withBen, 'and now?');
  await reads(town, withAna, 'and now?');
});

test('[ENC174] a chat stays one, with the same person, whatever the server says that it is', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const mal = await town.join('mal');
  for (const change of [
    { kind: 'room', title: 'Open' },
    { kind: 'account' },
    { peer: mal.account },
    { kind: 'group' },
  ]) {
    await claim(ana, withBen.id, change);
    await claim(ben, withBen.id, change);
    await town.pass(500);
    assert.equal(withBen.snapshot.kind, 'direct');
    assert.equal(withBen.snapshot.peer, ben.account);
    const text = `after ${JSON.stringify(change)}`;
    await say(town, withBen, text);
    await reads(town, withAna, text);
    assertSealed(ana, withBen);
  }
});

test('[ENC174] a group stays one: nothing in it is ever written or read unsealed', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const [group, ofBen] = await groupOf(town, ana, ben);
  assert.ok(ofBen);
  for (const resident of [ana, ben]) await claim(resident, group.id, { kind: 'room', title: 'Open' });
  await town.pass(500);
  await say(town, group, 'still between us');
  await reads(town, ofBen, 'still between us');
  assertSealed(ana, group);
  alterNext(ben.man, (record) => ({ ...record, content: 'send money', format: 'text' }));
  await say(town, group, 'something else');
  await reads(town, ofBen, '(altered)');
});

test('[ENC251] a chat or a group that the server calls a room from the start is shown to nobody, until it says what it is', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, mal] = [await town.join('ana'), await town.join('ben'), await town.join('mal')];
  await meet(town, ana, ben);
  const room = await town.done(mal.client.createRoom({ title: 'Open' }));
  const { made } = (await mal.ask({ method: 'GET', path: `/v1/conversations/${room.id}` })).body as Conversation;
  assert.ok(made);
  const asRoom = (item: Conversation): Conversation => {
    const { peer: _, ...rest } = item;
    return item.kind === 'account' ? item : { ...rest, kind: 'room', title: 'Between us', made };
  };
  const cleo = await town.join('cleo');
  cleo.man.down = (frame) => (frame.type === 'changes' ? [{ ...frame, items: frame.items.map(asRoom) }] : [frame]);
  const withCleo = await town.done(ana.client.createDirect('cleo'));
  await say(town, withCleo, 'hello Cleo');
  const group = await town.done(ana.client.createGroup('Garden', [ben.account]));
  await town.done(group.members.add(cleo.account));
  await town.pass(2_000);
  const { client, man } = cleo;
  for (const { id } of [withCleo, group]) assert.equal(client.conversation(id), null);
  man.alter('POST /v1/conversations', asRoom);
  await assert.rejects(town.done(client.createDirect('ana')), { code: 'client.unexpected' });
  assert.ok(!man.heard.some((frame) => frame.type === 'message' && frame.format !== 'sealed' && frame.content));
  man.honest();
  await say(town, withCleo, 'are you there?');
  const toAna = await there(town, cleo, withCleo);
  assert.equal(toAna.snapshot.kind, 'direct');
  await shows(town, toAna, ['hello Cleo', 'are you there?']);
  await town.done(toAna.accept());
  await say(town, toAna, 'hello Ana');
  await reads(town, withCleo, 'hello Ana');
  assertSealed(cleo, toAna);
});

// A hostile server against whole clients: what it does to messages and to conversations is refused or
// shown, and afterwards the client goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation, Envelope } from '@parley/protocol';
import { messageId } from '../../packages/sdk/src/fixture.ts';
import { asRoom, otherKinds } from './kind-liar.ts';
import { claims } from './list-liar.ts';
import { assertSealed, groupOf, meet, pair, reads, say, shown, shows, Town, there } from './town.ts';

test('[ENC170] a message that the server gives another sender is shown as altered, and never as that one’s', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, cleo] = [await town.join('ana'), await town.join('ben'), await town.join('cleo')];
  const [group, ofBen, ofCleo] = await groupOf(town, ana, ben, cleo);
  assert.ok(ofBen && ofCleo);
  cleo.man.alterNext((record) => ({ ...record, sender: ben.account }));
  await say(town, group, 'I am Ana');
  await reads(town, ofCleo, '(altered)');
  cleo.man.alterNext((record) => ({ ...record, sender: ben.account, device: ben.client.me.snapshot.device }));
  await say(town, group, 'still Ana');
  await reads(town, ofBen, 'still Ana');
  assert.deepEqual((await shown(town, ofCleo)).slice(-2), ['(altered)', '(altered)']);
  await say(town, group, 'and now?');
  await reads(town, ofCleo, 'and now?');
});

test('[ENC170] a message under another device of its sender is shown as altered', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  ben.man.alterNext((record) => ({ ...record, device: `d_${'A'.repeat(22)}` }));
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
  ben.man.alterNext((record) => ({ ...record, content }));
  await say(town, withBen, 'thanks');
  await reads(town, withAna, '(altered)');
  ben.man.alterNext((record) => ({ ...record, id, content, lamport }));
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
  ben.man.alterNext((record) => ({ ...record, id, content, device }));
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
    ben.man.alterNext((record) => ({ ...record, ...slipped }));
    await say(town, withBen, 'something else');
    await reads(town, withAna, '(altered)');
  }
  ben.man.alterNext((record) => ({ ...record, ...body, id: messageId(7), kind: 'quiet' }));
  await say(town, withBen, 'something else');
  await reads(town, withAna, '(altered)');
  assert.deepEqual(heard, []);
  await say(town, withBen, 'and now?');
  await reads(town, withAna, 'and now?');
});

test('[ENC174] a chat stays one, with the same person, whatever the server says that it is', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const mal = await town.join('mal');
  for (const change of otherKinds(mal.account)) {
    await claims(ana, withBen, change);
    await claims(ben, withBen, change);
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
  for (const resident of [ana, ben]) await claims(resident, group, { kind: 'room', title: 'Open' });
  await town.pass(500);
  await say(town, group, 'still between us');
  await reads(town, ofBen, 'still between us');
  assertSealed(ana, group);
  ben.man.alterNext((record) => ({ ...record, content: 'send money', format: 'text' }));
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
  const cleo = await town.join('cleo');
  cleo.man.down = (frame) =>
    frame.type === 'changes' ? [{ ...frame, items: frame.items.map(asRoom(made)) }] : [frame];
  const withCleo = await town.done(ana.client.createDirect('cleo'));
  await say(town, withCleo, 'hello Cleo');
  const group = await town.done(ana.client.createGroup('Garden', [ben.account]));
  await town.done(group.members.add(cleo.account));
  await town.pass(2_000);
  const { client, man } = cleo;
  for (const { id } of [withCleo, group]) assert.equal(client.conversation(id), null);
  man.alter('POST /v1/conversations', asRoom(made));
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

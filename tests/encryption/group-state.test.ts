// How a group stands, what disappears and what is shared, over whole clients with keys and a server that reads nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope, FrameDown } from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import { encodeBytes } from '../../packages/sdk/src/crypto/base64.ts';
import { timedSessionMs, timedSweepMs } from '../../packages/sdk/src/limits.ts';
import { png } from '../../packages/sdk/src/picture-fixture.ts';
import { groupOf, meet, reads, say, Town, there } from './town.ts';

test('[ENC200] [ENC201] who is added and who follows a link read title and pins that were said long before', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const [garden, bens] = await groupOf(town, ana, ben);
  assert.ok(bens);
  const pinned = await say(town, garden, 'on Sunday');
  await town.done((await town.done(garden.pin(pinned, true))).placed());
  await town.until(() => bens.snapshot.pinnedSeqs.length === 1, 'it is pinned for ben');

  const cleo = await town.join('cleo');
  await meet(town, ana, cleo);
  await town.done(garden.members.add(cleo.account));
  await stands(town, await there(town, cleo, garden), pinned);

  const dan = await town.join('dan');
  const { link } = await town.done(garden.links.create());
  const dans = await town.done(dan.client.invites.accept(link ?? ''));
  assert.equal(await town.done(dans.message(pinned)), null, 'what was said before is not theirs');
  await stands(town, dans, pinned);
  const timeline = garden.timeline();
  await town.pass(500);
  const titles = timeline.snapshot.items.filter(({ change }) => change?.action === 'title');
  assert.equal(titles.length, 1, 'nobody sees that it is said again');
  timeline.close();
});

test('[ENC272] [ENC273] who leads sets the picture, who is added and who follows a link see it, and it outlasts the rank', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const [garden, bens] = await groupOf(town, ana, ben);
  assert.ok(bens);
  const [first, second] = [png(32), png(48)];
  const sees = async (conversation: Conversation, bytes: Uint8Array) => {
    const isIt = async () => assert.deepEqual((await conversation.picture())?.bytes, bytes);
    const before = conversation.snapshot.picture;
    await isIt().catch(() => town.until(() => conversation.snapshot.picture !== before, 'another picture is there'));
    await isIt();
  };
  const sets = async (conversation: Conversation, bytes: Uint8Array) =>
    town.done((await town.done(conversation.setPicture(bytes))).placed());
  await assert.rejects(town.done(bens.setPicture(first)), { code: 'conversation.role' });
  await sets(garden, first);
  await sees(bens, first);
  await town.done(garden.members.setRole(ben.account, 'admin'));
  await town.until(() => bens.snapshot.role === 'admin', 'ben leads it, too');
  const seq = await sets(bens, second);
  await sees(garden, second);
  await town.done(garden.members.setRole(ben.account, 'member'));
  await town.until(() => bens.snapshot.role === 'member', 'ben does not lead it any more');
  await sees(garden, second);
  const { content = '', format } =
    ana.man.records.find((one) => one.conversation_id === garden.id && one.seq === seq) ?? {};
  assert.equal(format, 'sealed');
  assert.ok(!content.includes(encodeBytes(second).slice(30, 60)));

  const cleo = await town.join('cleo');
  await meet(town, ana, cleo);
  await town.done(garden.members.add(cleo.account));
  await sees(await there(town, cleo, garden), second);
  const dan = await town.join('dan');
  const { link } = await town.done(garden.links.create());
  await sees(await town.done(dan.client.invites.accept(link ?? '')), second);
  await sees(bens, second);
});

test('[ENC270] who came with a link sees whose it was, as the name of the group, until its title comes', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const [garden] = await groupOf(town, ana, ben);
  const { link } = await town.done(garden.links.create({ uses: 1 }));
  const dan = await town.join('dan');
  // How the group stands is kept from him.
  dan.man.down = (frame) => [withoutQuiet(frame, garden.id)];
  const dans = await town.done(dan.client.invites.accept(link ?? ''));
  await town.until(() => dans.snapshot.joinedWith === 'ana', 'it is called after the link');
  assert.equal(dans.snapshot.listFault, null);
  dan.man.honest();
  await town.done(garden.update({ title: 'Orchard' }));
  await town.until(() => dans.snapshot.title === 'Orchard', 'its title is here');
  assert.deepEqual([dans.snapshot.joinedWith, dans.snapshot.namedAfter], [null, null]);
  assert.equal(garden.snapshot.joinedWith, null);
});

/** What a server says, but for how this conversation stands. */
function withoutQuiet(frame: FrameDown, id: string): object {
  const isQuiet = (one: Envelope) => one.conversation_id === id && one.kind === 'quiet';
  if (frame.type === 'message' && isQuiet(frame)) return { type: 'nothing' };
  if (frame.type !== 'messages') return frame;
  return { ...frame, items: frame.items.filter((one) => !isQuiet(one)) };
}

test('[ENC207] [ENC208] who is added reads what the adder shares, under their name; the others do not get it', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const [garden, bens] = await groupOf(town, ana, ben);
  assert.ok(bens);
  await say(town, bens, 'bring a spade');
  await reads(town, garden, 'bring a spade');
  const cleo = await town.join('cleo');
  await meet(town, ana, cleo);
  await town.done(garden.members.add(cleo.account));
  assert.equal(await town.done(garden.shareHistory(cleo.account, 25)), 2);
  const told = async (conversation: Conversation) => {
    const timeline = conversation.timeline();
    const find = () => timeline.snapshot.items.find(({ type }) => type === 'shared');
    await town.until(() => find() !== undefined, 'it is there');
    const { sender, shared } = find() ?? assert.fail();
    timeline.close();
    return [sender, shared?.items.map((item) => [item.sender, item.text])];
  };
  const items = [
    [ana.account, 'welcome'],
    [ben.account, 'bring a spade'],
  ];
  assert.deepEqual(await told(await there(town, cleo, garden)), [ana.account, items]);
  assert.deepEqual(await told(bens), [ana.account, []]);
});

test('[ENC204] what is said after the timer was set is sealed with another session than what was said before', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const { one } = await meet(town, ana, ben);
  const sessionOf = async (text: string) => {
    const seq = await say(town, one, text);
    return ana.man.records
      .find((record) => record.conversation_id === one.id && record.seq === seq)
      ?.content?.split('.')[1];
  };
  const before = await sessionOf('stays');
  assert.equal(await sessionOf('stays, too'), before);
  await town.done((await town.done(one.setTimer(3_600))).placed());
  const timed = await sessionOf('goes');
  assert.notEqual(timed, before);
  assert.equal(await sessionOf('goes, too'), timed);
  await town.done((await town.done(one.setTimer(0))).placed());
  assert.notEqual(await sessionOf('stays again'), timed);
});

async function stands(town: Town, conversation: Conversation, pinned: number): Promise<void> {
  const { id } = conversation;
  await town.until(() => conversation.snapshot.title === 'Garden', `the title of ${id}`);
  assert.deepEqual([conversation.snapshot.namedAfter, conversation.snapshot.pinnedSeqs], [null, [pinned]]);
}

test('[ENC205] the backup keeps the key of what stays, and lets go of that of what disappears, whoever sealed it', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const { one } = await meet(town, ana, ben);
  const kept = async (who: typeof ana) => {
    const { body } = await who.ask({ method: 'GET', path: '/v1/backup?limit=200' });
    return (body as { items: { session_id: string }[] }).items.map((item) => item.session_id);
  };
  await town.done((await town.done(one.setTimer(60))).placed());
  const seq = await say(town, one, 'goes');
  await reads(town, await there(town, ben, one), 'goes');
  const content = ana.man.records.find((record) => record.conversation_id === one.id && record.seq === seq)?.content;
  const session: string = content?.split('.')[1] ?? assert.fail();
  await town.pass(5_000);
  for (const who of [ana, ben]) assert.ok((await kept(who)).includes(session));
  const before = await kept(ana);
  town.clock.advance(timedSessionMs + 60_000);
  await town.pass(1_000);
  town.clock.advance(timedSweepMs);
  await town.pass(5_000);
  const left = before.filter((each) => each !== session);
  assert.ok(left.length > 0);
  for (const each of await kept(ana)) assert.notEqual(each, session);
  for (const each of left) assert.ok((await kept(ana)).includes(each));
  assert.ok(!(await kept(ben)).includes(session));
});

// A member with a changed client calls the group what it likes, alone and together with the server, against whole clients:
// nobody shows it, nothing in the timeline or the list says that it happened, and what those say who lead the group stays.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Member } from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import { entriesOf, fault, heals, keepsBack, lists, roleOf, signedBy } from './list-liar.ts';
import { rankLies, tells } from './member-lies.ts';
import { groupOf, meet, type Resident, reads, say, Town, there } from './town.ts';

/** Ana's group Garden with Ben and Mal in it. */
async function stage(t: TestContext) {
  const town = await Town.open(t);
  const [ana, ben, mal] = [await town.join('ana'), await town.join('ben'), await town.join('mal')];
  const [group, ofBen, ofMal] = await groupOf(town, ana, ben, mal);
  assert.ok(ofBen && ofMal);
  await town.until(() => ofBen.snapshot.title === 'Garden', 'it is called so');
  return { town, ana, ben, mal, group, ofBen, ofMal };
}

const rename = async (town: Town, conversation: Conversation, title: string) => {
  await town.done(conversation.update({ title }));
  await town.pass(1_000);
};

/** The same over a client that somebody has changed: it thinks that they lead the group, and sends what those may. */
async function lies(town: Town, { client, man }: Resident, { id }: Conversation, title: string): Promise<void> {
  const conversation = client.conversation(id) ?? assert.fail();
  const { snapshot } = conversation;
  const before = written(man);
  Object.defineProperty(conversation, 'snapshot', { get: () => ({ ...snapshot, role: 'admin' }), configurable: true });
  await rename(town, conversation, title);
  Reflect.deleteProperty(conversation, 'snapshot');
  assert.ok(written(man) > before, 'it went out');
}

const written = ({ heard }: Resident['man']) => heard.filter(({ type }) => type === 'message').length;

/** It is called so here, and nothing says that it was ever called anything but these. */
async function isCalled(town: Town, conversation: Conversation, ...titles: readonly string[]): Promise<void> {
  const timeline = conversation.timeline();
  await town.pass(1_000);
  const said = () =>
    timeline.snapshot.items.flatMap(({ change }) => (change?.action === 'title' ? [change.title] : []));
  await town.until(() => said().length >= titles.length, `${titles.join(', ')} are said`);
  assert.deepEqual(said(), titles);
  timeline.close();
  const { title, last } = conversation.snapshot;
  assert.equal(title, titles.at(-1));
  if (last?.change?.action === 'title') assert.equal(last.change.title, title);
}

test('[ENC276] what a member with a changed client calls the group nobody sees, and pins of theirs count', async (t) => {
  const { town, ana, mal, group, ofBen, ofMal } = await stage(t);
  await assert.rejects(town.done(ofMal.update({ title: 'Lies' })), { code: 'conversation.role' });
  await lies(town, mal, group, 'Lies');
  await lies(town, mal, group, 'More lies');
  const pinned = await say(town, ofMal, 'on Sunday');
  await town.done((await town.done(ofMal.pin(pinned, true))).placed());
  for (const one of [group, ofBen, ofMal]) {
    await town.until(() => one.snapshot.pinnedSeqs.length === 1, 'it is pinned');
    await isCalled(town, one, 'Garden');
  }
  const cleo = await town.join('cleo');
  await meet(town, ana, cleo);
  await town.done(group.members.add(cleo.account));
  const ofCleo = await there(town, cleo, group);
  await town.until(() => ofCleo.snapshot.title === 'Garden', 'who comes is told by who leads');
  await lies(town, mal, group, 'Lies');
  await rename(town, group, 'Orchard');
  for (const one of [group, ofBen, ofMal]) await isCalled(town, one, 'Garden', 'Orchard');
  await isCalled(town, ofCleo, 'Orchard');
});

test('[ENC276] [ENC278] what somebody called it while they led stays, and not what they call it before and after', async (t) => {
  const { town, ben, group, ofBen, ofMal } = await stage(t);
  await lies(town, ben, group, 'Too early');
  await town.done(group.members.setRole(ben.account, 'admin'));
  await town.until(() => ofBen.snapshot.role === 'admin', 'Ben leads');
  await rename(town, ofBen, 'Orchard');
  await town.done(group.members.setRole(ben.account, 'member'));
  await town.until(() => ofBen.snapshot.role === 'member', 'Ben does not lead any more');
  for (const title of ['Too late', 'Much too late']) await lies(town, ben, group, title);
  for (const one of [group, ofBen, ofMal]) await isCalled(town, one, 'Garden', 'Orchard');
});

test('[ENC277] [ENC278] whoever is told late who leads calls it then what the others do', async (t) => {
  const { town, ana, ben, mal, group, ofBen, ofMal } = await stage(t);
  const { length } = await entriesOf(ana, group);
  keepsBack(mal, group, length);
  await town.done(group.members.setRole(ben.account, 'admin'));
  await town.until(() => ofBen.snapshot.role === 'admin', 'Ben leads');
  await rename(town, ofBen, 'Orchard');
  await town.done(group.members.setRole(ben.account, 'member'));
  await town.until(() => ofBen.snapshot.role === 'member', 'Ben does not lead any more');
  // More than is remembered of one person.
  for (const title of ['Too late', 'Much too late']) await lies(town, ben, group, title);
  await isCalled(town, ofMal, 'Garden');
  mal.man.honest();
  mal.man.events?.onClose(1006, '');
  await town.until(() => ofMal.snapshot.title === 'Orchard', 'it is called so for him, too');
  for (const one of [group, ofBen, ofMal]) await isCalled(town, one, 'Garden', 'Orchard');
});

for (const what of ['nobody signed', 'somebody else signed', 'who gets it signed'] as const)
  test(`[ENC276] [MEM32] with a higher rank that ${what} a member calls the group nothing`, async (t) => {
    const { town, ana, ben, mal, group, ofBen, ofMal } = await stage(t);
    const eve = await town.join('eve');
    const own = await signedBy(mal, group, () => town.done(ofMal.members.setRole(mal.account, 'admin')));
    const list = { group: group.id, owner: ana.account, entries: await entriesOf(ana, group) };
    const told = await rankLies(list, { member: mal.account, brought: eve.account, own });
    tells(ben, group.id, told[what]);
    await town.until(() => fault(ofBen) !== null, 'it is shown that something is wrong');
    // The first one stands where the server has put a record of its own.
    for (const title of ['Lies', 'More lies']) await lies(town, mal, group, title);
    await isCalled(town, ofBen, 'Garden');
    await town.done(ofBen.send('who leads here?'));
    await heals(town, { by: ben, of: ofBen, at: group }, 'who leads here?');
    await isCalled(town, ofBen, 'Garden');
  });

test('[ENC277] who comes and is shown no entries believes no title of whom the server says to lead', async (t) => {
  const { town, ana, mal, group } = await stage(t);
  const cleo = await town.join('cleo');
  await meet(town, ana, cleo);
  lists(cleo, group, () => []);
  cleo.man.alter(`GET /v1/conversations/${group.id}/members`, (page: { readonly items: readonly Member[] }) => ({
    ...page,
    items: page.items.map((one) => ({ ...one, role: one.account === mal.account ? 'owner' : 'member' })),
  }));
  await town.done(group.members.add(cleo.account));
  const ofCleo = await there(town, cleo, group);
  await lies(town, mal, group, 'Lies');
  await town.until(() => fault(ofCleo) !== null && roleOf(ofCleo, mal) === 'owner', 'she is told so');
  await town.pass(1_000);
  const { title, last } = ofCleo.snapshot;
  assert.ok(!title.includes('Lies') && last?.change?.title !== 'Lies');
  cleo.man.honest();
  cleo.man.events?.onClose(1006, '');
  await town.until(() => ofCleo.snapshot.title === 'Garden', 'and then who leads');
  assert.equal(fault(ofCleo), null);
});

test('[ENC277] what somebody says whose end as an administrator is kept back goes once that is known', async (t) => {
  const { town, ana, ben, mal, group, ofBen } = await stage(t);
  await town.done(group.members.setRole(mal.account, 'admin'));
  await town.until(() => roleOf(ofBen, mal) === 'admin', 'Mal leads');
  const { length } = await entriesOf(ana, group);
  keepsBack(ben, group, length);
  await town.done(group.members.setRole(mal.account, 'member'));
  await lies(town, mal, group, 'Lies');
  await isCalled(town, group, 'Garden');
  // By all that he can know; this is in the threat model.
  await town.until(() => ofBen.snapshot.title === 'Lies', 'Ben believes it');
  await say(town, group, 'Mal leads no more');
  await town.until(() => fault(ofBen) === 'different', 'he is told that something is wrong');
  await town.done(ofBen.send('does he not?'));
  await heals(town, { by: ben, of: ofBen, at: group }, 'does he not?');
  await isCalled(town, ofBen, 'Garden');
});

test('[ENC276] what a member says the server cannot put into the mouth of who leads', async (t) => {
  const { town, ana, ben, mal, group, ofBen } = await stage(t);
  ben.man.alterNext((record) => ({ ...record, sender: ana.account }));
  await lies(town, mal, group, 'Lies');
  await isCalled(town, ofBen, 'Garden');
  await say(town, group, 'goes on');
  await reads(town, ofBen, 'goes on');
  await isCalled(town, ofBen, 'Garden');
});

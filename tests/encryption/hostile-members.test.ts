// A server that lies about who is in a group, against whole clients: what nobody signed is refused, nothing is sealed for
// a ghost, people see that something is wrong, and the group goes on with an honest server.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Member } from '@parley/protocol';
import { signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { claims, entriesOf, fault, forged, heals, isIn, lists, pushes, roleOf, signedBy, waits } from './list-liar.ts';
import { joinLies, linkLies, otherBeginning, outLie, ownRankLie, rankLies, returnLies, tells } from './member-lies.ts';
import { groupOf, meet, reads, say, Town, there } from './town.ts';

/** Keys of the server's own. */
const foreign = await signer('mal');

/** Ana with Ben in a group of hers; Mal is with the server, and outside or a member. */
async function stage(t: TestContext, mals: 'outside' | 'with Mal' = 'outside') {
  const town = await Town.open(t);
  const [ana, ben, mal] = [await town.join('ana'), await town.join('ben'), await town.join('mal')];
  const [group, ofBen] = await groupOf(town, ana, ben, ...(mals === 'outside' ? [] : [mal]));
  assert.ok(ofBen);
  await say(town, ofBen, 'hello');
  await reads(town, group, 'hello');
  return { town, ana, ben, mal, group, ofBen };
}

/** The group of Ana's as it is now, for lies about it. */
async function listOf({ ana, group }: Awaited<ReturnType<typeof stage>>) {
  return { group: group.id, owner: ana.account, entries: await entriesOf(ana, group) };
}

for (const [what, by] of [
  ['nobody signed', null],
  ['somebody else signed', foreign],
] as const)
  test(`[MEM30] a ghost whom ${what} is in no list, and nothing is sealed while the server says so`, async (t) => {
    const { town, ana, mal, group, ofBen } = await stage(t);
    const entries = await entriesOf(ana, group);
    const change = { action: 'add', subject: mal.account, role: 'member' } as const;
    const ghost = await forged(entries, { actor: ana.account, conversation: group.id, ...change }, by);
    lists(ana, group, (honest) => [...honest, ghost]);
    ana.man.alter(`GET /v1/conversations/${group.id}/members`, (page: { readonly items: readonly object[] }) => ({
      ...page,
      items: [...page.items, { account: mal.account, role: 'member', joined_seq: 9 }],
    }));
    pushes(ana, group, change, ghost);
    await town.until(() => fault(group) !== null, 'it is shown');
    await waits(town, { by: ana, of: group, without: mal }, 'who is here?');
    assert.ok(!isIn(group, mal));
    await heals(town, { by: ana, of: group, at: ofBen }, 'who is here?');
    assert.ok(!isIn(group, mal));
  });

for (const what of ['nobody signed', 'somebody else signed', 'who gets it signed'] as const)
  test(`[MEM32] a higher rank that ${what} is nobody’s, nor is what is signed with it`, async (t) => {
    const at = await stage(t, 'with Mal');
    const { town, ben, mal, group, ofBen } = at;
    const eve = await town.join('eve');
    const ofMal = await there(town, mal, group);
    const own = await signedBy(mal, group, () => town.done(ofMal.members.setRole(mal.account, 'admin')));
    const lies = await rankLies(await listOf(at), { member: mal.account, brought: eve.account, own });
    tells(ben, group.id, lies[what]);
    await town.until(() => fault(ofBen) !== null, 'it is shown');
    await waits(town, { by: ben, of: ofBen, without: eve }, 'who leads here?');
    assert.deepEqual([roleOf(ofBen, mal), roleOf(ofBen, eve)], ['member', null]);
    await heals(town, { by: ben, of: ofBen, at: group }, 'who leads here?');
    assert.deepEqual([roleOf(ofBen, mal), roleOf(ofBen, eve)], ['member', null]);
  });

test('[MEM32] a higher rank of one’s own that the server names is none', async (t) => {
  const at = await stage(t);
  const { town, ben, group, ofBen } = at;
  await claims(ben, group, { role: 'admin' });
  await town.pass(500);
  assert.equal(ofBen.snapshot.role, 'member');
  tells(ben, group.id, await ownRankLie(await listOf(at), ben.account));
  await town.until(() => fault(ofBen) !== null, 'it is shown');
  assert.equal(ofBen.snapshot.role, 'member');
  await town.done(ofBen.send('am I?'));
  await heals(town, { by: ben, of: ofBen, at: group }, 'am I?');
  assert.equal(ofBen.snapshot.role, 'member');
});

test('[MEM32] who was removed comes back by no entry of before, and by none with another number', async (t) => {
  const at = await stage(t);
  const { town, ana, ben, mal, group, ofBen } = at;
  await meet(town, ana, mal);
  await town.done(group.members.add(mal.account));
  await town.done(group.members.setRole(mal.account, 'admin'));
  await town.done(group.members.remove(mal.account));
  await town.until(() => ofBen.snapshot.role !== null && !isIn(ofBen, mal), 'it is known');
  for (const [index, lie] of (await returnLies(await listOf(at))).entries()) {
    const question = `is Mal back, by lie ${index}?`;
    tells(ben, group.id, lie);
    await town.until(() => fault(ofBen) !== null, 'it is shown');
    await waits(town, { by: ben, of: ofBen, without: mal }, question);
    assert.ok(!isIn(ofBen, mal));
    await heals(town, { by: ben, of: ofBen, at: group }, question);
    assert.ok(!isIn(ofBen, mal));
  }
});

test('[MEM32] a link that nobody in the group made, and one of theirs without its private half, let nobody in', async (t) => {
  const at = await stage(t);
  const { town, ana, mal, group, ofBen } = at;
  await town.done(group.links.create());
  for (const [index, lie] of (await linkLies(await listOf(at), mal.account)).entries()) {
    const question = `who let them in, by lie ${index}?`;
    tells(ana, group.id, lie);
    await town.until(() => fault(group) !== null, 'it is shown');
    await waits(town, { by: ana, of: group, without: mal }, question);
    assert.ok(!isIn(group, mal));
    await heals(town, { by: ana, of: group, at: ofBen }, question);
  }
});

test('[MEM32] who asks to be let in by a link is in when an administrator says so, and not when the server does', async (t) => {
  const at = await stage(t);
  const { town, ana, mal, group, ofBen } = at;
  const { link } = await town.done(group.links.create({ approval: true }));
  assert.ok(link);
  // The server tells Mal that the link needs no approval: so a join is signed as it has to be, by the link, too.
  mal.man.alter('POST /v1/links/inspect', (found: object) => ({ ...found, approval: false }));
  const joins = await signedBy(mal, group, () => town.done(mal.client.invites.accept(link)));
  assert.equal(joins.entry.action, 'join');
  mal.man.honest();
  await town.done(mal.client.invites.accept(link));
  await town.done(group.members.pending.load());
  assert.deepEqual(
    group.members.pending.snapshot.map(({ account }) => account),
    [mal.account],
  );
  const lies = await joinLies(await listOf(at), { comer: mal.account, joins });
  for (const [index, lie] of lies.entries()) {
    const question = `who let them in, by lie ${index}?`;
    tells(ana, group.id, lie);
    await town.until(() => fault(group) !== null, 'it is shown');
    await waits(town, { by: ana, of: group, without: mal }, question);
    assert.ok(!isIn(group, mal));
    await heals(town, { by: ana, of: group, at: ofBen }, question);
  }
  await town.done(group.members.pending.approve(mal.account));
  assert.equal(roleOf(group, mal), 'member');
});

test('[MEM33] whom the server takes out without an entry is in the group for everybody, and reads on', async (t) => {
  const at = await stage(t);
  const { town, ana, ben, group, ofBen } = at;
  ana.man.alter(`GET /v1/conversations/${group.id}/members`, (page: { readonly items: readonly Member[] }) => ({
    ...page,
    items: page.items.filter(({ account }) => account !== ben.account),
  }));
  await claims(ana, group, { member_count: 1 });
  await town.pass(500);
  await say(town, group, 'still there?');
  await reads(town, ofBen, 'still there?');
  // Nor by the word of the server in the list itself.
  tells(ana, group.id, await outLie(await listOf(at), ben.account));
  await town.until(() => fault(group) !== null, 'it is shown');
  assert.equal(roleOf(group, ben), 'member');
  await town.done(group.send('did I do that?'));
  await heals(town, { by: ana, of: group, at: ofBen }, 'did I do that?');
  assert.equal(roleOf(group, ben), 'member');
});

test('[MEM33] another beginning under the id of a group is no list: nobody new believes it, and nobody who knows better', async (t) => {
  const { town, ana, ben, mal, group, ofBen } = await stage(t);
  const cleo = await town.join('cleo');
  await meet(town, ana, cleo);
  await meet(town, mal, cleo);
  const trap = await town.done(mal.client.createGroup('Trap', [cleo.account]));
  const lie = otherBeginning(await entriesOf(mal, trap));
  for (const one of [cleo, ben]) lists(one, group, lie.list);
  await town.done(group.members.add(cleo.account));
  const ofCleo = await there(town, cleo, group);
  await town.until(() => fault(ofCleo) !== null, 'it is shown');
  await waits(town, { by: cleo, of: ofCleo, without: mal }, 'whose group is this?');
  await heals(town, { by: cleo, of: ofCleo, at: group }, 'whose group is this?');
  assert.deepEqual([roleOf(ofCleo, ana), roleOf(ofCleo, mal)], ['owner', null]);
  tells(ben, group.id, lie);
  await town.until(() => fault(ofBen) !== null, 'it is shown');
  await waits(town, { by: ben, of: ofBen, without: mal }, 'and what is this?');
  assert.deepEqual([roleOf(ofBen, ana), roleOf(ofBen, mal)], ['owner', null]);
  await heals(town, { by: ben, of: ofBen, at: group }, 'and what is this?');
});

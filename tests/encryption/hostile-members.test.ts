// A server that lies about who is in a group, against whole clients: what nobody signed is refused, nothing is sealed for
// a ghost, people see that something is wrong, and the group goes on with an honest server.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Member } from '@parley/protocol';
import { signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { claims, entriesOf, fault, forged, heals, isIn, lists, pushes, roleOf, signedBy, waits } from './list-liar.ts';
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

for (const [what, how] of [
  ['nobody signed', null],
  ['somebody else signed', foreign],
  ['who gets it signed', 'themselves'],
] as const)
  test(`[MEM32] a higher rank that ${what} is nobody’s, nor is what is signed with it`, async (t) => {
    const at = await stage(t, 'with Mal');
    const { town, ana, ben, mal, group, ofBen } = at;
    const eve = await town.join('eve');
    const ofMal = await there(town, mal, group);
    const change = { action: 'role', subject: mal.account, role: 'admin' } as const;
    const entries = await entriesOf(ana, group);
    const raised =
      how === 'themselves'
        ? { seq: 9, ...(await signedBy(town, mal, group, () => ofMal.members.setRole(mal.account, 'admin'))) }
        : await forged(entries, { actor: ana.account, conversation: group.id, ...change }, how);
    const brought = await forged([...entries, raised], {
      actor: mal.account,
      conversation: group.id,
      action: 'add',
      subject: eve.account,
      role: 'member',
    });
    lists(ben, group, (honest) => [...honest, raised, brought]);
    pushes(ben, group, change, raised);
    await town.until(() => fault(ofBen) !== null, 'it is shown');
    await waits(town, { by: ben, of: ofBen, without: eve }, 'who leads here?');
    assert.deepEqual([roleOf(ofBen, mal), roleOf(ofBen, eve)], ['member', null]);
    await heals(town, { by: ben, of: ofBen, at: group }, 'who leads here?');
    assert.deepEqual([roleOf(ofBen, mal), roleOf(ofBen, eve)], ['member', null]);
  });

test('[MEM32] a higher rank of one’s own that the server names is none', async (t) => {
  const { town, ana, ben, group, ofBen } = await stage(t);
  await claims(ben, group, { role: 'admin' });
  await town.pass(500);
  assert.equal(ofBen.snapshot.role, 'member');
  const entries = await entriesOf(ben, group);
  const change = { action: 'role', subject: ben.account, role: 'owner' } as const;
  const raised = await forged(entries, { actor: ana.account, conversation: group.id, ...change });
  lists(ben, group, (honest) => [...honest, raised]);
  pushes(ben, group, change, raised);
  await town.until(() => fault(ofBen) !== null, 'it is shown');
  assert.equal(ofBen.snapshot.role, 'member');
  await town.done(ofBen.send('am I?'));
  await heals(town, { by: ben, of: ofBen, at: group }, 'am I?');
  assert.equal(ofBen.snapshot.role, 'member');
});

test('[MEM32] who was removed comes back by no entry of before, and by none with another number', async (t) => {
  const { town, ana, ben, mal, group, ofBen } = await stage(t);
  await meet(town, ana, mal);
  await town.done(group.members.add(mal.account));
  await town.done(group.members.setRole(mal.account, 'admin'));
  await town.done(group.members.remove(mal.account));
  await town.until(() => ofBen.snapshot.role !== null && !isIn(ofBen, mal), 'it is known');
  const entries = await entriesOf(ana, group);
  const [, added, raised] = entries;
  assert.ok(added && raised);
  const { entry, signatures } = added;
  const last = await forged(entries, { ...entry, actor: entry.actor });
  const renumbered = { ...last, entry: { ...entry, n: last.entry.n, prev: last.entry.prev as string }, signatures };
  const lies = [[added], [added, raised], [renumbered as typeof added]];
  for (const [index, again] of lies.entries()) {
    const question = `is Mal back, by lie ${index}?`;
    lists(ben, group, (honest) => [...honest, ...again]);
    pushes(ben, group, { action: 'add', subject: mal.account, role: 'member' }, again[0]);
    await town.until(() => fault(ofBen) !== null, 'it is shown');
    await waits(town, { by: ben, of: ofBen, without: mal }, question);
    assert.ok(!isIn(ofBen, mal));
    await heals(town, { by: ben, of: ofBen, at: group }, question);
    assert.ok(!isIn(ofBen, mal));
  }
});

test('[MEM32] a link that nobody in the group made, and one of theirs without its private half, let nobody in', async (t) => {
  const { town, ana, mal, group, ofBen } = await stage(t);
  await town.done(group.links.create());
  const entries = await entriesOf(ana, group);
  const key = entries.at(-1)?.entry.link_key ?? assert.fail();
  const door = await signer('door');
  const at = { conversation: group.id };
  const opened = { ...at, actor: ana.account, action: 'link', link_key: door.key, uses: 5, expires_at: 2e12 } as const;
  const comes = { ...at, actor: mal.account, action: 'join' } as const;
  const lies = [];
  for (const by of [null, foreign]) {
    const link = await forged(entries, opened, by);
    lies.push([link, await forged([...entries, link], { ...comes, link_key: door.key }, foreign, door)]);
  }
  lies.push([await forged(entries, { ...comes, link_key: door.key }, foreign, door)]);
  lies.push([await forged(entries, { ...comes, link_key: key }, foreign, door)]);
  for (const [index, lie] of lies.entries()) {
    const question = `who let them in, by lie ${index}?`;
    lists(ana, group, (honest) => [...honest, ...lie]);
    pushes(ana, group, { action: 'join' }, lie.at(-1));
    await town.until(() => fault(group) !== null, 'it is shown');
    await waits(town, { by: ana, of: group, without: mal }, question);
    assert.ok(!isIn(group, mal));
    await heals(town, { by: ana, of: group, at: ofBen }, question);
  }
});

test('[MEM32] who asks to be let in by a link is in when an administrator says so, and not when the server does', async (t) => {
  const { town, ana, mal, group, ofBen } = await stage(t);
  const { link } = await town.done(group.links.create({ approval: true }));
  assert.ok(link);
  // The server tells Mal that the link needs no approval: so a join is signed as it has to be, by the link, too.
  mal.man.alter('POST /v1/links/inspect', (found: object) => ({ ...found, approval: false }));
  const joins = await signedBy(town, mal, group, () => mal.client.invites.accept(link));
  assert.equal(joins.entry.action, 'join');
  mal.man.honest();
  await town.done(mal.client.invites.accept(link));
  await town.done(group.members.pending.load());
  assert.deepEqual(
    group.members.pending.snapshot.map(({ account }) => account),
    [mal.account],
  );
  const entries = await entriesOf(ana, group);
  const lets = { conversation: group.id, actor: ana.account, action: 'add', subject: mal.account } as const;
  const lies = [
    [...entries.slice(0, -1), { seq: 9, ...joins }],
    [...entries, { seq: 9, ...joins }],
    [...entries, await forged(entries, { ...lets, role: 'member' })],
    [...entries, await forged(entries, { ...lets, role: 'member' }, foreign)],
  ];
  for (const [index, lie] of lies.entries()) {
    const question = `who let them in, by lie ${index}?`;
    lists(ana, group, () => lie);
    pushes(ana, group, { action: 'join', subject: mal.account }, lie.at(-1));
    await town.until(() => fault(group) !== null, 'it is shown');
    await waits(town, { by: ana, of: group, without: mal }, question);
    assert.ok(!isIn(group, mal));
    await heals(town, { by: ana, of: group, at: ofBen }, question);
  }
  await town.done(group.members.pending.approve(mal.account));
  assert.equal(roleOf(group, mal), 'member');
});

test('[MEM33] whom the server takes out without an entry is in the group for everybody, and reads on', async (t) => {
  const { town, ana, ben, group, ofBen } = await stage(t);
  const change = { action: 'remove', subject: ben.account } as const;
  ana.man.alter(`GET /v1/conversations/${group.id}/members`, (page: { readonly items: readonly Member[] }) => ({
    ...page,
    items: page.items.filter(({ account }) => account !== ben.account),
  }));
  await claims(ana, group, { member_count: 1 });
  await town.pass(500);
  await say(town, group, 'still there?');
  await reads(town, ofBen, 'still there?');
  // Nor by the word of the server in the list itself.
  const entries = await entriesOf(ana, group);
  const removed = await forged(entries, { conversation: group.id, actor: ana.account, ...change });
  lists(ana, group, (honest) => [...honest, removed]);
  pushes(ana, group, change);
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
  const swapped = (await entriesOf(mal, trap)).map((one) => structuredClone(one));
  lists(cleo, group, () => swapped);
  lists(ben, group, () => swapped);
  await town.done(group.members.add(cleo.account));
  const ofCleo = await there(town, cleo, group);
  await town.until(() => fault(ofCleo) !== null, 'it is shown');
  await waits(town, { by: cleo, of: ofCleo, without: mal }, 'whose group is this?');
  await heals(town, { by: cleo, of: ofCleo, at: group }, 'whose group is this?');
  assert.deepEqual([roleOf(ofCleo, ana), roleOf(ofCleo, mal)], ['owner', null]);
  pushes(ben, group, { action: 'settings' });
  await town.until(() => fault(ofBen) !== null, 'it is shown');
  await waits(town, { by: ben, of: ofBen, without: mal }, 'and what is this?');
  assert.deepEqual([roleOf(ofBen, ana), roleOf(ofBen, mal)], ['owner', null]);
  await heals(town, { by: ben, of: ofBen, at: group }, 'and what is this?');
});

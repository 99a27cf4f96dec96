// Who is in a group, over whole clients and an honest server: every change is signed by who makes it, and everybody
// comes to the same list.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EntryPage } from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import { groupOf, meet, password, type Resident, reads, say, Town, there } from './town.ts';

/** The entries of a group, as `action` or, where nobody signed, `(action)`. */
async function actions({ ask }: Resident, { id }: Conversation): Promise<readonly string[]> {
  const { body } = await ask({ method: 'GET', path: `/v1/conversations/${id}/entries` });
  const { items } = body as EntryPage;
  return items.map(({ entry, signatures }) => (signatures === undefined ? `(${entry.action})` : entry.action));
}

/** Each of these sees the same people in it, and nothing is wrong. */
async function agree(town: Town, groups: readonly Conversation[], people: readonly Resident[]): Promise<void> {
  const wanted = people.map(({ account }) => account).sort();
  for (const group of groups) {
    const now = () => group.members.snapshot.items.map(({ account }) => account).sort();
    await town.done(group.members.load());
    await town.until(() => now().join() === wanted.join(), `it is ${wanted.join()}, not ${now().join()}`);
    assert.equal(group.snapshot.listFault, null);
  }
}

async function four(t: TestContext) {
  const town = await Town.open(t);
  const people = [await town.join('ana'), await town.join('ben'), await town.join('cleo'), await town.join('dia')];
  return { town, people: people as [Resident, Resident, Resident, Resident] };
}

test('[MEM25] a group is founded, people are brought in, asked, raised and removed, come and go by signed entries', async (t) => {
  const { town, people } = await four(t);
  const [ana, ben, cleo, dia] = people;
  await meet(town, ana, ben);
  const group = await town.done(ana.client.createGroup('Garden', [ben.account, cleo.account]));
  const ofBen = await there(town, ben, group);
  const ofCleo = await there(town, cleo, group);
  assert.equal(ofCleo.snapshot.membership, 'invited');
  await town.done(ofCleo.accept());
  await agree(town, [group, ofBen, ofCleo], [ana, ben, cleo]);
  await say(town, ofCleo, 'hello');
  await reads(town, group, 'hello');
  await reads(town, ofBen, 'hello');
  await town.done(group.members.setRole(ben.account, 'admin'));
  const asked = await town.done(ofBen.members.add(dia.account));
  assert.equal(asked.membership, 'invited');
  await town.done((await there(town, dia, group)).decline());
  await town.done(ofBen.members.remove(cleo.account));
  await town.done(group.leave());
  await agree(town, [ofBen], [ben]);
  assert.equal(ofBen.snapshot.role, 'owner');
  const wanted = ['create', 'join', 'role', 'ask', 'decline', 'remove', 'leave'];
  assert.deepEqual(await actions(ben, group), wanted);
});

test('[MEM25] links let in, or let ask, who has them; who asked is let in or not by a signed entry', async (t) => {
  const { town, people } = await four(t);
  const [ana, ben, cleo, dia] = people;
  const [group, ofBen] = await groupOf(town, ana, ben);
  assert.ok(ofBen);
  const open = await town.done(group.links.create({ uses: 1 }));
  const gate = await town.done(group.links.create({ approval: true }));
  const ofCleo = await town.done(cleo.client.invites.accept(open.link ?? ''));
  await agree(town, [group, ofBen, ofCleo], [ana, ben, cleo]);
  await say(town, ofCleo, 'by the link');
  await reads(town, ofBen, 'by the link');
  await assert.rejects(town.done(dia.client.invites.accept(open.link ?? '')), { code: 'invite.invalid' });
  assert.deepEqual(
    (await town.done(group.links.list())).map(({ invite }) => invite),
    [gate.invite],
  );
  const inspected = await town.done(dia.client.invites.inspect(gate.link ?? ''));
  assert.deepEqual(
    [inspected.kind, inspected.inviter.account, inspected.approval],
    ['conversation', ana.account, true],
  );
  const ofDia = await town.done(dia.client.invites.accept(gate.link ?? ''));
  assert.equal(ofDia.snapshot.membership, 'waiting');
  await town.done(group.members.pending.load());
  assert.deepEqual(
    group.members.pending.snapshot.map(({ account }) => account),
    [dia.account],
  );
  await town.done(group.members.pending.approve(dia.account));
  await agree(town, [group, ofBen, ofCleo, ofDia], [ana, ben, cleo, dia]);
  await town.done(group.links.revoke(gate.invite));
  const wanted = ['create', 'link', 'link', 'join', 'knock', 'add', 'end_link'];
  assert.deepEqual(await actions(ana, group), wanted);
});

test('[MEM26] two who change a list at once are both heard: one signs anew', async (t) => {
  const { town, people } = await four(t);
  const [ana, ben, cleo, dia] = people;
  await meet(town, ben, dia);
  const [group, ofBen, ofCleo] = await groupOf(town, ana, ben, cleo);
  assert.ok(ofBen && ofCleo);
  await town.done(group.members.setRole(ben.account, 'admin'));
  await agree(town, [ofBen], [ana, ben, cleo]);
  await town.done(Promise.all([group.members.remove(cleo.account), ofBen.members.add(dia.account)]));
  await agree(town, [group, ofBen, await there(town, dia, group)], [ana, ben, dia]);
});

test('[MEM35] whoever deletes the account leaves its groups by signed entries first; what broke off is done again', async (t) => {
  const { town, people } = await four(t);
  const [ana, ben, cleo, dia] = people;
  await meet(town, ana, ben);
  const garden = await town.done(ana.client.createGroup('Garden', [ben.account]));
  const ofBen = await there(town, ben, garden);
  const other = await town.done(dia.client.createGroup('Other', [ana.account]));
  assert.equal((await there(town, ana, other)).snapshot.membership, 'invited');
  await assert.rejects(town.done(ana.client.deleteAccount('wrong')), { code: 'auth.refused' });
  assert.deepEqual(await actions(ben, garden), ['create'], 'nothing is left with a password that is wrong');
  ana.man.answers.set('POST /v1/me/delete', () => ({ status: 503, body: { code: 'unavailable' } }));
  await assert.rejects(town.done(ana.client.deleteAccount(password)), { code: 'unavailable' });
  ana.man.honest();
  await town.done(ana.client.deleteAccount(password));
  assert.deepEqual(await actions(ben, garden), ['create', 'leave']);
  assert.deepEqual(await actions(dia, other), ['create', 'decline']);
  await agree(town, [ofBen], [ben]);
  assert.equal(ofBen.snapshot.role, 'owner', 'she handed over by going');
  await meet(town, ben, cleo);
  await town.done(ofBen.members.add(cleo.account));
  await say(town, ofBen, 'she has gone');
  await reads(town, await there(town, cleo, garden), 'she has gone');
});

test('[MEM36] whom the server takes out because the account was deleted has gone for everybody, and the group goes on', async (t) => {
  const { town, people } = await four(t);
  const [ana, ben, cleo, dia] = people;
  await meet(town, ana, ben);
  await meet(town, ana, cleo);
  const group = await town.done(ana.client.createGroup('Garden', [ben.account, cleo.account, dia.account]));
  const [ofBen, ofCleo] = [await there(town, ben, group), await there(town, cleo, group)];
  await there(town, dia, group);
  const gone = async (one: Resident) => {
    const { status } = await one.ask({ method: 'POST', path: '/v1/me/delete', body: { password } });
    assert.equal(status, 204);
  };
  await gone(ana);
  await gone(dia);
  await agree(town, [ofBen, ofCleo], [ben, cleo]);
  assert.deepEqual(await actions(ben, group), ['create', '(leave)', '(decline)']);
  assert.deepEqual(new Set([ofBen, ofCleo].map(({ snapshot }) => snapshot.role)), new Set(['member', 'owner']));
  await say(town, ofBen, 'they have gone');
  await reads(town, ofCleo, 'they have gone');
  const owner = ofBen.snapshot.role === 'owner' ? ofBen : ofCleo;
  await town.done(owner.links.create());
  await agree(town, [ofBen, ofCleo], [ben, cleo]);
});

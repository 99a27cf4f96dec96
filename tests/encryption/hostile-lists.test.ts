// A server that shows people different member lists of one group, against whole clients: an old one, one from which a
// removal is kept back, and two that part. Whoever knows less seals for who is in the list that it has, until somebody
// who knows more says something; from then on nothing goes out.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { heartbeatMs } from '@parley/protocol/limits';
import { entriesOf, fault, heals, isIn, keepsBack, keysFor, roleOf, takesApart, waits } from './list-liar.ts';
import { groupOf, meet, reads, say, Town, there } from './town.ts';

/** Ana, Ben and Mal in a group of Ana's. */
async function stage(t: TestContext) {
  const town = await Town.open(t);
  const [ana, ben, mal] = [await town.join('ana'), await town.join('ben'), await town.join('mal')];
  const [group, ofBen, ofMal] = await groupOf(town, ana, ben, mal);
  assert.ok(ofBen && ofMal);
  await say(town, ofBen, 'hello');
  await reads(town, group, 'hello');
  return { town, ana, ben, mal, group, ofBen, ofMal };
}

test('[MEM34] a removal that is kept back from somebody holds once they hear from who knows of it', async (t) => {
  const { town, ana, ben, mal, group, ofBen } = await stage(t);
  const { length } = await entriesOf(ana, group);
  keepsBack(ben, group, length);
  await town.done(group.members.remove(mal.account));
  await town.pass(2_000);
  // Nothing tells Ben: what he writes goes out as it did, and that is in the threat model.
  assert.deepEqual([fault(ofBen), isIn(ofBen, mal)], [null, true]);
  await say(town, ofBen, 'to all three');
  await reads(town, group, 'to all three');
  assert.equal(fault(group), null, 'who knows more sees nothing wrong');
  await say(town, group, 'only we two');
  await town.until(() => fault(ofBen) === 'different', 'it is shown');
  await waits(town, { by: ben, of: ofBen, without: mal }, 'between us');
  await heals(town, { by: ben, of: ofBen, at: group }, 'between us');
  assert.ok(!isIn(ofBen, mal));
  const keys = keysFor(ben);
  await say(town, ofBen, 'and this, too');
  await reads(town, group, 'and this, too');
  assert.ok(!keys.has(mal));
});

test('[MEM34] who comes and is told an old list seals for nobody removed once they hear from who knows of it', async (t) => {
  const { town, ana, mal, group, ofBen } = await stage(t);
  const cleo = await town.join('cleo');
  await meet(town, ana, cleo);
  await town.done(group.members.add(cleo.account));
  const { length } = await entriesOf(ana, group);
  await town.done(group.members.remove(mal.account));
  await reads(town, ofBen, '[remove]');
  // Cleo begins with nothing: all that she is ever told is the list before.
  keepsBack(cleo, group, length);
  const ofCleo = await there(town, cleo, group);
  await town.until(() => ofCleo.members.snapshot.loaded || fault(ofCleo) !== null, 'she has a list');
  await say(town, group, 'welcome, Cleo');
  await reads(town, ofCleo, 'welcome, Cleo');
  await town.until(() => fault(ofCleo) === 'different', 'it is shown');
  await waits(town, { by: cleo, of: ofCleo, without: mal }, 'hello all');
  await heals(town, { by: cleo, of: ofCleo, at: group }, 'hello all');
  assert.ok(!isIn(ofCleo, mal));
});

/** Ben's change is for Ben alone, Ana's for everybody else: each signed it behind the same entry. */
async function parted(t: TestContext) {
  const at = await stage(t);
  const { town, ana, ben, mal, group, ofBen } = at;
  await town.done(group.members.setRole(ben.account, 'admin'));
  await town.until(() => roleOf(ofBen, ben) === 'admin', 'Ben leads');
  const before = await entriesOf(ana, group);
  takesApart(ben, group, before);
  await town.done(Promise.all([group.members.remove(mal.account), ofBen.members.setRole(mal.account, 'admin')]));
  await town.until(() => !isIn(group, mal), 'they part');
  assert.deepEqual([roleOf(group, mal), roleOf(ofBen, mal)], [null, 'admin']);
  assert.deepEqual([fault(group), fault(ofBen)], [null, null]);
  return at;
}

test('[MEM34] two lists that part are seen by whoever hears first from the other side', async (t) => {
  const { town, ana, ben, mal, group, ofBen } = await parted(t);
  await say(town, ofBen, 'welcome to the lead');
  await reads(town, group, 'welcome to the lead');
  await town.until(() => fault(group) === 'different', 'Ana is told');
  await waits(town, { by: ana, of: group, without: mal }, 'whom do you mean?');
  ben.man.honest();
  ben.man.events?.onClose(1006, '');
  await town.until(() => !isIn(ofBen, mal), 'Ben has the list');
  // What Ben says next takes the doubt away, and what waited goes out.
  await say(town, ofBen, 'nobody');
  await town.until(() => fault(group) === null, 'Ana is told no more');
  await reads(town, ofBen, 'whom do you mean?');
});

test('[MEM34] of two lists that part the other side stops as well, if it hears first', async (t) => {
  const { town, ben, mal, group, ofBen } = await parted(t);
  await say(town, group, 'Mal is out');
  await reads(town, ofBen, 'Mal is out');
  await town.until(() => fault(ofBen) === 'different', 'Ben is told');
  await waits(town, { by: ben, of: ofBen, without: mal }, 'is he?');
  await heals(town, { by: ben, of: ofBen, at: group }, 'is he?');
  assert.ok(!isIn(ofBen, mal));
});

test('[MEM38] whoever sealed for a list that was made up has the true one with an honest server, though nobody says anything', async (t) => {
  const { town, ana, ben, mal, group, ofBen } = await parted(t);
  await say(town, ofBen, 'welcome to the lead');
  await reads(town, group, 'welcome to the lead');
  // The next heartbeat has Ben ask what changed: he is told so by the liar, and nobody tells him again.
  await town.pass(2 * heartbeatMs);
  await town.until(() => fault(group) === 'different', 'Ana is told');
  await waits(town, { by: ana, of: group, without: mal }, 'whom do you mean?');
  ben.man.honest();
  ben.man.events?.onClose(1006, '');
  await town.until(() => !isIn(ofBen, mal), 'Ben has the list');
  await say(town, ofBen, 'nobody');
  await reads(town, ofBen, 'whom do you mean?');
});

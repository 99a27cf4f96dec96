// A server that lies again where it was found out before: what people were told once hides nothing that is new, and is not
// told again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '@parley/sdk';
import { maxRefetches, refetchRows } from '../../packages/sdk/src/limits.ts';
import { leavesHole, leavesOut } from './history-liar.ts';
import { groupOf, pair, type Resident, reads, say, shows, Town } from './town.ts';

/** A server that lies no more, on a new connection. */
function repents({ man }: Resident): void {
  man.honest();
  man.events?.onClose(1006, '');
}

/** How often somebody has asked again for records that were there. */
const looks = ({ man }: Resident, { id }: Conversation) =>
  man.heard.filter((frame) => frame.type === 'sync' && frame.conversation_id === id && frame.limit === refetchRows)
    .length;

/** Ana is not shown what Ben says, and says something; Ben is told. */
async function toldOfAna(town: Town, { ana, withBen, withAna }: Awaited<ReturnType<typeof pair>>): Promise<number> {
  leavesOut(ana.man, withAna, withAna.snapshot.head + 1);
  for (const text of ['shall we meet?', 'at six?']) await say(town, withAna, text);
  await reads(town, withBen, 'at six?');
  await say(town, withBen, 'yes');
  await town.until(() => withAna.snapshot.doubt === ana.account, 'Ben is told');
  return withAna.snapshot.doubtAt ?? assert.fail();
}

test('[ENC380] a lie behind one that was told is looked at and told as well, and put right once the server is honest', async (t) => {
  const all = await pair(t);
  const { town, ana, ben, withBen, withAna } = all;
  const before = await toldOfAna(town, all);
  repents(ana);
  await shows(town, withBen, ['shall we meet?', 'at six?', 'yes']);
  await say(town, withBen, 'now I see');
  await reads(town, withAna, 'now I see');
  await town.pass(60_000);
  assert.equal(withAna.snapshot.doubtAt, before, 'what is right tells nothing');
  leavesHole(ben.man, withAna, withAna.snapshot.head + 1);
  const asked = looks(ben, withAna);
  for (const text of ['not at six', 'see you']) await say(town, withBen, text);
  await reads(town, withAna, 'see you');
  await town.until(() => withAna.snapshot.doubtAt !== before, 'Ben is told again');
  assert.equal(withAna.snapshot.doubt, ana.account);
  assert.equal(looks(ben, withAna) - asked, maxRefetches);
  repents(ben);
  await shows(town, withAna, ['now I see', 'not at six', 'see you']);
  await town.until(() => withAna.snapshot.doubtAt === before, 'what Ana could not see stays told');
});

test('[ENC380] whoever goes on being shown another history is told of once, however much they say', async (t) => {
  const all = await pair(t);
  const { town, ben, withBen, withAna } = all;
  const before = await toldOfAna(town, all);
  const asked = looks(ben, withAna);
  for (const text of ['hello?', 'are you there?', 'well then']) {
    await say(town, withBen, text);
    await reads(town, withAna, text);
    await town.pass(60_000);
  }
  assert.equal(withAna.snapshot.doubtAt, before);
  assert.equal(looks(ben, withAna), asked, 'nor is it fetched again');
});

test('[ENC380] what was told of one does not hide what another one has seen, and goes on being shown meanwhile', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, cem] = [await town.join('ana'), await town.join('ben'), await town.join('cem')];
  const [group, ofBen, ofCem] = await groupOf(town, ana, ben, cem);
  assert.ok(ofBen && ofCem);
  leavesOut(ben.man, group, group.snapshot.head + 1);
  for (const text of ['one', 'two']) await say(town, group, text);
  await reads(town, ofBen, 'two');
  await say(town, ofBen, 'three');
  await town.until(() => group.snapshot.doubt === ben.account && ofCem.snapshot.doubt === ben.account, 'told of Ben');
  repents(ben);
  leavesHole(ana.man, group, group.snapshot.head + 1);
  const seen = new Set<string | null>();
  group.subscribe(() => seen.add(group.snapshot.doubt));
  for (const text of ['four', 'five']) await say(town, ofCem, text);
  await town.until(() => group.snapshot.doubt === cem.account, 'told of Cem');
  assert.deepEqual([...seen], [ben.account, cem.account]);
  repents(ana);
  await shows(town, group, ['three', 'four', 'five']);
  await town.until(() => group.snapshot.doubt === ben.account, 'only what Ben could not see is left');
  assert.equal(ofCem.snapshot.doubt, ben.account);
});

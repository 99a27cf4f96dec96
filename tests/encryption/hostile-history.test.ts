// A server that shows people different histories: whoever is shown another one than the others is told, and is told no
// more when it is mended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '@parley/sdk';
import { maxWitnessed, refetchRows } from '../../packages/sdk/src/limits.ts';
import { blanksRecord, leavesHole, leavesOut, otherHash, repeatsRecord, turnsRecords } from './history-liar.ts';
import type { Man } from './man.ts';
import { groupOf, pair, type Resident, reads, say, shown, shows, Town } from './town.ts';

async function doubted(town: Town, conversation: Conversation, by: Resident): Promise<void> {
  await town.until(() => conversation.snapshot.doubt === by.account, 'it is told');
}

test('[ENC194] [ENC195] a message that the server leaves out is missed, once it was asked for three times', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  leavesHole(ben.man, withBen, lost);
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  await town.pass(1_000);
  const heard = ben.man.heard.length;
  await doubted(town, withAna, ana);
  await town.pass(60_000);
  const asked = ben.man.heard.slice(heard).filter((frame) => frame.type === 'sync' && frame.after === 0);
  assert.equal(asked.length, 2, 'and once before that');
  assert.equal(withBen.snapshot.doubt, null, 'nobody else is worried');
});

test('[ENC194] what comes after all when it is asked for again is shown, and nothing is told', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  leavesHole(ben.man, withBen, lost);
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  assert.deepEqual((await shown(town, withAna)).slice(-2), ['hi', 'see you']);
  ben.man.honest();
  await town.pass(60_000);
  assert.deepEqual((await shown(town, withAna)).slice(-3), ['hi', 'the meeting is cancelled', 'see you']);
  assert.equal(withAna.snapshot.doubt, null);
});

test('[ENC194] what was told goes when a later connection brings what was missing', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  leavesHole(ben.man, withBen, lost);
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await doubted(town, withAna, ana);
  ben.man.honest();
  ben.man.events?.onClose(1006, '');
  await town.until(() => withAna.snapshot.doubt === null, 'it is mended');
  assert.deepEqual((await shown(town, withAna)).slice(-2), ['the meeting is cancelled', 'see you']);
});

test('[ENC195] a message that the server leaves out without a hole is missed', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  leavesOut(ben.man, withBen, withBen.snapshot.head + 1);
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  await doubted(town, withAna, ana);
});

test('[ENC195] two messages that the server turns around are noticed', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const first = withBen.snapshot.head + 1;
  turnsRecords(ben.man, withBen, first);
  await say(town, withBen, 'yes');
  await say(town, withBen, 'no');
  await say(town, withBen, 'see you');
  await shows(town, withAna, ['no', 'yes', 'see you']);
  await doubted(town, withAna, ana);
});

test('[ENC195] a message that the server repeats is noticed by what the others say next', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  await say(town, withBen, 'pay the bill');
  await reads(town, withAna, 'pay the bill');
  const old = ben.man.records.at(-1) ?? assert.fail();
  repeatsRecord(ben.man, withBen, old);
  await say(town, withBen, 'thanks');
  await reads(town, withAna, 'thanks');
  await say(town, withBen, 'see you');
  await doubted(town, withAna, ana);
  assert.deepEqual((await shown(town, withAna)).slice(-4), ['pay the bill', '(altered)', 'thanks', 'see you']);
});

test('[ENC195] [ENC199] two readers who are shown two histories find out from what the other one says', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, cem] = [await town.join('ana'), await town.join('ben'), await town.join('cem')];
  const [group, ofBen, ofCem] = await groupOf(town, ana, ben, cem);
  assert.ok(ofBen && ofCem);
  const next = group.snapshot.head + 1;
  leavesOut(ben.man, group, next);
  leavesOut(cem.man, group, next + 1);
  await say(town, group, 'vote for Ben');
  await say(town, group, 'vote for Cem');
  await reads(town, ofBen, 'vote for Cem');
  await reads(town, ofCem, 'vote for Ben');
  // Ana's second message shows Ben that there was a first one; Cem hears of it from Ben.
  await doubted(town, ofBen, ana);
  assert.equal(ofCem.snapshot.doubt, null);
  await say(town, ofBen, 'agreed');
  await doubted(town, ofCem, ben);
  await doubted(town, group, ben);
  for (const { man } of [ben, cem]) {
    man.honest();
    man.events?.onClose(1006, '');
  }
  for (const one of [ofBen, ofCem]) await shows(town, one, ['vote for Ben', 'vote for Cem', 'agreed']);
  await town.until(() => ofBen.snapshot.doubt === null, 'what Ana had seen is there');
  // What Ben said then stays another history than theirs.
  assert.deepEqual([ofCem.snapshot.doubt, group.snapshot.doubt], [ben.account, ben.account]);
  await say(town, ofBen, 'and now?');
  for (const one of [group, ofCem]) await reads(town, one, 'and now?');
});

test('[ENC195] what the server calls deleted is missed when it was not, and nothing is left of it', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  blanksRecord(ben.man, withBen, lost);
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  await doubted(town, withAna, ana);
});

test('[ENC195] what the server calls deleted with another hash is missed as well', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  blanksRecord(ben.man, withBen, lost, { body_hash: otherHash });
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await doubted(town, withAna, ana);
});

/** What is done to a conversation whose next record has this number. */
type Lie = (man: Man, chat: Conversation, next: number) => void;

const repeats: Lie = (man, chat, next) => {
  const old = man.records.findLast(({ conversation_id, seq }) => conversation_id === chat.id && seq === next - 1);
  repeatsRecord(man, chat, old ?? assert.fail('it came'));
};
const lies: Readonly<Record<string, Lie>> = {
  'left out with a hole': leavesHole,
  'left out without a hole': leavesOut,
  'turned around': turnsRecords,
  blanked: blanksRecord,
  'blanked, with another hash': (man, chat, next) => blanksRecord(man, chat, next, { body_hash: otherHash }),
  repeated: repeats,
};

for (const [what, lie] of Object.entries(lies))
  test(`[ENC199] what was ${what} stands in its place with an honest server, and what is said next is shown`, async (t) => {
    const { town, ana, ben, withBen, withAna } = await pair(t);
    await say(town, withBen, 'one');
    await reads(town, withAna, 'one');
    lie(ben.man, withBen, withBen.snapshot.head + 1);
    for (const text of ['two', 'three']) await say(town, withBen, text);
    await doubted(town, withAna, ana);
    ben.man.honest();
    ben.man.events?.onClose(1006, '');
    await say(town, withBen, 'and now?');
    await say(town, withBen, 'really?');
    await shows(town, withAna, ['one', 'two', 'three', 'and now?', 'really?']);
    assert.equal(withAna.snapshot.doubt, null);
  });

test('[ENC199] a place that a repeated record took is free once the server is honest: the very next message is shown', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  repeats(ben.man, withBen, withBen.snapshot.head + 1);
  for (const text of ['two', 'three']) await say(town, withBen, text);
  await doubted(town, withAna, ana);
  ben.man.honest();
  ben.man.events?.onClose(1006, '');
  await shows(town, withAna, ['hi', 'two', 'three']);
  await say(town, withBen, 'and now?');
  await shows(town, withAna, ['hi', 'two', 'three', 'and now?']);
});

test('[ENC199] a long history that was moved is put right in one go, also where pages meet', async (t) => {
  const texts = Array.from({ length: refetchRows + maxWitnessed }, (_, n) => `number ${n}`);
  for (const lie of [repeats, leavesOut]) {
    const { town, ana, ben, withBen, withAna } = await pair(t);
    lie(ben.man, withBen, withBen.snapshot.head + 1);
    for (const text of texts) await say(town, withBen, text);
    await doubted(town, withAna, ana);
    ben.man.honest();
    ben.man.events?.onClose(1006, '');
    await town.until(() => withAna.snapshot.doubt === null, 'it is mended');
    const timeline = withAna.timeline();
    await town.until(() => timeline.snapshot.items.length > 0, 'it is loaded');
    while (timeline.snapshot.older !== 'end') await town.done(timeline.loadOlder());
    const rows = timeline.snapshot.items.map(({ type, text }) => (type === 'undecryptable' ? '?' : text));
    assert.deepEqual(rows.slice(-texts.length), texts);
    timeline.close();
  }
});

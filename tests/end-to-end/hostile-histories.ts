// Other histories than others have, told to a page: the lies of tests/encryption/hostile-history.test.ts, each in a group of
// its own. A client asks again for half a minute before it tells anybody: all of them here have done with its long waits.
import assert from 'node:assert/strict';
import type { ConversationId } from '@parley/protocol';
import { refetchAfterMs } from '../../packages/sdk/src/limits.ts';
import {
  blanksRecord,
  leavesHole,
  leavesOut,
  otherHash,
  repeatsRecord,
  turnsRecords,
} from '../encryption/history-liar.ts';
import type { Man } from '../encryption/man.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { heals, type Victim, victim } from './hostile-people.ts';

const waits = refetchAfterMs.slice(1);

/** What is done to a conversation whose next record has this number. */
type Lie = (man: Man, chat: { readonly id: ConversationId }, next: number) => void;

/** What is shown of three messages at last. */
const lies: Readonly<Record<string, readonly [lie: Lie, shown: readonly string[]]>> = {
  'a hole': [leavesHole, ['one', 'three']],
  'left out': [leavesOut, ['one', 'three']],
  'turned around': [turnsRecords, ['one', 'three', 'two']],
  blanked: [blanksRecord, ['one', 'three']],
  'blanked, with another hash': [
    (man, chat, next) => blanksRecord(man, chat, next, { body_hash: otherHash }),
    ['one', 'three'],
  ],
  repeated: [
    (man, chat, next) => {
      const old = man.records.findLast(({ conversation_id, seq }) => conversation_id === chat.id && seq === next - 1);
      repeatsRecord(man, chat, old ?? assert.fail('it came'));
    },
    ['one', '(altered)', 'two', 'three'],
  ],
};

/** Ben has the page; Cem reads what Ben does. */
interface Readers {
  readonly ana: Friend;
  readonly ben: Victim;
  readonly cem: Friend;
}

export async function lieOfHistories(place: ChromiumPlace): Promise<void> {
  const ben = await victim(place, 'past.ben', 'signUp', waits);
  const [ana, cem] = [await friend(place, 'past.ana'), await friend(place, 'past.cem')];
  const readers = { ana, ben, cem };
  const first = await forked(readers, ben, cem);
  const second = await forked(readers, cem, ben);
  const [groups] = await Promise.all([lieOnce(readers), findsOut(readers, second, cem, ben)]);
  for (const id of groups) await ben.device.doubts(id, ana.account);
  const worried = ana.client.conversations.snapshot.filter(({ id, doubt }) => doubt !== null && id !== second);
  assert.deepEqual(worried, [], 'nobody else is worried');
  await findsOut(readers, first, ben, cem);
  for (const one of [ben, cem]) heals(one);
  for (const id of groups) {
    await ben.device.doubts(id, null);
    await goesOn(id, readers, ['one', 'two', 'three']);
    await ana.device.doubts(id, null);
  }
  // Whoever has heard what somebody said who was shown another history stays told of that; what Ana had seen is there.
  await ben.device.doubts(first, null);
  await cem.device.doubts(second, null);
  for (const id of [first, second]) {
    await goesOn(id, readers, ['one', 'vote for Ben', 'vote for Cem', 'agreed']);
    await cem.device.ends(id, ['one', 'vote for Ben', 'vote for Cem', 'agreed', 'and now?', 'yes']);
  }
}

/** Each lie in a group of its own. */
async function lieOnce({ ana, ben }: Readers): Promise<readonly ConversationId[]> {
  const groups: ConversationId[] = [];
  for (const [what, [lie, shown]] of Object.entries(lies)) {
    const { id } = await ana.client.createGroup(what, [ben.account]);
    await ben.device.counts(id, 2);
    const [one = 0] = await ana.device.say(id, ['one']);
    await ben.device.ends(id, ['one']);
    lie(ben.man, { id }, one + 1);
    for (const text of ['two', 'three']) await ana.device.say(id, [text]);
    await ben.device.ends(id, shown);
    groups.push(id);
  }
  return groups;
}

/** One reader does not get the first of two messages, the other not the second. */
async function forked(
  { ana, ben, cem }: Readers,
  early: Victim | Friend,
  late: Victim | Friend,
): Promise<ConversationId> {
  const { id } = await ana.client.createGroup('Two histories', [ben.account, cem.account]);
  for (const { device } of [ben, cem]) await device.counts(id, 3);
  const [one = 0] = await ana.device.say(id, ['one']);
  for (const { device } of [ben, cem]) await device.ends(id, ['one']);
  leavesOut(early.man, { id }, one + 1);
  leavesOut(late.man, { id }, one + 2);
  for (const text of ['vote for Ben', 'vote for Cem']) await ana.device.say(id, [text]);
  await early.device.ends(id, ['one', 'vote for Cem']);
  await late.device.ends(id, ['one', 'vote for Ben']);
  return id;
}

/** The second message shows the early one that there was a first; the late one hears of it from that one, as Ana does. */
async function findsOut(
  { ana, cem }: Readers,
  id: ConversationId,
  early: Victim | Friend,
  late: Victim | Friend,
): Promise<void> {
  const none = (await late.device.doubted(id)) ?? (await ana.device.doubted(id));
  assert.equal(none, null);
  for (const wait of waits) for (const { clock } of [ana, cem]) clock.skip(wait);
  await early.device.doubts(id, ana.account);
  await early.device.say(id, ['agreed']);
  await late.device.doubts(id, early.account);
  await ana.device.doubts(id, early.account);
}

/** All of it stands in its place, and it goes on in both directions. */
async function goesOn(id: ConversationId, { ana, ben }: Readers, rows: readonly string[]): Promise<void> {
  await ana.device.say(id, ['and now?']);
  await ben.device.ends(id, [...rows, 'and now?']);
  await ben.device.say(id, ['yes']);
  await ana.device.ends(id, ['and now?', 'yes']);
}

// Other histories than others have, told to a page: the lies of tests/encryption/hostile-history.test.ts, each in a group of
// its own and all at once, because a page asks again for half a minute before it tells anybody.
import assert from 'node:assert/strict';
import type { ConversationId } from '@parley/protocol';
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
import { friend } from './hostile-friend.ts';
import { heals, victim } from './hostile-people.ts';

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

export async function lieOfHistories(place: ChromiumPlace): Promise<void> {
  const ben = await victim(place, 'past.ben');
  const ana = await friend(place, 'past.ana');
  const groups: (readonly [id: ConversationId, what: string])[] = [];
  for (const [what, [lie, shown]] of Object.entries(lies)) {
    const { id } = await ana.client.createGroup(what, [ben.account]);
    await ben.device.counts(id, 2);
    const [one = 0] = await ana.device.say(id, ['one']);
    await ben.device.ends(id, ['one']);
    lie(ben.man, { id }, one + 1);
    await ana.device.say(id, ['two']);
    await ana.device.say(id, ['three']);
    await ben.device.ends(id, shown);
    groups.push([id, what]);
  }
  for (const [id] of groups) await ben.device.doubts(id, ana.account);
  assert.ok(
    ana.client.conversations.snapshot.every(({ doubt }) => doubt === null),
    'nobody else is worried',
  );
  heals(ben);
  for (const [id] of groups) {
    await ben.device.doubts(id, null);
    await ana.device.say(id, ['and now?']);
    await ben.device.ends(id, ['one', 'two', 'three', 'and now?']);
    await ben.device.say(id, ['yes']);
    await ana.device.ends(id, ['and now?', 'yes']);
  }
}

// Who is in a group is not who is in it, told to a page: an old list, and a ghost that nobody in the group let in. The lies of
// tests/encryption/hostile-lists.test.ts and hostile-members.test.ts.
import assert from 'node:assert/strict';
import type { ConversationId } from '@parley/protocol';
import { signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { entriesOf, forged, keepsBack, lists, pushes } from '../encryption/list-liar.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { meet, talks, type Victim, victim, waitsAndHeals } from './hostile-people.ts';

/** Keys of the server's own. */
const foreign = await signer('mal');

/** Ben, who has the page, owns a group with Ana, who leads it too, and Mal. */
interface Group {
  readonly ben: Victim;
  readonly ana: Friend;
  readonly mal: Friend;
  readonly chat: ConversationId;
  readonly group: ConversationId;
}

export async function lieOfMembers(place: ChromiumPlace): Promise<void> {
  const ben = await victim(place, 'list.ben');
  const [ana, mal] = [await friend(place, 'list.ana'), await friend(place, 'list.mal')];
  const chat = await meet(ana.device, ben.device, 'list.ben');
  const group = await ben.device.group('Garden', [ana.account, mal.account]);
  for (const { device } of [ana, ben, mal]) await device.counts(group, 3);
  await talks(group, ben.device, ana.device, 'hello all');
  await mal.device.hears(group, 'hello all');
  const at = { ben, ana, mal, chat, group };
  await keptBack(at);
  await ghosts(at);
  assert.deepEqual(
    (await mal.device.told(0)).filter((text) => text !== 'hello all'),
    [],
  );
}

async function keptBack({ ben, ana, mal, chat, group }: Group): Promise<void> {
  await ben.device.raises(group, ana.account, 'admin');
  await ana.device.ranks(group, ana.account, 'admin');
  const named = { id: group };
  keepsBack(ben, named, (await entriesOf(ana, named)).length);
  await ana.device.remove(group, mal.account);
  await mal.device.belongs(group, false);
  // Nothing tells Ben, until somebody says something who knows of it: that is in the threat model.
  await talks(group, ana.device, ben.device, 'only we two');
  await ben.device.faults(group, 'different');
  await waitsAndHeals(ben, { group, elsewhere: chat, ghost: mal, reader: ana }, 'between us');
  assert.ok(!(await ben.device.members(group)).includes(mal.account));
}

async function ghosts({ ben, ana, mal, chat, group }: Group): Promise<void> {
  const named = { id: group };
  for (const [by, shown] of [
    [null, 'unsigned'],
    [foreign, 'different'],
  ] as const) {
    const change = { action: 'add', subject: mal.account, role: 'member' } as const;
    const entries = await entriesOf(ana, named);
    const ghost = await forged(entries, { actor: ben.account, conversation: group, ...change }, by);
    lists(ben, named, (honest) => [...honest, ghost]);
    pushes(ben, named, change, ghost);
    await ben.device.faults(group, shown);
    await waitsAndHeals(ben, { group, elsewhere: chat, ghost: mal, reader: ana }, `who is here, if it is ${shown}?`);
    assert.ok(!(await ben.device.members(group)).includes(mal.account));
  }
}

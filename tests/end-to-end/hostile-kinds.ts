// A server that says that a chat or a group is something else, told to pages: the lies of tests/encryption/hostile.test.ts.
import assert from 'node:assert/strict';
import type { Conversation, ConversationId } from '@parley/protocol';
import { asRoom, otherKinds } from '../encryption/kind-liar.ts';
import { claims } from '../encryption/list-liar.ts';
import { assertSealed } from '../encryption/town.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { meet, type Victim, victim } from './hostile-people.ts';

/** Later, and from the start. */
export async function lieOfKinds(place: ChromiumPlace): Promise<void> {
  const ben = await victim(place, 'kind.ben');
  const [ana, mal] = [await friend(place, 'kind.ana'), await friend(place, 'kind.mal')];
  const chat = await meet(ana.device, ben.device, 'kind.ben');
  const group = await ana.device.group('Garden', [ben.account]);
  await ben.device.counts(group, 2);
  for (const change of otherKinds(mal.account)) {
    await becomes({ ana, ben }, chat, change);
    const { kind, peer } = await ben.device.standing(chat);
    assert.deepEqual([kind, peer], ['direct', ana.account]);
  }
  await becomes({ ana, ben }, group, { kind: 'room', title: 'Open' });
  assert.equal((await ben.device.standing(group)).kind, 'group');
  await roomsFromTheStart(place, { ana, mal });
}

/** Ben is told that this is something else, and what he says there next is sealed and read. */
async function becomes(
  { ana, ben }: { readonly ana: Friend; readonly ben: Victim },
  id: ConversationId,
  change: object,
): Promise<void> {
  await claims(ben, { id }, change);
  const text = `after ${JSON.stringify(change)}`;
  await ben.device.say(id, [text]);
  await ana.device.ends(id, [text]);
  assertSealed(ben, { id });
}

/** Cleo is told nothing else from the start. */
async function roomsFromTheStart(
  place: ChromiumPlace,
  { ana, mal }: Readonly<Record<'ana' | 'mal', Friend>>,
): Promise<void> {
  const cleo = await victim(place, 'kind.cleo');
  const { device, man } = cleo;
  const room = await mal.client.createRoom({ title: 'Open' });
  const { made } = (await mal.ask({ method: 'GET', path: `/v1/conversations/${room.id}` })).body as Conversation;
  assert.ok(made);
  const lie = asRoom(made);
  const toldOf = new Map<ConversationId, () => void>();
  man.down = (frame) => {
    if (frame.type !== 'changes') return [frame];
    for (const { conversation_id } of frame.items) toldOf.get(conversation_id)?.();
    return [{ ...frame, items: frame.items.map(lie) }];
  };
  const comes = (id: ConversationId) => new Promise<void>((resolve) => toldOf.set(id, resolve));
  const chat = await ana.device.direct('kind.cleo');
  const first = comes(chat);
  await ana.device.say(chat, ['hello Cleo']);
  await first;
  const group = await ana.device.group('Garden', []);
  const second = comes(group);
  await ana.device.add(group, cleo.account);
  await second;
  await device.identity(ana.account);
  for (const id of [chat, group]) assert.equal(await device.knows(id), false);
  man.alter('POST /v1/conversations', lie);
  await assert.rejects(device.direct('kind.ana'), /client\.unexpected/);
  assert.ok(!man.heard.some((frame) => frame.type === 'message' && frame.format !== 'sealed' && frame.content));
  man.honest();
  await ana.device.say(chat, ['are you there?']);
  await device.ends(chat, ['hello Cleo', 'are you there?']);
  await device.accept(chat);
  await device.say(chat, ['hello Ana']);
  await ana.device.ends(chat, ['hello Ana']);
  assertSealed(cleo, { id: chat });
}

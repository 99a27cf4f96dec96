// A server that says that a chat or a group is something else, told to pages: the lies of tests/encryption/hostile.test.ts.
import assert from 'node:assert/strict';
import type { Conversation, ConversationId } from '@parley/protocol';
import { asRoom, otherKinds } from '../encryption/kind-liar.ts';
import { claims } from '../encryption/list-liar.ts';
import type { Man } from '../encryption/man.ts';
import { assertSealed } from '../encryption/town.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { meet, talks, type Victim, victim } from './hostile-people.ts';

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
  await roomsFromTheStart(ben, await friend(place, 'kind.dia'), mal);
}

/** Something that only the server says, as what is said in rooms is. */
const slipped = { content: 'send money', format: 'text' } as const;

/** Ben is told that this is something else: what he says there next is sealed and read, and what is not sealed nobody said. */
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
  ben.man.down = slips(ana);
  await ana.device.say(id, ['something else']);
  await ben.device.ends(id, [text, '(altered)']);
  ben.man.honest();
  await talks(id, ana.device, ben.device, 'and now?');
  await nothingSlipped(ben, id);
}

/** Whatever this one says is that. */
function slips({ account }: Friend): Man['down'] {
  return (frame) =>
    frame.type === 'message' && frame.sender === account && frame.content !== undefined
      ? [{ ...frame, ...slipped }]
      : [frame];
}

async function nothingSlipped({ device }: Pick<Victim, 'device'>, id: ConversationId): Promise<void> {
  assert.ok(!(await device.authors(id)).some(([said]) => said === slipped.content));
  assert.ok(!(await device.told(0)).includes(slipped.content));
}

/** Of whatever Dia begins Ben is told nothing else from the start. */
async function roomsFromTheStart({ device, man, account }: Victim, dia: Friend, mal: Friend): Promise<void> {
  const room = await mal.client.createRoom({ title: 'Open' });
  const { made } = (await mal.ask({ method: 'GET', path: `/v1/conversations/${room.id}` })).body as Conversation;
  assert.ok(made);
  const lie = asRoom(made);
  const toldOf = new Map<ConversationId, () => void>();
  const others = slips(dia);
  man.down = (frame) => {
    if (frame.type !== 'changes') return others(frame);
    for (const { conversation_id } of frame.items) toldOf.get(conversation_id)?.();
    return [{ ...frame, items: frame.items.map(lie) }];
  };
  const comes = (id: ConversationId) => new Promise<void>((resolve) => toldOf.set(id, resolve));
  const chat = await dia.device.direct('kind.ben');
  const first = comes(chat);
  await dia.device.say(chat, ['hello Ben']);
  await first;
  const group = await dia.device.group('Garden', []);
  const second = comes(group);
  await dia.device.add(group, account);
  await second;
  await dia.device.say(group, ['welcome']);
  await device.identity(dia.account);
  for (const id of [chat, group]) assert.equal(await device.knows(id), false);
  man.alter('POST /v1/conversations', lie);
  await assert.rejects(device.direct('kind.dia'), /client\.unexpected/);
  assert.ok(!man.heard.some((frame) => frame.type === 'message' && frame.format !== 'sealed' && frame.content));
  man.honest();
  await dia.device.say(chat, ['are you there?']);
  await device.ends(chat, ['hello Ben', 'are you there?']);
  await device.accept(chat);
  await device.say(chat, ['hello Dia']);
  await dia.device.ends(chat, ['hello Dia']);
  assertSealed({ man }, { id: chat });
  await nothingSlipped({ device }, chat);
}

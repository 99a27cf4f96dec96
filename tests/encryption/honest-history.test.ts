// An honest server is never doubted, whatever people do: random histories over whole clients and real keys, with what
// makes histories differ rightly: deletes, expiry, clearing, blocks, who comes late, and devices that read newest first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '@parley/sdk';
import { Chance } from '../simulation/chance.ts';
import { groupOf, meet, type Resident, say, Town, there } from './town.ts';

const deeds = 40;

/** One end of a conversation. */
interface Seat {
  readonly conversation: Conversation;
  readonly said: number[];
}

/** Somebody does something there. What is refused (too late, blocked) is nothing done. */
async function act(town: Town, chance: Chance, { conversation, said }: Seat): Promise<void> {
  const own = said.length > 0 ? chance.pick(said) : null;
  const isDirect = conversation.snapshot.kind === 'direct';
  const deed = chance.below(isDirect ? 12 : 10);
  if (own === null || deed < 4) said.push(await say(town, conversation, `text ${chance.below(1_000)}`));
  else if (deed === 4) await town.done(conversation.deleteForEveryone(own).then(nothing, nothing));
  else if (deed === 5) await town.done(conversation.react(own, '👍'));
  else if (deed === 6) await town.done(conversation.edit(own, 'changed').then(nothing, nothing));
  else if (deed === 7) await town.done(conversation.setTimer(chance.pick([0, 30])));
  else if (deed === 8) await town.pass(20_000);
  else if (deed === 9) await town.done(conversation.clear());
  else await town.done(conversation.block(deed === 10));
}

const nothing = () => {};

/** A second device with the whole account, which reads everything that there is, newest first. */
async function readsAgain(town: Town, handle: string, { client }: Resident): Promise<Resident> {
  const key = await town.done(client.encryption.recoveryKey());
  await town.done(client.encryption.confirmRecoveryKey());
  const other = await town.signIn(handle);
  await town.done(other.client.encryption.recover(key?.words.join(' ') ?? assert.fail()));
  await town.until(() => other.client.encryption.snapshot.phase === 'ready', 'it is ready');
  for (const { id } of other.client.conversations.snapshot) await town.done(readAll(other.client.conversation(id)));
  return other;
}

async function readAll(conversation: Conversation | null): Promise<void> {
  for await (const _ of conversation?.history() ?? []) void _;
}

for (const seed of [1, 2, 3])
  test(`[ENC196] nobody doubts an honest server, whatever people do (${seed})`, { timeout: 240_000 }, async (t) => {
    const chance = new Chance(seed);
    const town = await Town.open(t);
    const [ana, ben, cem] = [await town.join('ana'), await town.join('ben'), await town.join('cem')];
    const [group, ofBen] = await groupOf(town, ana, ben);
    assert.ok(ofBen);
    const { one, other } = await meet(town, ana, cem);
    const seats: Seat[] = [group, ofBen, one, other].map((conversation) => ({ conversation, said: [] }));
    for (let deed = 0; deed < deeds; deed++) {
      if (deed === deeds / 2) {
        await town.done(group.members.add(cem.account));
        seats.push({ conversation: await there(town, cem, group), said: [] });
      }
      await act(town, chance, chance.pick(seats));
    }
    for (const { conversation } of seats) await town.done(conversation.block(false).then(nothing, nothing));
    const everybody = [ana, ben, cem, await readsAgain(town, 'cem', cem)];
    for (const { conversation } of seats) await say(town, conversation, 'good night');
    await town.pass(60_000);
    for (const { client } of everybody)
      for (const { id, doubt } of client.conversations.snapshot) assert.equal(doubt, null, id);
  });

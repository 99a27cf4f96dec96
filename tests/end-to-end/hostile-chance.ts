// What a server says, altered by chance on its way to a page: what tests/encryption/hostile-chance.test.ts and
// hostile-frames.test.ts do to clients in Node, in fewer rounds. PARLEY_TEST_ALTERATIONS says how often.
import assert from 'node:assert/strict';
import type { AccountId, ConversationId } from '@parley/protocol';
import { altersFrames, altersKeys, frameActs, keyChanges } from '../encryption/chance-liar.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { heals, meet, talks, type Victim, victim } from './hostile-people.ts';

const seed = Number(process.env.PARLEY_TEST_SEED ?? 20_261_128);
const alterations = Number(process.env.PARLEY_TEST_ALTERATIONS ?? 40);
/** So often it is looked whether the page still talks. */
const between = 20;
/** Rounds in which something is altered, at most. */
const maxRounds = 1_000;

/** Ana has the page; all that anybody said, and who. */
interface Met {
  readonly ana: Victim;
  readonly ben: Friend;
  readonly chat: ConversationId;
  readonly said: Map<string, AccountId>;
}

export async function lieByChance(place: ChromiumPlace): Promise<void> {
  const ana = await victim(place, 'chance.ana');
  const ben = await friend(place, 'chance.ben');
  const chat = await meet(ana.device, ben.device, 'chance.ben');
  const met: Met = {
    ana,
    ben,
    chat,
    said: new Map([
      ['hello', ana.account],
      ['hi', ben.account],
    ]),
  };
  const words = await ana.device.recoveryWords();
  try {
    const changes = keyChanges(seed, alterations);
    await rounds(met, changes, {
      lie: () => altersKeys(ana.man, () => changes.pop()),
      bustle: async (round) => {
        ana.man.say({ type: 'keys', n: 9 });
        await Promise.allSettled([
          ana.device.identity(ben.account),
          ...(round % 4 === 0 ? [ana.device.recover(words)] : []),
          ...(round % 2 === 0 ? [says(met, ben, `ben of keys ${round}`)] : []),
        ]);
      },
    });
    const acts = frameActs(seed, alterations);
    await rounds(met, acts, {
      lie: () => altersFrames(ana.man, () => acts.pop()),
      bustle: async (round) => {
        const [seq = 0] = await says(met, ben, `ben ${round}`);
        const text = `ana ${round}`;
        met.said.set(text, ana.account);
        await ana.device.writes(chat, text);
        if (round % 3 === 0) await ben.device.reacts(chat, seq, '👍');
        if (round % 5 === 0) ana.man.say({ type: 'goaway', reconnect_in_ms: 10 });
      },
    });
  } catch (cause) {
    throw new Error(`PARLEY_TEST_SEED=${seed} shows it again`, { cause });
  }
}

/** Lies for as long as there are some left, and asks now and then whether they still talk. */
async function rounds(
  met: Met,
  left: readonly unknown[],
  deeds: { readonly lie: () => void; readonly bustle: (round: number) => Promise<void> },
): Promise<void> {
  const { ana, ben, chat } = met;
  let round = 0;
  for (let goal = alterations - between; left.length > 0; goal -= between) {
    deeds.lie();
    for (; left.length > Math.max(goal, 0); round++) {
      assert.ok(round < maxRounds, `${left.length} are left`);
      await deeds.bustle(round);
      await shows(met);
    }
    heals(ana);
    await ana.device.isLookedAt();
    const question = `still there after ${left.length}, ${met.said.size}?`;
    met.said.set(question, ana.account);
    await talks(chat, ana.device, ben.device, question);
    met.said.set(`${question} yes`, ben.account);
    await talks(chat, ben.device, ana.device, `${question} yes`);
    await shows(met);
  }
}

async function says({ said, chat }: Met, by: Friend, text: string): Promise<readonly number[]> {
  said.set(text, by.account);
  return by.device.say(chat, [text]);
}

/** Nothing stands there, and nothing was told, that nobody said, or somebody else. */
async function shows({ ana, said, chat }: Met): Promise<void> {
  for (const [text, sender] of await ana.device.authors(chat))
    assert.equal(said.get(text), sender, `it shows "${text}"`);
  for (const text of await ana.device.told(0)) assert.ok(text === '' || said.has(text), `it tells "${text}"`);
}

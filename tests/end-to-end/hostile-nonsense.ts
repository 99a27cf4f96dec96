// What makes no sense, and too much of what does, told to a page: what tests/encryption/hostile-answers.test.ts tells.
import assert from 'node:assert/strict';
import type { ConversationId } from '@parley/protocol';
import { nonsense, nonsenseTexts } from '../encryption/nonsense.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { heals, meet, talks, type Victim, victim } from './hostile-people.ts';

const hints = 10_000;
const parcels = 1_000;

/** Both of them talk; whatever was done before. */
interface Met {
  readonly ana: Victim;
  readonly ben: Friend;
  readonly chat: ConversationId;
}

export async function sayNonsense(place: ChromiumPlace): Promise<void> {
  const ana = await victim(place, 'sense.ana');
  const ben = await friend(place, 'sense.ben');
  const met = { ana, ben, chat: await meet(ana.device, ben.device, 'sense.ben') };
  for (const frame of nonsense(ana.account, ben.client.me.snapshot.device, met.chat)) {
    ana.man.say(frame);
    await ana.device.isLookedAt();
    await talks(met.chat, ben.device, ana.device, `after ${JSON.stringify(frame)}`);
  }
  for (const text of nonsenseTexts) ana.man.sayText(text);
  await works(met, 'nonsense');
  await floods(met);
  await endless(met);
}

/** With an honest server they talk, in both directions. */
async function works({ ana, ben, chat }: Met, after: string): Promise<void> {
  heals(ana);
  await ana.device.isLookedAt();
  await talks(chat, ana.device, ben.device, `are you there, after ${after}?`);
  await talks(chat, ben.device, ana.device, `yes, after ${after}`);
}

/** Hints and parcels at once cost a bounded number of calls. */
async function floods(met: Met): Promise<void> {
  const { ana, ben } = met;
  let calls = 0;
  ana.man.alter('GET /v1/keys/changes', (page) => {
    calls += 1;
    return page;
  });
  const { device } = ben.client.me.snapshot;
  const item = { n: 1, sender: ben.account, device, event_type: 'x', content: '{}' };
  for (let n = 0; n < hints; n++) ana.man.say({ type: 'keys', n });
  for (let n = 0; n < parcels; n++) ana.man.say({ type: 'to_device', items: [item], has_more: false });
  await talks(met.chat, ben.device, ana.device, 'behind all of them');
  assert.ok(calls > 0 && calls < 20, `${calls} calls`);
  await works(met, 'floods');
}

/** Lists that say that there is more for ever are left. */
async function endless(met: Met): Promise<void> {
  const { ana } = met;
  const words = await ana.device.recoveryWords();
  let calls = 0;
  for (const [route, query] of [
    ['/v1/keys/changes', ''],
    ['/v1/backup', '?limit=50'],
  ] as const) {
    const { body } = await ana.ask({ method: 'GET', path: `${route}${query}` });
    ana.man.answers.set(`GET ${route}`, () => {
      calls += 1;
      return { status: 200, body: { ...(body as object), has_more: true, next_cursor: 'again' } };
    });
  }
  ana.man.say({ type: 'keys', n: 5 });
  await ana.device.recover(words);
  assert.ok(calls > 0 && calls < 20, `${calls} calls`);
  await works(met, 'lists without an end');
}

// What devices send each other does not reach a page as it was sent: no key opens a session, or room keys come late, turned
// around and again. The lies of tests/encryption/hostile-keys.test.ts.
import assert from 'node:assert/strict';
import { badKeys, notesSent, spoilsKeys } from '../encryption/claim-liar.ts';
import { keepsItems, turnsItems } from '../encryption/queue-liar.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { friend } from './hostile-friend.ts';
import { talks, victim } from './hostile-people.ts';

/** So many messages use up more than one session. */
const many = 60;

export async function lieOnTheWay(place: ChromiumPlace): Promise<void> {
  const [ana, ben] = [await victim(place, 'zero.ana'), await friend(place, 'zero.ben')];
  const claims = spoilsKeys(ana.man, () => badKeys['of zeros']);
  const sent = notesSent(ana.man);
  const chat = await ana.device.direct('zero.ben');
  await ana.device.say(chat, ['by zeros']);
  await ben.device.ends(chat, ['(no_key)']);
  assert.ok(claims.count > 0);
  const sealed = sent.filter((body) => (JSON.parse(body) as { event_type: string }).event_type === 'm.room.encrypted');
  assert.ok(!sealed.some((body) => body.includes(ben.account)), 'there is no session');
  ana.man.honest();
  await ben.device.accept(chat);
  const device = await ana.again();
  await talks(chat, device, ben.device, 'and now?');

  const kept = keepsItems(ana.man);
  // A session ends on the way, and no key of the next one comes.
  const texts = Array.from({ length: many }, (_, n) => `number ${n}`);
  const before = (await device.told(0)).length;
  const seqs = await ben.device.say(chat, texts);
  await device.ends(chat, Array<string>(10).fill('(no_key)'));
  ana.man.honest();
  assert.ok(kept.length > 0);
  turnsItems(ana.man, kept);
  await device.lines(chat, seqs);
  await talks(chat, ben.device, device, 'once?');
  const told = (await device.told(before + many + 1)).filter((text) => text.startsWith('number'));
  assert.deepEqual([new Set(told).size, told.length], [many, many]);
}

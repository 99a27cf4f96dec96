// Lies about one-time keys, told to a page: those of tests/encryption/hostile-keys.test.ts and hostile-claims.test.ts.
import assert from 'node:assert/strict';
import type { AccountId } from '@parley/protocol';
import { askMakerAfterMs } from '../../packages/sdk/src/crypto/olm/limits.ts';
import {
  badKeys,
  type ClaimedKey,
  floodsKeys,
  givesAway,
  handsOutOnce,
  notesKeys,
  notesSent,
  spoilsKeys,
  tellsOfEnough,
} from '../encryption/claim-liar.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { meet, talks, type Victim, victim } from './hostile-people.ts';

/** Floods, bad keys of some, a key that was given to somebody else as well, and none left but the last; what could not be read is, half a minute later. */
export async function lieOfOneTimeKeys(place: ChromiumPlace): Promise<void> {
  const ana = await victim(place, 'claim.ana');
  const mal = await flooded(place, ana);
  await spoilt(place, ana);
  const cleo = await twice(place, ana);
  await last(ana, cleo);
  await ownLast(ana, mal);
}

/** A group in which each has a key that is bad in its own way, and one has not. */
async function spoilt(place: ChromiumPlace, ana: Victim): Promise<void> {
  const keys = new Map<AccountId, string | null>();
  const victims: Friend[] = [];
  for (const [at, key] of Object.values(badKeys).entries()) {
    const one = await friend(place, `claim.bad${at}`);
    keys.set(one.account, key);
    victims.push(one);
  }
  const ben = await friend(place, 'claim.good');
  const all = [ben, ...victims];
  const claims = spoilsKeys(ana.man, (account) => keys.get(account));
  const group = await ana.device.group(
    'Garden',
    all.map(({ account }) => account),
  );
  await ana.device.say(group, ['one']);
  await ben.device.ends(group, ['one']);
  for (const { device } of victims) await device.ends(group, ['(no_key)']);
  assert.ok(claims.count >= all.length, `${claims.count} claims`);
  ana.man.honest();
  // Whatever key comes with the next message, the first one is asked for.
  await ana.device.say(group, ['two']);
  for (const { device, clock } of victims) {
    clock.skip(askMakerAfterMs[0] as number);
    await device.ends(group, ['one', 'two']);
  }
  await ben.device.say(group, ['and back']);
  await ana.device.ends(group, ['and back']);
}

/** A key of Ben's that Cleo has used is given to Ana. */
async function twice(place: ChromiumPlace, ana: Victim): Promise<Friend> {
  const [ben, cleo] = [await friend(place, 'claim.ben'), await friend(place, 'claim.cleo')];
  handsOutOnce([cleo.man, ana.man], ben.account);
  const ofCleo = await cleo.device.direct('claim.ben');
  await cleo.device.say(ofCleo, ['of Cleo']);
  await ben.device.ends(ofCleo, ['of Cleo']);
  const chat = await ana.device.direct('claim.ben');
  await ana.device.say(chat, ['of Ana']);
  await ben.device.ends(chat, ['(no_key)']);
  ana.man.honest();
  await ben.device.accept(chat);
  ben.clock.skip(askMakerAfterMs[0] as number);
  await ben.device.ends(chat, ['of Ana']);
  await ben.device.say(chat, ['hi Ana']);
  await ana.device.ends(chat, ['hi Ana']);
  return cleo;
}

/** All keys of Cleo's are given away but the last, of which she is told nothing. */
async function last(ana: Victim, cleo: Friend): Promise<void> {
  cleo.man.honest();
  tellsOfEnough(cleo.man);
  const given = givesAway(ana.man);
  const chat = await ana.device.direct('claim.cleo');
  await ana.device.say(chat, ['by the last key']);
  await cleo.device.ends(chat, ['by the last key']);
  isLast(given, cleo);
  ana.man.honest();
  await cleo.device.accept(chat);
  await talks(chat, cleo.device, ana.device, 'and back');
}

/** And so are all of Ana's. */
async function ownLast(ana: Victim, mal: Friend): Promise<void> {
  tellsOfEnough(ana.man);
  const given = givesAway(mal.man);
  const chat = await mal.device.direct('claim.ana');
  await mal.device.say(chat, ['by your last key']);
  await ana.device.ends(chat, ['by your last key']);
  isLast(given, ana);
  ana.man.honest();
  await ana.device.accept(chat);
  await talks(chat, ana.device, mal.device, 'and back');
}

function isLast(given: readonly ClaimedKey[], { account }: Pick<Victim, 'account'>): void {
  const keys = given.filter((one) => one.account === account);
  assert.ok(keys.length > 0 && keys.every(({ key }) => key.fallback === true));
}

/** With every key thousands of Mal's come, and of devices that there are not. */
async function flooded(place: ChromiumPlace, ana: Victim): Promise<Friend> {
  const [ben, mal] = [await friend(place, 'claim.ina'), await friend(place, 'claim.mal')];
  const ofMal = notesKeys(ben.man);
  await meet(ben.device, mal.device, 'claim.mal');
  const key = ofMal.find(({ account }) => account === mal.account);
  assert.ok(key, 'a key of Mal is here');
  const sent = notesSent(ana.man);
  const claims = floodsKeys(ana.man, key);
  const chat = await ana.device.direct('claim.ina');
  await ana.device.say(chat, ['for Ina']);
  await ben.device.ends(chat, ['for Ina']);
  assert.ok(claims.count > 0 && claims.count < 10, `${claims.count} claims`);
  assert.ok(sent.length > 0 && !sent.some((body) => body.includes(mal.account)));
  ana.man.honest();
  return mal;
}

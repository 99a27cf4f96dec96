// Those of the ten acceptance tests of encryption that can be told over whole clients and a real server, once for every
// place where a device can be: Node and Chromium. docs/acceptance.md says what proves the others.
import assert from 'node:assert/strict';
import type { ConversationId, RouteResult } from '@parley/protocol';
import { entrance } from '@parley/sdk/node';
import { Chance } from '../simulation/chance.ts';
import type { Device } from './acceptance-device.ts';
import {
  deviceOf,
  groupOf,
  handleOf,
  type Place,
  people,
  type Somebody,
  secondDevice,
  somebody,
} from './acceptance-people.ts';
import { Scene } from './acceptance-scene.ts';
import { backedUp } from './devices.ts';
import { readAll } from './loss-checker.ts';
import { password } from './people.ts';
import { call } from './rest.ts';

/** So many messages use up more than two sessions. */
const many = 120;
const members = ['ben', 'cleo', 'dan'] as const;
const steps = 25;

/** [ENC370] One goes, two at once, and one while another comes; added again, they are given what was said meanwhile. */
export async function removed(place: Place): Promise<void> {
  const [ana, ben, cleo, dan, eve] = await people(place, 'gone', ['ana', 'ben', 'cleo', 'dan', 'eve']);
  await secondDevice(place, ben);
  const scene = new Scene(await groupOf(ana, [ben, cleo, dan]), ana, [ben, cleo, dan]);
  // Whoever stays has a session from before, which those who go have: it may serve nobody any more.
  const allSay = async (text: string) => {
    for (const one of scene.inside) await scene.says(one, text);
  };
  await allSay('before');
  await scene.changes([ben], []);
  await allSay('without Ben');
  await scene.changes([], [ben]);
  await allSay('with Ben again');
  await scene.changes([ben, cleo], []);
  await allSay('without two');
  await scene.changes([], [ben, cleo]);
  await allSay('with both again');
  await scene.changes([ben], [eve]);
  await allSay('with Eve in the place of Ben');
  await scene.changes([], [ben]);
  await allSay('all of us');
  await scene.judge([ana, ben, cleo, dan, eve]);
}

/** [ENC371] Nothing can be read before the key; then the oldest message and what came while every device was off, from somebody who has started over since. */
export async function newDevice(place: Place): Promise<void> {
  const [ana, ben] = await people(place, 'new', ['ana', 'ben']);
  const [first, other] = [deviceOf(ana), deviceOf(ben)];
  const chat = await first.direct(handleOf(ben));
  const [oldest] = await first.say(chat, ['the oldest']);
  await other.hears(chat, 'the oldest');
  await other.accept(chat);
  await first.say(chat, numbered(60));
  const words = await first.recoveryWords();
  const { token } = await entrance(place.url).signIn({ handle: handleOf(ana), password, deviceName: 'Reader' });
  await backedUp(place.url, token ?? '', 2);
  await first.close();
  await other.say(chat, ['while all were off']);
  const { device: again } = await place.enter('signIn', handleOf(ben));
  await again.stands('needs_linking');
  await again.startOver(password);
  await again.stands('ready');
  const readsAll = async (device: Device) => {
    await device.hears(chat, 'while all were off');
    await device.finds(chat, oldest ?? 0, 'the oldest');
    assert.equal(await device.unopened(), 0);
  };

  const { device: second } = await place.enter('signIn', handleOf(ana));
  await second.stands('needs_linking');
  assert.ok((await second.lines(chat, [])).every(({ unreadable }) => unreadable === 'no_key'));
  await second.recover(words);
  await second.stands('ready');
  await readsAll(second);
  await second.say(chat, ['from the second']);
  await again.hears(chat, 'from the second');

  const { device: third } = await place.enter('signIn', handleOf(ana));
  await third.stands('needs_linking');
  await third.type(await second.scan(await third.code(place.url), password));
  await third.stands('ready');
  await readsAll(third);
}

/** [ENC372] What is drawn from the seed; devices are opened again from what they have kept meanwhile. */
export async function randomHistory(place: Place, seed: number): Promise<void> {
  const chance = new Chance(seed);
  const [ana, ...others] = await people(place, `seed${seed}`, ['ana', ...members]);
  await secondDevice(place, others[0] as Somebody);
  const scene = new Scene(await groupOf(ana, others), ana, others);
  for (let step = 0; step < steps; step++) {
    const what = chance.below(10);
    const somebody = chance.pick(others);
    if (what === 0) await scene.changes(scene.inside.has(somebody) ? [somebody] : [], []);
    else if (what === 1) await scene.changes([], scene.inside.has(somebody) ? [] : [somebody]);
    else if (what === 2) await reopened(chance.pick([ana, somebody]), chance);
    else await scene.says(chance.pick([...scene.inside]), `step ${step}`, chance);
  }
  await scene.changes(
    [],
    others.filter((one) => !scene.inside.has(one)),
  );
  await scene.says(ana, 'the end');
  await scene.judge([ana, ...others]);
  for (const { device } of ana.homes) assert.equal(await device.unopened(), 0);
}

/** [ENC373] So many that sessions end on the way. */
export async function withoutPause(place: Place): Promise<void> {
  const [ana, ben] = await people(place, 'many', ['ana', 'ben']);
  const chat = await deviceOf(ana).direct(handleOf(ben));
  const texts = numbered(many);
  const [hello] = await deviceOf(ana).say(chat, ['hello']);
  await deviceOf(ben).hears(chat, 'hello');
  await deviceOf(ben).accept(chat);
  const seqs = await deviceOf(ana).say(chat, texts);
  const lines = await deviceOf(ben).lines(chat, seqs);
  assert.deepEqual(
    lines.filter(({ seq }) => seq !== hello).map(({ text }) => text),
    texts,
  );
  assert.ok(new Set(await sessionsOf(place, ana, chat)).size >= 3);
  assert.equal(await deviceOf(ben).unopened(), 0);
}

/** [ENC374] Somebody takes the one-time keys of a device that is off, until the same key comes twice. */
export async function noKeysLeft(place: Place): Promise<void> {
  const [ana, ben, cleo] = await people(place, 'keys', ['ana', 'ben', 'cleo']);
  const chat = await deviceOf(ana).direct(handleOf(ben));
  await deviceOf(ana).say(chat, ['hello']);
  await deviceOf(ben).hears(chat, 'hello');
  const group = await groupOf(ana, [ben, cleo]);
  await deviceOf(cleo).belongs(group, true);
  await deviceOf(ana).close();
  const { token } = await entrance(place.url).signIn({ handle: handleOf(ben), password, deviceName: 'Greedy' });
  const asked = <T>(path: string, body: object) => call<T>(place.url, 'POST', path, { token: token ?? '', body });
  const { items } = await asked<RouteResult<'queryKeys'>>('/v1/keys/query', { accounts: [ana.account] });
  const devices = items.flatMap(({ account, devices: known }) =>
    known.map(({ device_id }) => ({ account, device: device_id })),
  );
  assert.ok(devices.length > 0);
  for (const device of devices) {
    const taken = new Set<string>();
    for (;;) {
      const claimed = await asked<RouteResult<'claimKeys'>>('/v1/keys/claim', { devices: [device] });
      const { id } = claimed.items[0] ?? assert.fail('there is a key of last resort');
      if (taken.has(id)) break;
      taken.add(id);
    }
    assert.ok(taken.size > 1);
  }
  await deviceOf(cleo).say(group, ['by the last key']);
  const [home] = ana.homes;
  const again = (await home?.again()) ?? assert.fail();
  await again.hears(group, 'by the last key');
  await again.say(group, ['and back']);
  await deviceOf(cleo).hears(group, 'and back');
  assert.equal(await again.unopened(), 0);
}

/** [ENC375] A week ends a session, and nothing else. */
export async function clockMoves(place: Place): Promise<void> {
  const ana = await somebody(place, 'clock.ana', 'timed');
  const [ben] = await people(place, 'clock', ['ben']);
  const [home] = ana.homes;
  assert.ok(home !== undefined);
  const chat = await home.device.direct(handleOf(ben));
  await home.device.say(chat, ['today']);
  await deviceOf(ben).hears(chat, 'today');
  await deviceOf(ben).accept(chat);
  await home.device.say(chat, ['today again']);
  const later = await home.later(8);
  await later.say(chat, ['next week']);
  await deviceOf(ben).hears(chat, 'next week');
  await deviceOf(ben).say(chat, ['here, too']);
  await later.hears(chat, 'here, too');
  const back = await home.later(0);
  await back.say(chat, ['today after all']);
  await deviceOf(ben).hears(chat, 'today after all');
  const [first, second, third] = (await sessionsOf(place, ana, chat)).filter((_, at) => at !== 3);
  assert.equal(first, second);
  assert.notEqual(second, third);
  for (const device of [back, deviceOf(ben)]) assert.equal(await device.unopened(), 0);
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `number ${n}`);

async function reopened(who: Somebody, chance: Chance): Promise<void> {
  const at = chance.below(who.homes.length);
  const home = who.homes[at] ?? assert.fail();
  await home.again();
}

/** The session of every message, as the server has them, in order. */
async function sessionsOf(place: Place, who: Somebody, chat: ConversationId): Promise<readonly string[]> {
  const { token } = await entrance(place.url).signIn({ handle: handleOf(who), password, deviceName: 'Looker' });
  const items = await readAll(place.url, token ?? '', chat);
  return items
    .filter(({ kind }) => kind === 'content')
    .map(({ content }) => String(content).split('.')[1] ?? assert.fail('it is sealed'));
}

// Random histories of four people with two devices each: everybody reads what was said while it was a member, nobody
// reads anything else, in whatever order keys and messages come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OpenOrder } from '../key-machine.ts';
import { KeyServer } from './key-server-fixture.ts';
import { conversationOf, loginOf, Person } from './person-fixture.ts';

const chat = conversationOf('chat');
const names = ['ana', 'ben', 'cleo', 'dan'] as const;

/** How many histories are played; `PARLEY_TEST_HISTORIES` for the long form. */
const histories = Number(process.env.PARLEY_TEST_HISTORIES ?? 5);
const timeout = 60_000 + histories * 10_000;

const device = fc.nat({ max: 7 });
const person = fc.nat({ max: 3 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('say' as const), device }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('sync' as const), device }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('leave' as const), person }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('join' as const), person }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('sign out' as const), person }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('lose an answer' as const), device }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Said {
  readonly text: string;
  readonly envelope: OpenOrder;
  readonly readers: ReadonlySet<Person>;
}

/** Plays one history; what was said, and who may read it. */
async function play(
  steps: readonly Step[],
): Promise<{ readonly server: KeyServer; readonly devices: readonly Person[]; readonly said: readonly Said[] }> {
  const server = new KeyServer();
  const devices: Person[] = [];
  for (const name of names) {
    const first = await Person.join(server, name);
    devices.push(first, await first.link(loginOf(server, name, `${name}2`)));
  }
  const owner = (at: number) => Math.floor(at / 2);
  const members = new Set([0, 1, 2, 3]);
  const gone = new Set<number>();
  const said: Said[] = [];
  for (const [n, one] of steps.entries()) {
    if (one.type === 'leave') members.delete(one.person);
    if (one.type === 'join') members.add(one.person);
    if (one.type === 'sign out' && !gone.has(one.person * 2 + 1)) {
      gone.add(one.person * 2 + 1);
      server.revoke((devices[one.person * 2] as Person).account, (devices[one.person * 2 + 1] as Person).device);
    }
    if (!('device' in one) || gone.has(one.device)) continue;
    const actor = devices[one.device] as Person;
    if (one.type === 'sync') await actor.sync();
    if (one.type === 'sync' || !members.has(owner(one.device))) continue;
    if (one.type === 'lose an answer') server.failOnce = 'POST /v1/to-device';
    // The gateway refuses who has not heard of a signed-out device.
    await actor.machine.changed();
    const present = devices.filter((_, at) => members.has(owner(at)));
    const order = actor.order(chat, present, `number ${n}`);
    const envelope = await actor.seal(order).catch(() => actor.seal(order));
    server.failOnce = null;
    const readers = new Set(devices.filter((_, at) => members.has(owner(at)) && !gone.has(at)));
    said.push({ text: `number ${n}`, envelope, readers });
  }
  for (const [at, one] of devices.entries()) if (!gone.has(at)) await one.sync();
  return { server, devices, said };
}

test('[ENC115] nothing is unreadable for a member and nothing is readable for anybody else', { timeout }, async () => {
  const check = async (steps: readonly Step[], newestFirst: boolean) => {
    const { server, devices, said } = await play(steps);
    for (const { text, envelope, readers } of newestFirst ? [...said].reverse() : said)
      for (const one of devices) {
        const read = await one.read(envelope);
        // A device that was signed out later may have taken its key in time.
        if (readers.has(one) && server.devices.get(one.account)?.get(one.device)?.former === true) continue;
        assert.equal(read, readers.has(one) ? text : 'no_key', `${text} of ${envelope.device} for ${one.device}`);
      }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), fc.boolean(), check), {
    numRuns: histories,
    interruptAfterTimeLimit: histories * 2_000,
  });
});

// Rows 11 to 15: what encryption costs one device, through the machine that every Node client runs, its keys durable
// before anything counts as sealed. The server is the one of the tests, in this process. Every text that is sealed must
// open at the other end, and every device that should get a key must have got one, or there is no figure.
import { join } from 'node:path';
import type { AccountId } from '@parley/protocol';
import { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { conversationOf } from '../../packages/sdk/src/crypto/olm/person-fixture.ts';
import { cpuTimes, perOne, spentUs } from '../cpu.ts';
import { KeyDevice, type SealedText } from '../key-device.ts';
import { type Measure, measure } from '../measure.ts';
import { makeStranger, type Stranger } from '../strangers.ts';
import { restoring } from './restoring.ts';

/** How long is sealed, how many chats and strangers there are, how many sessions come back. */
export interface EncryptionSize {
  readonly seconds: number;
  readonly strangers: { readonly few: number; readonly many: number };
  readonly sessions: number;
}

const chats = 16;
/** Calls that wait at once, as of a client that has much to send or has just connected. */
const inFlight = 32;
const textCharacters = 100;

/** The folder takes the keys of the devices; the signal ends it between two messages. */
export async function encryption(
  folder: string,
  size: EncryptionSize,
  signal: AbortSignal,
): Promise<readonly Measure[]> {
  const server = new KeyServer();
  const open = (name: string) => KeyDevice.open({ server, name, folder: join(folder, name) });
  await using ana = await open('ana');
  await using ben = await open('ben');
  await ana.dehydrate();
  await ben.dehydrate();
  const { sealing, said } = await seal(ana, ben, size.seconds, signal);
  const opening = await openAll(ben, said, signal);
  const first = await firstMessages({ server, ana, ben }, size.strangers, signal);
  const back = await restoring({ server, folder: join(folder, 'phone'), ben, said, sessions: size.sessions });
  return [sealing, opening, ...first, back];
}

/** Chats of the two, several messages of each on their way. */
async function seal(
  ana: KeyDevice,
  ben: KeyDevice,
  seconds: number,
  signal: AbortSignal,
): Promise<{ readonly sealing: Measure; readonly said: readonly SealedText[] }> {
  const said: SealedText[] = [];
  let n = 0;
  const sealNext = async () => {
    signal.throwIfAborted();
    const text = `${n}`.padEnd(textCharacters, ' words');
    const conversation = conversationOf(`chat${n++ % chats}`);
    said.push(await ana.seal(conversation, [ana.account, ben.account], text));
  };
  // The first of each chat brings its key along; that is counted for every later key, not for the very first.
  await together(inFlight, sealNext);
  const warm = said.length;
  const before = cpuTimes(process.pid);
  const start = performance.now();
  await together(inFlight, async () => {
    while (performance.now() - start < seconds * 1_000) await sealNext();
  });
  const ms = performance.now() - start;
  const sealed = said.length - warm;
  return {
    sealing: measure('11', (sealed / ms) * 1_000, perOne(spentUs(before, cpuTimes(process.pid)), sealed)),
    said,
  };
}

async function openAll(ben: KeyDevice, said: readonly SealedText[], signal: AbortSignal): Promise<Measure> {
  await ben.take();
  const waiting = said[Symbol.iterator]();
  const before = cpuTimes(process.pid);
  const start = performance.now();
  await together(inFlight, async () => {
    for (const one of waiting) {
      signal.throwIfAborted();
      await ben.read(one);
    }
  });
  const ms = performance.now() - start;
  return measure('12', (said.length / ms) * 1_000, perOne(spentUs(before, cpuTimes(process.pid)), said.length));
}

interface Three {
  readonly server: KeyServer;
  readonly ana: KeyDevice;
  readonly ben: KeyDevice;
}

/** To people whom the device has never written to, then to all of them, then to all but one. */
async function firstMessages(
  { server, ana, ben }: Three,
  { few, many }: EncryptionSize['strangers'],
  signal: AbortSignal,
): Promise<readonly Measure[]> {
  const strangers = Array.from({ length: few + many }, (_, n) => makeStranger(server, `stranger${n}x`));
  const said: SealedText[] = [];
  const tell = async (name: string, readers: readonly Stranger[]) => {
    signal.throwIfAborted();
    const members: AccountId[] = [ana.account, ben.account, ...readers.map(({ account }) => account)];
    const before = new Map(strangers.map((one) => [one, lettersOf(server, one)]));
    const start = performance.now();
    said.push(await ana.seal(conversationOf(name), members, `to ${readers.length}`));
    const ms = performance.now() - start;
    for (const one of strangers) {
      const got = lettersOf(server, one) - (before.get(one) ?? 0);
      const due = readers.includes(one) ? one.devices.length : 0;
      if (got !== due) throw new Error(`${got} keys came to somebody who was due ${due}`);
    }
    return ms;
  };
  const toFew = await tell('few', strangers.slice(0, few));
  const toMany = await tell('many', strangers.slice(few));
  await tell('all', strangers);
  const again = await tell('all', strangers.slice(1));
  await ben.take();
  for (const one of said) await ben.read(one);
  return [measure('13', toFew), measure('13-900', toMany), measure('14', again)];
}

/** What waits for the devices of an account. */
function lettersOf(server: KeyServer, { devices }: Stranger): number {
  return devices.reduce((sum, device) => sum + server.queueOf(device).length, 0);
}

async function together(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}

// The acceptance tests of encryption by their numbers, with every device in Node: keys in a worker thread over a folder,
// in memory where the clock is moved.
import { after, before, mock, test } from 'node:test';
import type { SessionView } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { clockMoves, newDevice, noKeysLeft, randomHistory, removed, withoutPause } from './acceptance.ts';
import { type Device, deviceOver } from './acceptance-device.ts';
import type { Home, Place } from './acceptance-people.ts';
import { folderOfTest, open, startServer } from './operated.ts';
import { password } from './people.ts';
import { freshFolder, type RunningServer } from './server-process.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
const dayMs = 86_400_000;
const seeds = [1, 2, 3];
let server: RunningServer;
let place: Place;

before(async () => {
  server = opened.use(await startServer(await freshFolder(), open));
  const { url } = server.summary;
  place = {
    url,
    async enter(way, handle, kind) {
      const session = await entrance(url)[way]({ handle, name: handle, password, deviceName: 'Node' });
      return kind === 'timed' ? timed(url, session) : kept(url, session);
    },
  };
});
after(() => opened.disposeAsync());

/** A device over a folder. */
async function kept(url: string, session: SessionView): Promise<Home> {
  const folder = await folderOfTest();
  let device = deviceOver(await connect({ server: url, session, folder }));
  opened.defer(() => device.close());
  const again = async (): Promise<Device> => {
    await device.close();
    device = deviceOver(await connect({ server: url, folder }));
    return device;
  };
  return {
    get device() {
      return device;
    },
    again,
    later: () => Promise.reject(new Error('its clock is that of its threads')),
  };
}

/** A device in this thread, whose clock is moved with all others of the thread. */
async function timed(url: string, session: SessionView): Promise<Home> {
  const device = deviceOver(await connect({ server: url, session }));
  opened.defer(() => device.close());
  const now = Date.now.bind(Date);
  const later = async (days: number): Promise<Device> => {
    mock.restoreAll();
    if (days > 0) mock.method(Date, 'now', () => now() + days * dayMs);
    return device;
  };
  return { device, again: () => Promise.reject(new Error('it keeps nothing')), later };
}

test('[ENC370] acceptance 1: who was removed reads nothing later, on any of their devices', () => removed(place));

test('[ENC371] acceptance 3: a new device reads the oldest message, by the recovery key and by a code', () =>
  newDevice(place));

test('[ENC372] acceptance 6: after random histories nothing is unreadable, and nothing is readable for others', async () => {
  for (const seed of seeds) await randomHistory(place, seed);
});

test('[ENC373] acceptance 7: 120 messages without a pause are read', () => withoutPause(place));

test('[ENC374] acceptance 7: when all one-time keys were taken the key of last resort serves', () => noKeysLeft(place));

test('[ENC375] acceptance 7: a clock that moves by eight days ends a session and stops nobody', () =>
  clockMoves(place));

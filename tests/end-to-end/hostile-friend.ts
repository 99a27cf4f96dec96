// Somebody of the tests of a lying server who is in Node: a whole client that keeps everything in memory, behind a man of
// its own, who is honest unless he is told otherwise.
import type { AccountId } from '@parley/protocol';
import type { Client, SocketFactory } from '@parley/sdk';
import { entrance } from '@parley/sdk/node';
import { fetchHttp } from '../../packages/sdk/src/platform/fetch-http.ts';
import { connect } from '../../packages/sdk/src/platform/memory.ts';
import { hostRandom } from '../../packages/sdk/src/platform/node.ts';
import { webSockets } from '../../packages/sdk/src/platform/web-sockets.ts';
import { type Ask, Man } from '../encryption/man.ts';
import { type Device, deviceOver } from './acceptance-device.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { HastyClock } from './hasty-clock.ts';
import { password } from './people.ts';

export interface Friend {
  readonly client: Client;
  readonly device: Device;
  readonly account: AccountId;
  readonly man: Man;
  readonly ask: Ask;
  readonly clock: HastyClock;
}

/** A new account, whom anybody adds to groups. */
export async function friend({ url, used }: ChromiumPlace, handle: string): Promise<Friend> {
  const clock = new HastyClock();
  const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Node' });
  const { token } = session;
  const man = new Man();
  const http = fetchHttp(url, { authorization: `Bearer ${token}` });
  const ask: Ask = (request) => http.call(request);
  const client = await connect({
    sockets: behind(webSockets(`${url.replace(/^http/, 'ws')}/v1/ws`), man),
    http: { call: (request) => man.answer(request, ask) },
    clock,
    random: hostRandom,
    token: token ?? null,
  });
  used.defer(() => client.close());
  const device = deviceOver(client);
  await device.stands('ready');
  await device.isOpen();
  return { client, device, account: await device.account(), man, ask, clock };
}

function behind(sockets: SocketFactory, man: Man): SocketFactory {
  return {
    open: (events) => {
      const socket = sockets.open({
        onOpen: () => events.onOpen(),
        onText: (text) => {
          for (const one of man.lower(text)) events.onText(one);
        },
        onClose: (code, reason) => events.onClose(code, reason),
      });
      man.events = events;
      return {
        send: (text) => {
          for (const one of man.raise(text)) socket.send(one);
        },
        close: (code) => socket.close(code),
        get bufferedBytes() {
          return socket.bufferedBytes;
        },
      };
    },
  };
}

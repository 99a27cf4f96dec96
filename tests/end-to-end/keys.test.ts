// Keys over a real server on its real disk: published, asked for, claimed, and what devices send each other, before and
// after the server is killed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { AccountId, DeviceId, FramesDown, RouteResult } from '@parley/protocol';
import { TestDevice } from '../../packages/server/src/keys/fixture.ts';
import { directChat, type Person, signUp } from './people.ts';
import { call } from './rest.ts';
import { freshFolder, startServer } from './server-process.ts';

const open = { PARLEY_SIGNUP: 'open' };

/** A person whose device has published its keys. */
interface Keyed extends Person {
  readonly device: DeviceId;
  readonly keys: TestDevice;
}

async function keyed(url: string, handle: string): Promise<Keyed> {
  const person = await signUp(url, handle);
  const { device } = await call<RouteResult<'getMe'>>(url, 'GET', '/v1/me', { token: person.token });
  const keys = new TestDevice({ account: person.account, device });
  const body = { device_keys: keys.keys(), one_time_keys: [keys.oneTime()], fallback_key: keys.fallback() };
  await call(url, 'POST', '/v1/keys/upload', { token: person.token, body });
  return { ...person, device, keys };
}

/** The frames of a socket, as they come. */
async function* framesOf(url: string, token: string): AsyncGenerator<FramesDown[keyof FramesDown], undefined> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, 'parley.v1.json');
  const waiting: string[] = [];
  socket.addEventListener('message', ({ data }) => waiting.push(String(data)));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', protocol: 1, token }));
  try {
    for (;;) {
      const text = waiting.shift();
      if (text === undefined) await once(socket, 'message');
      else yield JSON.parse(text) as FramesDown[keyof FramesDown];
    }
  } finally {
    socket.close();
  }
}

type Frames = ReturnType<typeof framesOf>;

/** The next frame of this type; the socket stays open. */
async function nextOf<T extends keyof FramesDown>(frames: Frames, type: T): Promise<FramesDown[T]> {
  for (;;) {
    const { value, done } = await frames.next();
    assert.ok(done !== true, 'the socket ended');
    if (value.type === type) return value as FramesDown[T];
  }
}

async function firstOf<T extends keyof FramesDown>(url: string, token: string, type: T): Promise<FramesDown[T]> {
  const frames = framesOf(url, token);
  const frame = await nextOf(frames, type);
  await frames.return(undefined);
  return frame;
}

const sealed = (keys_n: number) => ({
  format: 'sealed',
  content: `1.${'s'.repeat(43)}.A${'w'.repeat(123)}`,
  member_n: 1,
  keys_n,
});

test('[ENC18] [ENC24] [ENC32] keys and queues outlive a kill, and what was sealed for a device that ended is refused', async () => {
  const folder = await freshFolder();
  const server = await startServer(folder, open);
  const { url } = server.summary;
  const [ana, ben] = [await keyed(url, 'ana'), await keyed(url, 'ben')];
  const named = { account: ben.account, device: ben.device };
  const query = (at: string, accounts: readonly AccountId[]) =>
    call<RouteResult<'queryKeys'>>(at, 'POST', '/v1/keys/query', { token: ana.token, body: { accounts } });
  const claim = async (at: string) => {
    const body = { devices: [named] };
    const { items } = await call<RouteResult<'claimKeys'>>(at, 'POST', '/v1/keys/claim', { token: ana.token, body });
    return items[0]?.key.fallback === true ? 'fallback' : items.length;
  };
  assert.deepEqual((await query(url, [ben.account])).items, [], 'strangers');
  assert.equal(await claim(url), 0);
  const chat = await directChat(url, ana, ben);
  const { items, n } = await query(url, [ben.account]);
  assert.deepEqual(items[0]?.devices, [ben.keys.keys()]);
  assert.equal(await claim(url), 1);
  const messages = [{ ...named, content: '{"sealed":true}' }];
  const event = { txn: '1', event_type: 'm.room.encrypted', messages };
  await call(url, 'POST', '/v1/to-device', { token: ana.token, body: event });
  await server.kill();

  await using again = await startServer(folder, open);
  const at = again.summary.url;
  assert.equal(await claim(at), 'fallback', 'no key comes twice');
  await call(at, 'POST', '/v1/to-device', { token: ana.token, body: event });
  const page = await firstOf(at, ben.token, 'to_device');
  assert.deepEqual(
    page.items.map(({ sender, content }) => [sender, content]),
    [[ana.account, '{"sealed":true}']],
  );
  assert.equal((await firstOf(at, ben.token, 'welcome')).keys_n, n);
  const say = (keys_n: number) =>
    call(at, 'POST', `/v1/conversations/${chat}/messages`, { token: ana.token, body: sealed(keys_n) });
  await say(n);
  const frames = framesOf(at, ana.token);
  await nextOf(frames, 'welcome');
  await call(at, 'DELETE', '/v1/sessions/current', { token: ben.token });
  const hint = await nextOf(frames, 'keys');
  await frames.return(undefined);
  assert.ok(hint.n > n);
  await assert.rejects(say(n), /devices\.stale/);
  await say(hint.n);
  const [former] = (await query(at, [ben.account])).items;
  assert.deepEqual([former?.devices, former?.former_devices], [[], [ben.keys.keys()]]);
});

// A device that was not there before, without a screen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client, DeviceView } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { HandEncryption } from './encryption-fixture.ts';
import { Model } from './model.ts';
import { createNewDevices } from './new-devices.ts';

const device = (name: string, createdAt: number): DeviceView =>
  ({ device: name, name, createdAt, current: name === 'here' }) as DeviceView;

/** One browser: what it keeps stays from page to page. */
function browser() {
  const kept = new Map<string, string>();
  const host = {
    kept: (name: string) => kept.get(name) ?? null,
    keep: (name: string, value: string) => void kept.set(name, value),
  };
  const devices = new Model<readonly DeviceView[]>([device('old', 1), device('here', 2)]);
  const encryption = new HandEncryption();
  const open = (account = 'a_ana') => {
    const revoked: string[] = [];
    const client = {
      me: { snapshot: { account } },
      encryption: encryption.view,
      devices: {
        list: async () => devices.snapshot,
        subscribe: (listener: () => void) => devices.subscribe(listener),
        revoke: async (id: string) => {
          revoked.push(id);
          devices.set(devices.snapshot.filter((one) => one.device !== id));
        },
      },
    } as unknown as Client;
    return { revoked, news: createNewDevices(client, host) };
  };
  return { devices, encryption, open };
}
const names = ({ added }: { readonly added: readonly DeviceView[] }) => added.map((one) => one.name);

test('[WEB45] a new device of the account is told of until somebody says that it is fine, after a restart too', async () => {
  const { devices, encryption, open } = browser();
  const first = open();
  await settle();
  assert.deepEqual(names(first.news.snapshot), [], 'what was there before is not new');
  encryption.linked.add('new');
  devices.set([...devices.snapshot, device('new', 3)]);
  await settle();
  assert.deepEqual(names(first.news.snapshot), ['new']);
  assert.ok(first.news.snapshot.linked?.has('new'));
  assert.equal(await first.news.mustShutOut('new' as never), true, 'it may have taken the keys');
  assert.equal(await first.news.mustShutOut('other' as never), false);
  first.news.close();
  devices.set([...devices.snapshot, device('newer', 4)]);
  const second = open();
  await settle();
  assert.deepEqual(names(second.news.snapshot), ['new', 'newer'], 'also what came while no page was open');
  second.news.fine('new' as never);
  assert.deepEqual(names(second.news.snapshot), ['newer']);
  second.news.close();
  const third = open();
  await settle();
  assert.deepEqual(names(third.news.snapshot), ['newer']);
});

test('[WEB45] "not me" signs it out', async () => {
  const { devices, open } = browser();
  const { news, revoked } = open();
  await settle();
  devices.set([...devices.snapshot, device('new', 3)]);
  await settle();
  await news.notMe('new' as never);
  await settle();
  assert.deepEqual(revoked, ['new']);
  assert.deepEqual(names(news.snapshot), []);
});

test('[WEB45] another account in this browser begins with the devices that it has', async () => {
  const { devices, open } = browser();
  open().news.close();
  await settle();
  devices.set([...devices.snapshot, device('new', 3)]);
  const other = open('a_ben');
  await settle();
  assert.deepEqual(names(other.news.snapshot), []);
});

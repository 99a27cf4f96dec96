// What other devices sent, on a socket: a page after the welcome, the next one when it is kept, and nothing lost when
// the word of it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ToDeviceItem, limits as wire } from '@parley/protocol';
import type { DeviceFrames } from '../kernel/frame-handlers.ts';
import { dropPushesBytes, resyncSliceMs, resyncSlices, toDeviceLookMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountId, deviceId, TestGateway } from './fixture.ts';

/** A queue of one device, two items a page. */
class Queue implements DeviceFrames {
  items: ToDeviceItem[] = [];
  reads = 0;
  failing = false;

  add(...ns: readonly number[]): void {
    for (const n of ns)
      this.items.push({ n, sender: accountId(9), device: deviceId(9), event_type: 'e', content: '{}' });
  }

  async waiting() {
    this.reads++;
    if (this.failing) throw new Unavailable('the directory is away');
    const items = this.items.slice(0, 2);
    const last = items.at(-1);
    if (last === undefined) return null;
    const frame = { type: 'to_device', items, has_more: this.items.length > 2 };
    return { frame: new TextEncoder().encode(JSON.stringify(frame)), upTo: last.n };
  }

  async received(_session: unknown, { n }: { readonly n: number }) {
    if (this.failing) throw new Unavailable('the directory is away');
    this.items = this.items.filter((item) => item.n > n);
  }
}

const pages = (line: Awaited<ReturnType<TestGateway['greeted']>>['wire']) =>
  line.frames('to_device').map(({ items }) => items.map(({ n }) => n));

function set() {
  const queue = new Queue();
  const gateway = new TestGateway({ devices: queue });
  const keep = async (socket: Parameters<TestGateway['send']>[0], n: number) => {
    gateway.send(socket, { type: 'to_device_received', n });
    await gateway.settle();
    await gateway.settle();
  };
  const hint = async () => {
    gateway.hub.deliver({
      type: 'to_device',
      accounts: [accountId(1), accountId(2)],
      devices: [deviceId(1), deviceId(2)],
    });
    await gateway.settle();
  };
  return { queue, gateway, keep, hint };
}

test('[ENC24] what waits comes after the welcome, a page at a time, the next when the one before is kept', async () => {
  const { queue, gateway, keep } = set();
  queue.add(1, 2, 3, 4, 5);
  const { socket, wire: line } = await gateway.greeted(1);
  await gateway.settle();
  assert.equal(line.frames()[0]?.type, 'welcome');
  assert.deepEqual(pages(line), [[1, 2]]);
  await keep(socket, 1);
  assert.deepEqual(pages(line), [[1, 2]], 'not all of it is kept');
  await keep(socket, 2);
  assert.deepEqual(pages(line).at(-1), [3, 4]);
  await keep(socket, 4);
  await keep(socket, 5);
  assert.deepEqual(pages(line), [[1, 2], [3, 4], [5]]);
  assert.equal(queue.items.length, 0);
});

test('[ENC24] what was not acknowledged comes again on the next socket', async () => {
  const { queue, gateway } = set();
  queue.add(1);
  const first = await gateway.greeted(1);
  await gateway.settle();
  first.socket.closed(1006);
  const second = await gateway.greeted(1);
  await gateway.settle();
  assert.deepEqual([pages(first.wire), pages(second.wire)], [[[1]], [[1]]]);
});

test('[ENC24] something new comes at once by the word of the bus, once', async () => {
  const { queue, gateway, keep, hint } = set();
  const { socket, wire: line } = await gateway.greeted(1);
  queue.add(1);
  await hint();
  await hint();
  assert.deepEqual(pages(line), [[1]]);
  queue.add(2);
  await hint();
  assert.deepEqual(pages(line), [[1]], 'the first is not kept yet');
  await keep(socket, 1);
  assert.deepEqual(pages(line), [[1], [2]]);
});

test('[ENC24] a quiet socket costs no read at its heartbeat, and one after ten of them', async () => {
  const { queue, gateway, keep } = set();
  const { socket, wire: line } = await gateway.greeted(1);
  await gateway.settle();
  const reads = queue.reads;
  queue.add(1);
  const heartbeats = async (count: number) => {
    for (let n = 0; n < count; n++) {
      gateway.send(socket, { type: 'heartbeat' });
      await gateway.pass(wire.heartbeatMs);
    }
  };
  await heartbeats(toDeviceLookMs / wire.heartbeatMs - 1);
  assert.deepEqual([queue.reads - reads, pages(line)], [0, []]);
  await heartbeats(1);
  assert.deepEqual([queue.reads - reads, pages(line)], [1, [[1]]]);
  await keep(socket, 1);
  assert.equal(queue.items.length, 0);
});

test('[ENC24] [HEL91] [HEL92] when that word may be lost, the socket looks as soon as its turn has come', async () => {
  for (const topics of [null, [`account:${accountId(1)}` as const]]) {
    const { queue, gateway } = set();
    const { wire: line } = await gateway.greeted(1);
    await gateway.settle();
    queue.add(1);
    gateway.hub.deliver({ type: 'resync', topics });
    gateway.clock.advance(resyncSliceMs * resyncSlices);
    await gateway.settle();
    assert.deepEqual(pages(line), [[1]]);
  }
});

test('[ENC24] what could not be read, or not be sent to a reader that was behind, is looked for at the next heartbeat', async () => {
  const { queue, gateway, keep, hint } = set();
  const { socket, wire: line } = await gateway.greeted(1);
  await gateway.settle();
  const heartbeat = async () => {
    gateway.send(socket, { type: 'heartbeat' });
    await gateway.pass(wire.heartbeatMs);
  };
  queue.add(1);
  queue.failing = true;
  await hint();
  queue.failing = false;
  await heartbeat();
  assert.deepEqual(pages(line), [[1]]);
  await keep(socket, 1);
  queue.add(2);
  line.bufferedBytes = dropPushesBytes + 1;
  await hint();
  line.bufferedBytes = 0;
  await heartbeat();
  assert.deepEqual(pages(line), [[1], [2]]);
});

test('[ENC24] a fault is told or tried again, and loses nothing', async () => {
  const { queue, gateway, keep, hint } = set();
  const { socket, wire: line } = await gateway.greeted(1);
  await gateway.settle();
  queue.add(1);
  queue.failing = true;
  await hint();
  assert.deepEqual([pages(line), gateway.faults], [[], ['to_device']]);
  queue.failing = false;
  await hint();
  assert.deepEqual(pages(line), [[1]]);
  queue.failing = true;
  await keep(socket, 1);
  assert.equal(line.frames('error').at(-1)?.code, 'unavailable');
  queue.failing = false;
  await keep(socket, 1);
  assert.equal(queue.items.length, 0);
});

test('[ENC24] a reader that is behind gets its page when it has caught up', async () => {
  const { queue, gateway, hint } = set();
  const { wire: line } = await gateway.greeted(1);
  await gateway.settle();
  queue.add(1);
  line.bufferedBytes = dropPushesBytes + 1;
  const { reads } = queue;
  await hint();
  assert.equal(queue.reads, reads);
  line.bufferedBytes = 0;
  await hint();
  assert.deepEqual(pages(line), [[1]]);
});

test('[ENC31] the welcome says where the list of key changes ends', async () => {
  const { gateway } = set();
  const { wire: line } = await gateway.greeted(1);
  assert.equal(line.frames('welcome')[0]?.keys_n, 7);
});

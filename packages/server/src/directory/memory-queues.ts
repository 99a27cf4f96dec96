// What devices send each other, in memory. Every method does all of its work before it yields, so it is atomic.
import type { DeviceId } from '@parley/protocol';
import { maxToDeviceQueueBytes, maxToDeviceTxnMs } from '../kernel/limits.ts';
import type { ToDevice, ToDeviceRow } from './keys.ts';
import type { KeyRows } from './memory-key-rows.ts';
import type { Rows } from './memory-rows.ts';

/** The part of a directory in memory that is about what devices send each other. */
export function memoryQueues(directory: Rows): ToDevice {
  const { keys } = directory;
  return {
    enqueue: async (sent, mostPerDevice, time) => {
      for (const [key, { time: began }] of keys.transactions)
        if (began <= time - maxToDeviceTxnMs) keys.transactions.delete(key);
      const full: DeviceId[] = [];
      for (const [device, all] of Map.groupBy(sent, (row) => row.device)) {
        if (!directory.devices.has(device) && !keys.isDehydrated(device)) continue;
        const fresh = all.filter((row, i) => !isKnown(keys, row) && all.findIndex((one) => isSame(one, row)) === i);
        const queue = keys.queue(device);
        if (fresh.length === 0) continue;
        const rows = [...queue.rows, ...fresh];
        if (rows.length > mostPerDevice || sizeOf(rows) > maxToDeviceQueueBytes) {
          full.push(device);
          continue;
        }
        queue.rows = [...queue.rows, ...fresh.map((row) => ({ ...row, n: ++queue.head }))];
        for (const row of fresh) remember(keys, row, time);
      }
      return { full };
    },
    page: async (device, after, limit) =>
      keys
        .queue(device)
        .rows.filter((row) => row.n > after)
        .slice(0, limit),
    acknowledge: async (device, upTo) => {
      const queue = keys.queue(device);
      queue.rows = queue.rows.filter((row) => row.n > upTo);
    },
  };
}

function sizeOf(rows: readonly ToDeviceRow[]): number {
  return rows.reduce((sum, row) => sum + row.content.length, 0);
}

function isSame(a: ToDeviceRow, b: ToDeviceRow): boolean {
  return a.senderDevice === b.senderDevice && a.txn === b.txn;
}

function isKnown(keys: KeyRows, { senderDevice, txn, device }: ToDeviceRow): boolean {
  return keys.transactions.get(`${senderDevice} ${txn}`)?.devices.has(device) === true;
}

function remember(keys: KeyRows, { senderDevice, txn, device }: ToDeviceRow, time: number): void {
  const key = `${senderDevice} ${txn}`;
  const before = keys.transactions.get(key);
  keys.transactions.set(key, { time, devices: new Set(before?.devices).add(device) });
}

// What stands beside accounts in partitions of its own, moved: one-time keys, what waits for devices, room keys.

import { backupOwner, poolOwner, queueOwner } from '../directory/cassandra-names.ts';
import { directoryAtOnce, movePageRows } from '../kernel/engine-limits.ts';
import { maxToDeviceTxnMs } from '../kernel/limits.ts';
import type { DirectoryMove } from './directory-parts.ts';
import { poolRows, queueEntries, roomKeyEntries, type Sum } from './directory-rows.ts';
import { eachOf } from './each-of.ts';
import { type Step, textOf } from './step.ts';

export function keySteps(move: DirectoryMove): readonly Step[] {
  return [oneTimeKeys(move), queues(move), sent(move), roomKeys(move)];
}

function oneTimeKeys({ source, from, to, owned, slices }: DirectoryMove): Step {
  const pages = function* (after: string) {
    for (let page = source.pools(after); page.length > 0; page = source.pools(page.at(-1)?.device ?? '')) yield page;
  };
  return {
    name: 'one-time keys',
    count: () => source.count('one_time_keys'),
    async *copy(after) {
      const epoch = source.epoch();
      for (const page of pages(String(after?.[0] ?? ''))) {
        await eachOf(page, directoryAtOnce, (pool) => {
          const { root, entries } = poolRows(pool, epoch);
          return owned.put(poolOwner(pool.device), root, entries);
        });
        const rows = page.reduce((sum, { keys }) => sum + keys.length, 0);
        yield { rows, at: [page.at(-1)?.device ?? ''] };
      }
    },
    async *compare() {
      for (const page of pages('')) {
        const there = await eachOf(page, directoryAtOnce, async ({ device }) => {
          const rows = await slices.kinds(poolOwner(device), ['fallback', 'free', 'given']);
          return textOf([rows.map(textOf), await to.keys.counts(device)]);
        });
        const here = await eachOf(page, directoryAtOnce, async (pool) => {
          const rows = poolRows(pool, 0).entries.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
          return textOf([rows.map(textOf), await from.keys.counts(pool.device)]);
        });
        yield { rows: page.reduce((sum, { keys }) => sum + keys.length, 0), from: here, to: there };
      }
    },
  };
}

function placeOf({ kind, key }: { readonly kind: string; readonly key: string }): string {
  return `${kind} ${key}`;
}

function queues({ source, to, owned }: DirectoryMove): Step {
  const pages = function* (after: string) {
    for (let page = source.queues(after); page.length > 0; page = source.queues(page.at(-1)?.device ?? '')) yield page;
  };
  return {
    name: 'messages to devices',
    count: () => source.count('to_device'),
    async *copy(after) {
      for (const page of pages(String(after?.[0] ?? ''))) {
        const counts = await eachOf(page, directoryAtOnce, async ({ device, head }) => {
          let sum: Sum = { count: 0, bytes: 0 };
          for (let rows = source.queue(device, 0); rows.length > 0; rows = source.queue(device, rows.at(-1)?.n ?? 0)) {
            const put = queueEntries(rows, sum);
            await owned.put(queueOwner(device), null, put.entries);
            sum = put.sum;
          }
          await owned.put(queueOwner(device), { head, came: sum, went: { count: 0, bytes: 0 } });
          return sum.count;
        });
        yield { rows: counts.reduce((all, count) => all + count, 0), at: [page.at(-1)?.device ?? ''] };
      }
    },
    async *compare() {
      for (const page of pages(''))
        for (const { device } of page) {
          let after = 0;
          for (;;) {
            const rows = source.queue(device, after);
            const there = await to.toDevice.page(device, after, Math.max(1, rows.length));
            if (rows.length > 0 || there.length > 0)
              yield { rows: rows.length, from: rows.map(textOf), to: there.map(textOf) };
            if (rows.length < movePageRows) break;
            after = rows.at(-1)?.n ?? after;
          }
        }
    },
  };
}

/** What devices have sent, so that what comes again is kept once. Those that nobody asks for any more are on neither side. */
function sent({ source, owned, slices, now }: DirectoryMove): Step {
  const seconds = (2 * maxToDeviceTxnMs) / 1_000;
  const pages = function* (device: string, txn: string) {
    for (let page = source.sent(device, txn); page.length > 0; ) {
      yield page;
      const last = page.at(-1);
      page = last === undefined ? [] : source.sent(last.senderDevice, last.txn);
    }
  };
  return {
    name: 'names of what was sent to devices',
    count: () => source.count('to_device_txns'),
    fades: true,
    async *copy(after) {
      const [device = '', txn = ''] = (after ?? []).map(String);
      for (const page of pages(device, txn)) {
        await eachOf(page, directoryAtOnce, async ({ senderDevice, txn, time, devices }) => {
          const entry = { kind: 'txn', key: `${senderDevice} ${txn}`, value: time, seconds };
          for (const each of devices) await owned.put(queueOwner(each), null, [entry]);
        });
        const last = page.at(-1);
        yield { rows: page.length, at: [last?.senderDevice ?? '', last?.txn ?? ''] };
      }
    },
    async *compare() {
      for (const page of pages('', '')) {
        const there = await eachOf(page, directoryAtOnce, ({ senderDevice, txn, devices }) =>
          eachOf(devices, 1, (each) => slices.one(queueOwner(each), 'txn', `${senderDevice} ${txn}`)),
        );
        const since = now() - maxToDeviceTxnMs;
        const live = page.map((row, i) => ({ row, times: there[i] ?? [] })).filter(({ row }) => row.time > since);
        const text = ({ senderDevice, txn }: (typeof page)[number], times: readonly unknown[]) =>
          textOf([senderDevice, txn, times]);
        yield {
          rows: live.length,
          from: live.map(({ row }) =>
            text(
              row,
              row.devices.map(() => row.time),
            ),
          ),
          to: live.map(({ row, times }) => text(row, times)),
        };
      }
    },
  };
}

function roomKeys({ source, from, to, owned }: DirectoryMove): Step {
  const pages = function* (account: string, n: number) {
    for (let page = source.roomKeys(account, n); page.length > 0; ) {
      yield page;
      const last = page.at(-1);
      page = last === undefined ? [] : source.roomKeys(last.account, last.n);
    }
  };
  return {
    name: 'room keys',
    count: () => source.count('backup_rows'),
    async *copy(after) {
      for (const page of pages(String(after?.[0] ?? ''), Number(after?.[1] ?? 0))) {
        await eachOf([...Map.groupBy(page, ({ account }) => account)], directoryAtOnce, ([account, rows]) => {
          const root = { ...source.roomKeyCounts(account), drops: [] };
          return owned.put(backupOwner(account), root, rows.flatMap(roomKeyEntries));
        });
        const last = page.at(-1);
        yield { rows: page.length, at: [last?.account ?? '', last?.n ?? 0] };
      }
    },
    async *compare() {
      for (const page of pages('', 0)) {
        const accounts = [...Map.groupBy(page, ({ account }) => account)];
        const there = await eachOf(accounts, directoryAtOnce, async ([account, rows]) => {
          const found = await to.backup.page(account, (rows.at(-1)?.n ?? 0) + 1, rows.length);
          const texts = found.toReversed().map((row) => textOf({ account, ...row }));
          return [...texts, textOf(await to.backup.count(account))];
        });
        const here = await eachOf(accounts, directoryAtOnce, async ([account, rows]) => [
          ...rows.map((row) => textOf({ ...row })),
          textOf(await from.backup.count(account)),
        ]);
        yield { rows: page.length, from: here.flat(), to: there.flat() };
      }
    },
  };
}

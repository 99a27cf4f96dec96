// What devices send each other in Cassandra: the queue of a device is a partition whose root counts what came and what
// was acknowledged, so that a bound costs no look at the rows. A row names what came before it, and its number comes
// with it: a reader that has seen a number has missed none below it.
import type { DeviceId } from '@parley/protocol';
import { maxToDeviceQueueBytes, maxToDeviceTxnMs } from '../kernel/limits.ts';
import { eachOf } from './cassandra-accounts.ts';
import { queueOwner } from './cassandra-names.ts';
import { type Owners, padded, type Root } from './cassandra-owners.ts';
import { isClosed } from './cassandra-settle.ts';
import type { Entry, Ref } from './cassandra-slices.ts';
import { firstOfQueues, isDevice } from './cassandra-whole.ts';
import type { ToDevice, ToDeviceRow } from './keys.ts';

/** Rows and their sizes together, up to some row. */
interface Sum {
  readonly count: number;
  readonly bytes: number;
}

/** `head`: of the last row. */
interface QueueRoot {
  readonly head: number;
  readonly came: Sum;
  readonly went: Sum;
}

/** A row with everything up to it. */
interface Waiting {
  readonly row: ToDeviceRow;
  readonly sum: Sum;
}

/** Names of what was sent go by themselves, some time after nobody asks for them. Seconds. */
const txnSeconds = (2 * maxToDeviceTxnMs) / 1_000;
/** Rows that one acknowledgement removes at once. */
const removedAtOnce = 1_000;

export class CassandraQueues implements ToDevice {
  readonly #owners: Owners;

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  async enqueue(
    rows: readonly ToDeviceRow[],
    mostPerDevice: number,
    time: number,
  ): Promise<{ readonly full: readonly DeviceId[] }> {
    const first = await firstOfQueues(this.#owners);
    const queues = [...Map.groupBy(rows, (row) => row.device)];
    const full = await eachOf(queues, async ([device, all]) => {
      if (!(await isDevice(this.#owners, device))) return [];
      return (await this.#append(device, all, { most: mostPerDevice, time, first })) ? [] : [device];
    });
    return { full: full.flat() };
  }

  async page(
    device: DeviceId,
    after: number,
    limit: number,
  ): Promise<readonly (ToDeviceRow & { readonly n: number })[]> {
    const owner = queueOwner(device);
    // Nearly always nothing waits, and what was acknowledged to its sender a plain read sees, too.
    if (isEmpty(await this.#owners.slices.root(owner))) return [];
    // What stands below what the root says, stands on a quorum by now.
    const root = await this.#owners.root(owner);
    if (root === null || isClosed(root)) return [];
    const { head } = root.value as QueueRoot;
    const rows = await this.#owners.slices.stretch(owner, 'waiting', { above: padded(after), limit });
    return rows
      .filter(({ key }) => Number(key) <= head)
      .map(({ key, value }) => ({ n: Number(key), ...(value as Waiting).row }));
  }

  async acknowledge(device: DeviceId, upTo: number): Promise<void> {
    for (let isLeft = true; isLeft; ) isLeft = await this.#remove(device, upTo);
  }

  /** Removes some of the oldest. Resolves to whether there may be more. */
  async #remove(device: DeviceId, upTo: number): Promise<boolean> {
    const owner = queueOwner(device);
    const below = padded(upTo + 1);
    return this.#owners.change(owner, async (root) => {
      if (root === null || isClosed(root)) return { answer: false };
      const now = root.value as QueueRoot;
      const rows = await this.#owners.slices.stretch(owner, 'waiting', { below, limit: removedAtOnce });
      const last = rows.at(-1)?.value as Waiting | undefined;
      if (last === undefined) return { answer: false };
      const remove = rows.map(({ key }): Ref => ['waiting', key]);
      return { answer: rows.length === removedAtOnce, write: { root: { ...now, went: last.sum }, remove } };
    });
  }

  /** Puts them at the end of a queue; false: that would be too many, or too much. */
  async #append(
    device: DeviceId,
    rows: readonly ToDeviceRow[],
    { most, time, first }: { readonly most: number; readonly time: number; readonly first: number },
  ): Promise<boolean> {
    const owner = queueOwner(device);
    return this.#owners.change<boolean>(owner, async (root) => {
      if (isClosed(root)) return { answer: true };
      const known = await this.#owners.slices.named(
        owner,
        rows.map((row) => ['txn', txnOf(row)]),
      );
      const isKnown = (row: ToDeviceRow) =>
        Number(known.get(`txn ${txnOf(row)}`) ?? Number.NEGATIVE_INFINITY) > time - maxToDeviceTxnMs;
      const fresh = [...new Map(rows.filter((row) => !isKnown(row)).map((row) => [txnOf(row), row])).values()];
      if (fresh.length === 0) return { answer: true };
      const now = queueOf(root);
      const sums = sumsOf(now.came, fresh);
      const came = sums.at(-1) ?? now.came;
      const isFull = came.count - now.went.count > most || came.bytes - now.went.bytes > maxToDeviceQueueBytes;
      if (isFull) return { answer: false };
      const begin = Math.max(now.head, first);
      const put = fresh.flatMap((row, i): Entry[] => [
        { kind: 'waiting', key: padded(begin + 1 + i), value: { row, sum: sums[i] } },
        { kind: 'txn', key: txnOf(row), value: time, seconds: txnSeconds },
      ]);
      return { answer: true, write: { root: { head: begin + fresh.length, came, went: now.went }, put } };
    });
  }
}

/** Does nothing wait in it? */
function isEmpty(root: Root | null): boolean {
  const { came, went } = queueOf(root);
  return isClosed(root) || came.count === went.count;
}

function queueOf(root: Root | null): QueueRoot {
  const none = { count: 0, bytes: 0 };
  return (root?.value as QueueRoot | undefined) ?? { head: 0, came: none, went: none };
}

function sumsOf(before: Sum, rows: readonly ToDeviceRow[]): readonly Sum[] {
  let { count, bytes } = before;
  return rows.map(({ content }) => {
    count += 1;
    bytes += content.length;
    return { count, bytes };
  });
}

function txnOf({ senderDevice, txn }: ToDeviceRow): string {
  return `${senderDevice} ${txn}`;
}

// One-time keys in Cassandra: the pool of a device is a partition, and a key leaves it by a conditional write, so it is
// given out once. Who asks for a device that is gone is told so by its account.
import type { DeviceId } from '@parley/protocol';
import { maxGivenKeys } from '../kernel/limits.ts';
import { eachOf } from './cassandra-accounts.ts';
import { poolOwner } from './cassandra-names.ts';
import { type Owners, padded, type Root, type Write } from './cassandra-owners.ts';
import { isClosed } from './cassandra-settle.ts';
import type { Ref, Slice } from './cassandra-slices.ts';
import { epochOf, isDevice } from './cassandra-whole.ts';
import type { OneTimeKeyRow } from './keys.ts';

/** What stands in the root of a pool. `epoch`: keys from before a later one may have been given out. */
interface PoolRoot {
  readonly epoch: number;
  /** Of the newest key. */
  readonly turn: number;
}

/** A key with the turn in which it came, and the one in which it was given. */
interface Key extends OneTimeKeyRow {
  readonly turn: number;
}

interface Fallback {
  readonly key: OneTimeKeyRow;
  readonly isUsed: boolean;
}

/** A pool at one moment, oldest first. */
interface Pool {
  readonly turn: number;
  readonly free: readonly Key[];
  /** As they were given. */
  readonly given: readonly Key[];
  readonly fallback: Fallback | null;
}

export class Pools {
  readonly #owners: Owners;

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  async add(
    device: DeviceId,
    keys: readonly OneTimeKeyRow[],
    most: number,
  ): Promise<'done' | 'changed' | 'full' | 'gone'> {
    if (!(await isDevice(this.#owners, device))) return 'gone';
    return this.fill(device, keys, null, most);
  }

  /** The same for a device that is about to be. */
  async fill(
    device: DeviceId,
    keys: readonly OneTimeKeyRow[],
    fallback: OneTimeKeyRow | null,
    most: number,
  ): Promise<'done' | 'changed' | 'full' | 'gone'> {
    return this.#change<'done' | 'changed' | 'full' | 'gone'>(device, 'gone', (now) => {
      const known = new Map([...now.free, ...now.given].map(({ id, json }) => [id, json]));
      const fresh: Key[] = [];
      for (const { id, json } of keys) {
        const before = known.get(id);
        if (before !== undefined && before !== json) return { answer: 'changed' };
        if (before === undefined) fresh.push({ id, json, turn: now.turn + fresh.length + 1 });
        known.set(id, json);
      }
      if (fresh.length > 0 && now.free.length + fresh.length > most) return { answer: 'full' };
      const given = now.given.slice(-maxGivenKeys);
      if (fresh.length === 0 && given.length === now.given.length && fallback === null) return { answer: 'done' };
      const then = { ...now, free: [...now.free, ...fresh], given, turn: now.turn + fresh.length };
      return {
        answer: 'done',
        become: { ...then, fallback: fallback === null ? now.fallback : replaced(now, fallback) },
      };
    });
  }

  async setFallback(device: DeviceId, key: OneTimeKeyRow): Promise<'done' | 'gone'> {
    if (!(await isDevice(this.#owners, device))) return 'gone';
    return this.#change<'done' | 'gone'>(device, 'gone', (now) => ({
      answer: 'done',
      become: { ...now, fallback: replaced(now, key) },
    }));
  }

  async counts(device: DeviceId): Promise<{ readonly oneTime: number; readonly fallbackUnused: boolean }> {
    const owner = poolOwner(device);
    const [isHere, epoch, rows] = await Promise.all([
      isDevice(this.#owners, device),
      epochOf(this.#owners),
      this.#owners.slices.kinds(owner, ['fallback', 'free', 'root']),
    ]);
    const root = rows.find(({ kind }) => kind === 'root');
    if (!isHere || root === undefined) return { oneTime: 0, fallbackUnused: false };
    const isOver = (root.value as PoolRoot).epoch < epoch;
    const fallback = rows.find(({ kind }) => kind === 'fallback')?.value as Fallback | undefined;
    const free = rows.filter(({ kind }) => kind === 'free').length;
    return { oneTime: isOver ? 0 : free, fallbackUnused: fallback?.isUsed === false };
  }

  async claim(devices: readonly DeviceId[]): Promise<readonly (OneTimeKeyRow | null)[]> {
    const wanted = new Map<DeviceId, number>();
    for (const device of devices) wanted.set(device, (wanted.get(device) ?? 0) + 1);
    const given = new Map(
      await eachOf([...wanted], async ([device, count]) => [device, await this.#take(device, count)] as const),
    );
    return devices.map((device) => given.get(device)?.shift() ?? null);
  }

  /** So many keys of a device. */
  async #take(device: DeviceId, count: number): Promise<(OneTimeKeyRow | null)[]> {
    if (!(await isDevice(this.#owners, device))) return [];
    return this.#change<(OneTimeKeyRow | null)[]>(device, [], (now) => {
      const taken = now.free.slice(0, count);
      const given = [...now.given, ...taken];
      const last = now.fallback;
      const needsLast = taken.length < count && last !== null;
      const answer = Array.from({ length: count }, (_, i) => bare(taken[i]) ?? last?.key ?? null);
      if (taken.length === 0 && (!needsLast || last.isUsed)) return { answer };
      const fallback = needsLast ? { ...last, isUsed: true } : last;
      return { answer, become: { ...now, free: now.free.slice(taken.length), given, fallback } };
    });
  }

  /** Reads the whole pool, and writes what is another one then. */
  #change<T>(
    device: DeviceId,
    gone: T,
    decide: (now: Pool) => { readonly answer: T; readonly become?: Pool },
  ): Promise<T> {
    const owner = poolOwner(device);
    return this.#owners.change<T>(owner, async (root) => {
      if (isClosed(root)) return { answer: gone };
      const [epoch, rows] = await Promise.all([
        epochOf(this.#owners),
        this.#owners.slices.kinds(owner, ['fallback', 'free', 'given']),
      ]);
      const { answer, become } = decide(poolOf(root, rows, epoch));
      return become === undefined ? { answer } : { answer, write: writeOf(rows, become, epoch) };
    });
  }
}

/** Keys from before a restore may have been given out. */
function poolOf(root: Root | null, rows: readonly Slice[], epoch: number): Pool {
  const { epoch: before, turn } = (root?.value as PoolRoot | undefined) ?? { epoch, turn: 0 };
  const of = (kind: string) => rows.filter((row) => row.kind === kind).map(({ value }) => value as Key);
  const fallback = (rows.find(({ kind }) => kind === 'fallback')?.value as Fallback | undefined) ?? null;
  const [free, given] = [of('free'), of('given')];
  return before < epoch ? { turn, free: [], given: [...given, ...free], fallback } : { turn, free, given, fallback };
}

/** Only the rows that differ. A given key keeps the place that it was given in. */
function writeOf(rows: readonly Slice[], { turn, free, given, fallback }: Pool, epoch: number): Write {
  const last = Number(rows.filter(({ kind }) => kind === 'given').at(-1)?.key ?? 0);
  const places = new Map(rows.map(({ kind, key, value }) => [`${kind} ${(value as Key).turn}`, key]));
  const fresh = given.filter((key) => !places.has(`given ${key.turn}`));
  const entries = [
    ...free.map((key) => ({ kind: 'free', key: padded(key.turn), value: key as unknown })),
    ...given.map((key) => {
      const place = places.get(`given ${key.turn}`) ?? padded(last + 1 + fresh.indexOf(key));
      return { kind: 'given', key: place, value: key as unknown };
    }),
    ...(fallback === null ? [] : [{ kind: 'fallback', key: '', value: fallback as unknown }]),
  ];
  const before = new Map(rows.map(({ kind, key, value }) => [`${kind} ${key}`, JSON.stringify(value)]));
  const kept = new Set(entries.map(({ kind, key }) => `${kind} ${key}`));
  return {
    root: { epoch, turn } satisfies PoolRoot,
    put: entries.filter(({ kind, key, value }) => before.get(`${kind} ${key}`) !== JSON.stringify(value)),
    remove: rows.filter(({ kind, key }) => !kept.has(`${kind} ${key}`)).map(({ kind, key }): Ref => [kind, key]),
  };
}

function replaced({ fallback }: Pool, key: OneTimeKeyRow): Fallback {
  const isSame = fallback?.key.id === key.id && fallback.key.json === key.json;
  return isSame ? fallback : { key, isUsed: false };
}

function bare(key: Key | undefined): OneTimeKeyRow | undefined {
  return key === undefined ? undefined : { id: key.id, json: key.json };
}

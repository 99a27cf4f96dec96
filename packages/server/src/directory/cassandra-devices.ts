// Devices and their tokens in Cassandra. A token is found by a pointer and holds as long as its device says so; looking
// one up is two plain reads, and raising a time is a plain write.
import type { AccountId, DeviceId } from '@parley/protocol';
import { maxOldTokens } from '../kernel/limits.ts';
import { bareDevice, deviceEntry, rowOf, type StoredDevice, type StoredToken } from './cassandra-account.ts';
import { type CassandraAccounts, eachOf } from './cassandra-accounts.ts';
import type { Ended } from './cassandra-dues.ts';
import type { List } from './cassandra-list.ts';
import { accountOwner, tokenPointer } from './cassandra-names.ts';
import { asBefore, type Decision, type Owners, type Root } from './cassandra-owners.ts';
import type { Settle } from './cassandra-settle.ts';
import type { Shelves } from './cassandra-shelves.ts';
import type { SignUps } from './cassandra-signups.ts';
import { accountOfDevice } from './cassandra-whole.ts';
import {
  type AccountRow,
  type Bearer,
  type DeviceRow,
  type Devices,
  type DeviceTimes,
  type End,
  isPassword,
  type Login,
  type Tokens,
} from './directory.ts';

/** What devices are kept with. */
export interface DevicesParts {
  readonly owners: Owners;
  readonly shelves: Shelves;
  readonly settle: Settle;
  readonly signUps: SignUps;
  readonly accounts: CassandraAccounts;
  readonly ended: List;
}

export class CassandraDevices implements Devices {
  readonly #parts: DevicesParts;

  constructor(parts: DevicesParts) {
    this.#parts = parts;
  }

  async add(login: Login, most: number, ifPasswordHash?: string | null): Promise<'done' | 'full' | 'gone'> {
    const { owners, shelves, signUps } = this.#parts;
    const { device, tokenHash } = login;
    const { account } = device;
    const row = await rowOf(owners, account);
    if (row?.state !== 'active' || !isPassword(row, ifPasswordHash)) return 'gone';
    if (!(await signUps.claimDevice(device.device, account))) return 'gone';
    await shelves.point(tokenPointer(tokenHash), `${account} ${device.device}`);
    const owner = accountOwner(account);
    const outcome = await owners.change<'done' | 'full' | 'gone'>(owner, async (root) => {
      const now = root?.value as AccountRow | undefined;
      if (now?.state !== 'active' || !isPassword(now, ifPasswordHash)) return { answer: 'gone' };
      const held = await owners.slices.kinds(owner, ['device']);
      if (held.length >= most) return { answer: 'full' };
      const stored = deviceEntry({ ...device, tokens: [{ hash: tokenHash, state: 'current' }] });
      return { answer: 'done', write: { root: now, put: [stored] } };
    });
    if (outcome !== 'done') await shelves.forget([tokenPointer(tokenHash)]);
    return outcome;
  }

  async list(account: AccountId): Promise<readonly DeviceRow[]> {
    const rows = await this.#parts.owners.slices.kinds(accountOwner(account), ['device']);
    const devices = await eachOf(rows, async ({ value }) => {
      const row = bareDevice(value as StoredDevice);
      return { ...row, ...latest(row, await this.#parts.shelves.times(row.device)) };
    });
    return devices.sort((a, b) => a.createdAt - b.createdAt || (a.device < b.device ? -1 : 1));
  }

  end(account: AccountId, end: End): Promise<readonly DeviceId[]> {
    return this.#parts.accounts.end(account, end);
  }

  async touch(rows: readonly DeviceTimes[]): Promise<void> {
    await eachOf(rows, (row) => this.#parts.shelves.raise(row));
  }

  async ended(after: number | null, limit: number) {
    await this.#parts.settle.others();
    const { rows, head } = await this.#parts.ended.page(after, limit);
    const entries = rows.map(({ n, value }) => {
      const { device, reason } = value as Ended;
      return { n, device, reason };
    });
    return { rows: entries, head };
  }
}

export class CassandraTokens implements Tokens {
  readonly #owners: Owners;
  readonly #shelves: Shelves;

  constructor(owners: Owners, shelves: Shelves) {
    this.#owners = owners;
    this.#shelves = shelves;
  }

  async get(tokenHash: string): Promise<Bearer | undefined> {
    const [account, device] = ((await this.#shelves.pointsTo(tokenPointer(tokenHash))) ?? '').split(' ');
    if (account === undefined || device === undefined) return undefined;
    const rows = await this.#owners.slices.named(accountOwner(account), [
      ['root', ''],
      ['device', device],
    ]);
    const row = rows.get('root ') as AccountRow | undefined;
    const stored = rows.get(`device ${device}`) as StoredDevice | undefined;
    const token = stored?.tokens.find(({ hash }) => hash === tokenHash);
    if (row === undefined || stored === undefined || token === undefined) return undefined;
    const { handle, kind, admin, state } = row;
    // Only of a token that was replaced somebody asks when that was noticed: everybody else is spared the read.
    const times = token.state === 'old' ? await this.#shelves.times(stored.device) : null;
    const { oldTokenUsedAt } = times === null ? stored : latest(stored, times);
    return {
      tokenState: token.state,
      device: stored.device,
      oldTokenUsedAt,
      account: row.account,
      handle,
      kind,
      admin,
      state,
    };
  }

  async replace(device: DeviceId, tokenHash: string): Promise<boolean> {
    const account = await accountOfDevice(this.#owners, device);
    if (account === undefined) return false;
    await this.#shelves.point(tokenPointer(tokenHash), `${account} ${device}`);
    const gone = await this.#change(account, device, (tokens) => [
      ...tokens.filter(({ state }) => state !== 'next'),
      { hash: tokenHash, state: 'next' },
    ]);
    await this.#shelves.forget((gone ?? [tokenHash]).map(tokenPointer));
    return gone !== null;
  }

  async confirm(tokenHash: string): Promise<void> {
    const [account, device] = ((await this.#shelves.pointsTo(tokenPointer(tokenHash))) ?? '').split(' ');
    if (account === undefined || device === undefined) return;
    const gone = await this.#change(account, device, (tokens) => {
      if (tokens.find(({ hash }) => hash === tokenHash)?.state !== 'next') return tokens;
      const old = tokens
        .filter(({ hash }) => hash !== tokenHash)
        .map((each) => (each.state === 'current' ? ({ ...each, state: 'old' } as const) : each));
      const others = old.filter(({ state }) => state !== 'old');
      return [
        ...old.filter(({ state }) => state === 'old').slice(-maxOldTokens),
        ...others,
        { hash: tokenHash, state: 'current' },
      ];
    });
    if (gone !== null) await this.#shelves.forget(gone.map(tokenPointer));
  }

  /** Resolves to the tokens that are gone, or null: no such device. */
  async #change(
    account: string,
    device: string,
    change: (tokens: readonly StoredToken[]) => readonly StoredToken[],
  ): Promise<readonly string[] | null> {
    const owner = accountOwner(account);
    const decide = async (root: Root | null): Promise<Decision<readonly string[] | null>> => {
      const stored = (await this.#owners.slices.one(owner, 'device', device)) as StoredDevice | undefined;
      if (root === null || stored === undefined) return { answer: null };
      const tokens = change(stored.tokens);
      if (tokens === stored.tokens) return { answer: [] };
      const gone = stored.tokens.filter(({ hash }) => !tokens.some((each) => each.hash === hash));
      const write = { root: asBefore(root), put: [deviceEntry({ ...stored, tokens })] };
      return { answer: gone.map(({ hash }) => hash), write };
    };
    return this.#owners.change(owner, decide);
  }
}

/** Times only rise, whichever of the two places says more. */
function latest(
  row: DeviceRow,
  times: Omit<DeviceTimes, 'device'>,
): Pick<DeviceRow, 'lastSeenAt' | 'oldTokenUsedAt' | 'provedAt'> {
  const later = (a: number | null, b: number | null | undefined): number | null => Math.max(a ?? 0, b ?? 0) || null;
  return {
    lastSeenAt: later(row.lastSeenAt, times.lastSeenAt),
    oldTokenUsedAt: later(row.oldTokenUsedAt, times.oldTokenUsedAt),
    provedAt: later(row.provedAt, times.provedAt),
  };
}

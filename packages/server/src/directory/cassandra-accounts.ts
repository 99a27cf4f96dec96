// Accounts and lists of them in Cassandra. A change of an account, the sessions that it ends and what follows elsewhere
// are one conditional write to its partition.
import type { AccountId, DeviceId } from '@parley/protocol';
import { directoryAtOnce } from '../kernel/engine-limits.ts';
import { accountOf, type Ends, endDehydrated, endDevices, rowOf, together } from './cassandra-account.ts';
import { type Due, foundOf } from './cassandra-dues.ts';
import type { CassandraInvites } from './cassandra-invites.ts';
import type { List } from './cassandra-list.ts';
import { accountOwner, backupOwner, handlePointer } from './cassandra-names.ts';
import { asBefore, type Owners, type Root, type Write } from './cassandra-owners.ts';
import type { Settle } from './cassandra-settle.ts';
import type { Shelves } from './cassandra-shelves.ts';
import type { SignUps } from './cassandra-signups.ts';
import type { SignUp } from './directory.ts';
import { type AccountChange, type AccountRow, type Accounts, type Also, type End, isPassword } from './directory.ts';

/** What accounts are kept with. */
export interface AccountsParts {
  readonly owners: Owners;
  readonly shelves: Shelves;
  readonly settle: Settle;
  readonly signUps: SignUps;
  readonly invites: CassandraInvites;
  readonly ended: List;
  readonly changes: List;
}

export class CassandraAccounts implements Accounts {
  readonly #parts: AccountsParts;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  signUp(signUp: SignUp): Promise<'done' | 'taken' | 'invalid'> {
    return this.#parts.signUps.signUp(signUp);
  }

  async get(accounts: readonly AccountId[]): Promise<readonly AccountRow[]> {
    const rows = await eachOf(accounts, (account) => rowOf(this.#parts.owners, account));
    return rows.filter((row) => row !== undefined);
  }

  async byHandle(handle: string): Promise<AccountRow | undefined> {
    const account = await this.#parts.shelves.pointsTo(handlePointer(handle));
    const row = account === undefined ? undefined : await rowOf(this.#parts.owners, account as AccountId);
    return row?.handle === handle && row.state !== 'leaving' ? row : undefined;
  }

  async change(account: AccountId, change: AccountChange, also: Also = {}) {
    const { settle } = this.#parts;
    const owner = accountOwner(account);
    const [ended, changes] = await this.#buckets();
    return settle.change<{ row: AccountRow; ended: readonly DeviceId[] } | undefined>(owner, async (root) => {
      const before = root?.value as AccountRow | undefined;
      if (root === null || before === undefined) return { answer: undefined };
      if (before.state === 'leaving' || before.state === 'deleted') return { answer: undefined };
      if (!isPassword(before, also.ifPasswordHash)) return { answer: undefined };
      const row = { ...before, ...change };
      const ends = also.end === undefined ? null : await this.#end(owner, root, also.end, { ended, changes });
      const [was, is] = [foundOf(before), foundOf(row)];
      const isFoundAsBefore = JSON.stringify(was) === JSON.stringify(is);
      const due: readonly Due[] = [
        ...(isFoundAsBefore ? [] : [{ type: 'found', account, was, is } as const]),
        ...(also.intent === undefined ? [] : [{ type: 'intent', intent: also.intent } as const]),
        ...(ends?.write.due ?? []),
      ];
      return { answer: { row, ended: ends?.ended ?? [] }, write: { ...ends?.write, root: row, due } };
    });
  }

  /** Ends sessions and nothing else. */
  async end(account: AccountId, end: End): Promise<readonly DeviceId[]> {
    const owner = accountOwner(account);
    const [ended, changes] = await this.#buckets();
    return this.#parts.settle.change<readonly DeviceId[]>(owner, async (root) => {
      if (root === null) return { answer: [] };
      const ends = await this.#end(owner, root, end, { ended, changes });
      return ends.ended.length === 0 ? { answer: [] } : { answer: ends.ended, write: ends.write };
    });
  }

  async erase(account: AccountId, intent: string): Promise<void> {
    const { owners, settle, shelves, invites } = this.#parts;
    const owner = accountOwner(account);
    await settle.finish(owner);
    const [, changes] = await this.#buckets();
    await settle.change(owner, async (root) => {
      const row = root?.value as AccountRow | undefined;
      if (root === null || row?.state !== 'leaving') return { answer: null };
      const now = await accountOf(owners, owner, root);
      const devices = endDevices(
        now,
        now.devices.map(({ device }) => device),
        changes,
      );
      const ends = together(devices, endDehydrated(now, changes));
      const invited = await invites.endOf(owner, root);
      const erased = { handle: '', name: '', about: '', admin: false, state: 'deleted', passwordHash: null } as const;
      const pointers = [...ends.pointers, ...invited.pointers, handlePointer(row.handle)];
      const due: readonly Due[] = [
        ...ends.due,
        { type: 'close', owners: [backupOwner(account)], devices: [] },
        { type: 'forget', pointers },
        { type: 'answers', caller: account },
        { type: 'found', account, was: foundOf({ ...row, state: 'active' }), is: [] },
        { type: 'leave', account, handle: row.handle },
      ];
      const put = [...ends.put, ...(invited.write.put ?? [])];
      const remove = [...ends.remove, ...(invited.write.remove ?? [])];
      return { answer: null, write: { root: { ...row, ...erased }, put, remove, clear: ['vault'], due } };
    });
    await shelves.closeIntent(intent);
  }

  async #end(
    owner: string,
    root: Root,
    { device, except, reason, time }: End,
    from: { readonly ended: number; readonly changes: number },
  ): Promise<{ readonly ended: readonly DeviceId[]; readonly write: Write }> {
    const now = await accountOf(this.#parts.owners, owner, root);
    const ended = now.devices.map((row) => row.device).filter((each) => (device ?? each) === each && each !== except);
    if (ended.length === 0) return { ended, write: { root: asBefore(root) } };
    const entries = ended.map((each) => ({ device: each, reason, time }));
    const none: Ends = { put: [], remove: [], due: [], pointers: [] };
    const { put, remove, due, pointers } = reason === 'revoked' ? endDevices(now, ended, from.changes) : none;
    const forget: readonly Due[] = pointers.length === 0 ? [] : [{ type: 'forget', pointers }];
    const list: Due = { type: 'ended', from: from.ended, entries };
    return { ended, write: { root: asBefore(root), put, remove, due: [list, ...due, ...forget] } };
  }

  #buckets(): Promise<readonly [number, number]> {
    return Promise.all([this.#parts.ended.bucket(), this.#parts.changes.bucket()]);
  }
}

/** The same for each, a bounded number of them at once; results in their order. */
export async function eachOf<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += directoryAtOnce)
    results.push(...(await Promise.all(all.slice(from, from + directoryAtOnce).map(work))));
  return results;
}

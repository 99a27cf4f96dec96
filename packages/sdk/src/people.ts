// Accounts: a bounded cache that fills itself, and the rule that a handle stays with the account it was first seen with.
// Whoever was shown lately, or has a chat with this account, is never dropped.
import type { Account, AccountId } from '@parley/protocol';
import { maxAccountsPerLookup } from '@parley/protocol/limits';
import type { People } from './api.ts';
import { ChatError } from './error.ts';
import * as limits from './limits.ts';
import { Listeners } from './live.ts';
import type { Clock } from './ports.ts';
import type { Replica } from './replica.ts';
import type { Rest } from './rest.ts';
import { type AccountRow, keys, put, remove } from './rows.ts';
import type { PersonView } from './views.ts';

/** The accounts that this client knows of. */
export class PeopleCache implements People {
  readonly #replica: Replica;
  readonly #rest: Rest;
  readonly #clock: Clock;
  readonly #listeners = new Listeners();
  readonly #views = new WeakMap<AccountRow, PersonView>();
  /** Looked up since this client was opened: known accounts are read once more, as names change. */
  readonly #asked = new Set<AccountId>();
  readonly #wanted = new Set<AccountId>();
  /** Who was shown lately, the last one last. It outlives the row, which another client of this store may drop. */
  readonly #shown = new Map<AccountId, AccountRow>();
  readonly #stops: (() => void)[] = [];
  #stopTimer: (() => void) | null = null;
  #closed = false;
  /** Look-ups that failed, one after the other. */
  #failures = 0;

  constructor(replica: Replica, rest: Rest, clock: Clock) {
    this.#replica = replica;
    this.#rest = rest;
    this.#clock = clock;
    this.#stops.push(
      replica.onBatch(({ writes }) => {
        const changes = writes.filter((write) => write.table === 'accounts');
        // Who was dropped is looked up again when somebody wants to see them.
        for (const change of changes) if ('remove' in change) this.#asked.delete(change.key[0] as AccountId);
        if (changes.length > 0) this.#listeners.call();
      }),
      replica.onHint((hint) => {
        if (hint.hint === 'state' && hint.state.phase === 'online') this.#lookNow();
        if (hint.hint !== 'notice' || hint.account === null) return;
        this.#asked.delete(hint.account);
        this.get(hint.account);
      }),
    );
  }

  get(account: AccountId): PersonView | null {
    const row = this.#replica.tables.accounts.get(account) ?? this.#shown.get(account);
    if (row !== undefined) this.#show(account, row);
    if (!this.#asked.has(account) && this.#wanted.size < limits.maxPeopleWanted) {
      this.#wanted.add(account);
      this.#lookSoon();
    }
    return row === undefined ? null : this.#view(row);
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  async load(accounts: readonly AccountId[]): Promise<readonly PersonView[]> {
    const unknown = [...new Set(accounts)].filter((account) => !this.#replica.tables.accounts.has(account));
    for (let at = 0; at < unknown.length; at += maxAccountsPerLookup)
      await this.#look(unknown.slice(at, at + maxAccountsPerLookup));
    return accounts.flatMap((account) => {
      const row = this.#replica.tables.accounts.get(account);
      return row === undefined ? [] : [this.#view(row)];
    });
  }

  async find(handle: string): Promise<PersonView> {
    const bare = handle.replace(/^@/, '').toLowerCase();
    const pinned = this.#replica.tables.pins.get(bare);
    const account = await this.#rest('findHandle', { params: { handle: bare } }).catch((error: unknown) => {
      // Without the server the handle is whose it was.
      const known = pinned === undefined ? undefined : this.#replica.tables.accounts.get(pinned);
      if (known === undefined || !(error instanceof ChatError && error.code === 'client.unreachable')) throw error;
      return known;
    });
    if (pinned !== undefined && pinned !== account.account) throw new ChatError('client.handle_changed');
    const pin = pinned === undefined ? [put('facts', keys.pin(bare), account.account)] : [];
    await this.#keep([account], pin);
    return toPerson(account);
  }

  async search(words: string): Promise<readonly PersonView[]> {
    const { items } = await this.#rest('searchPeople', { query: { q: words } });
    await this.#keep(items);
    return items.map(toPerson);
  }

  /** Reads one account again. */
  refresh(account: AccountId): Promise<void> {
    return this.#look([account]);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#closed = true;
    this.#stopTimer?.();
  }

  /** The connection is back: nothing waits for the end of a pause. */
  #lookNow(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#failures = 0;
    this.#lookSoon();
  }

  #lookSoon(): void {
    if (this.#closed || this.#stopTimer !== null || this.#wanted.size === 0) return;
    const pauseMs = this.#failures === 0 ? limits.lookupDelayMs : limits.retryMinMs * 2 ** Math.min(this.#failures, 16);
    this.#stopTimer = this.#clock.after(Math.min(pauseMs, limits.retryMaxMs), () => {
      this.#stopTimer = null;
      const some = [...this.#wanted].slice(0, maxAccountsPerLookup);
      for (const account of some) this.#wanted.delete(account);
      this.#look(some).then(
        () => {
          this.#failures = 0;
          this.#lookSoon();
        },
        () => {
          for (const account of some) this.#wanted.add(account);
          this.#failures++;
          this.#lookSoon();
        },
      );
    });
  }

  async #look(accounts: readonly AccountId[]): Promise<void> {
    if (accounts.length === 0) return;
    const { items } = await this.#rest('listAccounts', { query: { ids: accounts.join(',') } });
    if (this.#asked.size > limits.maxPeople) this.#asked.clear();
    for (const account of accounts) this.#asked.add(account);
    await this.#keep(items);
  }

  async #keep(items: readonly Account[], more: readonly ReturnType<typeof put>[] = []): Promise<void> {
    const changed = items.filter((item) => !same(this.#replica.tables.accounts.get(item.account), item));
    const writes = [...changed.map((item) => put('accounts', keys.account(item.account), item)), ...more];
    if (writes.length > 0) await this.#replica.commit(writes);
    await this.#makeRoom();
  }

  #show(account: AccountId, row: AccountRow): void {
    this.#shown.delete(account);
    this.#shown.set(account, row);
    if (this.#shown.size <= limits.maxPeopleShown) return;
    const [longest] = this.#shown.keys();
    if (longest !== undefined) this.#shown.delete(longest);
  }

  /** Drops the oldest accounts when there are very many. */
  async #makeRoom(): Promise<void> {
    const { accounts, conversations } = this.#replica.tables;
    if (accounts.size <= limits.maxPeople) return;
    const peers = new Set([...conversations.values()].map(({ server }) => server.peer));
    const dropped = [...accounts.keys()]
      .filter((account) => !this.#shown.has(account) && !peers.has(account))
      .slice(0, accounts.size - limits.maxPeople + limits.peopleRoom);
    await this.#replica.commit(dropped.map((account) => remove('accounts', keys.account(account))));
  }

  #view(row: AccountRow): PersonView {
    const known = this.#views.get(row);
    if (known !== undefined) return known;
    const view = toPerson(row);
    this.#views.set(row, view);
    return view;
  }
}

/** An account as it is shown. */
export function toPerson(account: Account): PersonView {
  const { account: id, handle, name, about = '', kind, deleted = false } = account;
  return { account: id, handle, name, about, kind, deleted };
}

function same(a: AccountRow | undefined, b: Account): boolean {
  return a !== undefined && JSON.stringify(toPerson(a)) === JSON.stringify(toPerson(b));
}

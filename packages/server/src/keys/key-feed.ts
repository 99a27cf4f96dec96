// Follows the list of key changes: who has to hear of them, where it ends, and which devices ended lately, so that a
// message that was sealed for one of those is refused without a look into the directory. The list in the directory is
// the truth; the bus only hastens, and a lost word is made up for within a second.
import type { AccountId, KeysHint } from '@parley/protocol';
import type { Bus, Hint } from '../bus/bus.ts';
import type { KeyChangeRow, Keys } from '../directory/keys.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import { keyChangesPage, keyChangesPollMs, maxKeysHinted, maxRecentDeviceEnds } from '../kernel/limits.ts';
import type { KeyAcquaintances, KeysParts } from './parts.ts';

/** What it needs. */
export interface KeyFeedParts {
  readonly keys: Pick<Keys, 'changes' | 'revokedAfter'>;
  readonly acquaintances: Pick<KeyAcquaintances, 'of'>;
  readonly tell: KeysParts['tell'];
  readonly bus: Bus;
  readonly clock: Clock;
  readonly events: Pick<Events, 'fault'>;
}

/** The list, as one node follows it. */
export class KeyFeed {
  readonly #parts: KeyFeedParts;
  /** Where a device of each account ended last, the latest at the end. */
  readonly #ends = new Map<AccountId, number>();
  #newestEnd = 0;
  /** Whose keys changed, and nobody was told yet. */
  readonly #untold = new Set<AccountId>();
  /** Ends up to here are not known. */
  #floor = 0;
  #head = 0;
  #reading: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #cancel: () => void = () => {};
  #unsubscribe: () => void = () => {};

  constructor(parts: KeyFeedParts) {
    this.#parts = parts;
  }

  /** Where the list ended when it was last read. */
  get head(): number {
    return this.#head;
  }

  /** Reads the newest part of the list, then goes on reading. Rejects when the first read does. */
  async start(): Promise<void> {
    const { head } = await this.#parts.keys.changes(null, 1);
    this.#floor = Math.max(0, head - maxRecentDeviceEnds);
    this.#head = this.#floor;
    while (this.#head < head && (await this.#page()).length > 0);
    this.#head = Math.max(this.#head, head);
    if (this.#stopped) return;
    this.#unsubscribe = this.#parts.bus.subscribe((hint) => this.#hear(hint));
    this.#look();
    this.#poll();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#unsubscribe();
  }

  /** Did a device of one of these end after `n`? Asks the directory only about what is long ago. */
  async endedSince(members: ReadonlyMap<AccountId, unknown>, n: number): Promise<boolean> {
    return this.peekEnded(members, n) ?? (await this.#parts.keys.revokedAfter([...members.keys()], n)).length > 0;
  }

  /** The same at once; undefined when it is too long ago to be known. */
  peekEnded(members: ReadonlyMap<AccountId, unknown>, n: number): boolean | undefined {
    if (n >= this.#newestEnd && n >= this.#floor) return false;
    if (n < this.#floor) return undefined;
    if (this.#ends.size < members.size) {
      for (const [account, end] of this.#ends) if (end > n && members.has(account)) return true;
      return false;
    }
    for (const account of members.keys()) if ((this.#ends.get(account) ?? 0) > n) return true;
    return false;
  }

  #hear({ type }: Hint): void {
    if (type === 'keys' || type === 'revoked' || type === 'resync') this.#look();
  }

  #poll(): void {
    if (this.#stopped) return;
    this.#cancel = this.#parts.clock.after(keyChangesPollMs, () => {
      this.#look();
      this.#poll();
    });
  }

  /** One read at a time; what comes meanwhile is one more. */
  #look(): void {
    if (this.#stopped) return;
    if (this.#reading !== null) {
      this.#again = true;
      return;
    }
    this.#reading = this.#read()
      .catch((error) => this.#parts.events.fault('key changes', error))
      .finally(() => {
        this.#reading = null;
        if (!this.#again) return;
        this.#again = false;
        this.#look();
      });
  }

  async #read(): Promise<void> {
    for (;;) {
      const rows = await this.#page();
      for (const { account } of rows) if (this.#untold.size < maxRecentDeviceEnds) this.#untold.add(account);
      if (this.#untold.size > 0) await this.#announce();
      if (rows.length < keyChangesPage) return;
    }
  }

  async #page(): Promise<readonly KeyChangeRow[]> {
    const { rows } = await this.#parts.keys.changes(this.#head, keyChangesPage);
    for (const { n, account, change } of rows) {
      this.#head = n;
      if (change === 'revoked') this.#noteEnd(account, n);
    }
    return rows;
  }

  #noteEnd(account: AccountId, n: number): void {
    this.#newestEnd = n;
    this.#ends.delete(account);
    this.#ends.set(account, n);
    if (this.#ends.size <= maxRecentDeviceEnds) return;
    for (const [oldest, end] of this.#ends) {
      this.#ends.delete(oldest);
      this.#floor = end;
      return;
    }
  }

  /** Those who share a conversation with somebody whose keys changed look themselves, if they are here. */
  async #announce(): Promise<void> {
    const concerned = new Set<AccountId>();
    for (const account of this.#untold)
      for (const other of await this.#parts.acquaintances.of(account, maxKeysHinted)) concerned.add(other);
    const frame: KeysHint = { type: 'keys', n: this.#head };
    this.#untold.clear();
    this.#parts.tell([...concerned], new TextEncoder().encode(JSON.stringify(frame)));
  }
}

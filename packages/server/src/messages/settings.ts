// What accounts have set and the server obeys: audiences, read receipts, blocks. Read from the account log's rows
// through a bounded cache that the bus empties; a lost hint is healed by the cache's short life. While the store does not
// answer, what was read longer ago goes on counting.
import {
  type AccountId,
  type AddAudience,
  addAudiences,
  addKey,
  blockKey,
  type ConversationId,
  clearKey,
  type PresenceAudience,
  presenceAudiences,
  presenceKey,
  readReceiptsKey,
} from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import { type Clock, isTrusted } from '../kernel/clock.ts';
import { stateTrustMs } from '../kernel/engine-limits.ts';
import { maxCachedSettings, maxClearing, maxRangeRows, settingsTrustMs } from '../kernel/limits.ts';
import { orHeld } from '../kernel/or-held.ts';
import { believedFor, type Renewable, Renewals } from '../kernel/renewals.ts';
import type { Rows, SettingRow } from '../store/store.ts';
import { Cleared } from './cleared.ts';
import { SettingCounts } from './setting-counts.ts';

/** The settings of one account that others feel. */
export interface AccountSettings {
  readonly presence: PresenceAudience;
  readonly readReceipts: boolean;
  readonly add: AddAudience;
  readonly blocked: ReadonlySet<AccountId>;
}

/** Shared by all who block nobody: nearly everybody. */
const nobody: ReadonlySet<AccountId> = new Set();

interface Cached extends Renewable {
  readonly settings: AccountSettings;
}

const blockPrefix = blockKey('' as AccountId);
const clearPrefix = clearKey('' as ConversationId);
const privacyPrefix = 'privacy/';

/** Settings by account. */
export class Settings {
  readonly #rows: Rows;
  readonly #clock: Clock;
  readonly #cache = new Map<AccountId, Cached>();
  /** Rises with every change that is heard of, so that an answer read before it is not kept. */
  #heard = 0;
  readonly #renewals = new Renewals();
  readonly #counts: SettingCounts;
  readonly #cleared: Cleared;
  /** Up to where conversations were cleared lately, in records that may not be applied yet. */
  readonly #clearing = new Map<string, number>();
  readonly #stop: () => void;

  constructor(rows: Rows, bus: Bus, clock: Clock) {
    this.#rows = rows;
    this.#clock = clock;
    this.#counts = new SettingCounts(rows, clock);
    this.#cleared = new Cleared(clock);
    this.#stop = bus.subscribe((hint) => {
      if (hint.type === 'settings') this.changed(hint.account);
      else if (hint.type === 'resync' && hint.topics === null) this.#allChanged();
    });
  }

  /** The account has set something: what was read before it counts no more. */
  changed(account: AccountId): void {
    this.#heard++;
    this.#cache.delete(account);
    this.#cleared.changed(account);
  }

  /** Changes may have been missed: everything is read again. */
  #allChanged(): void {
    this.#heard++;
    this.#cache.clear();
    this.#cleared.allChanged();
  }

  /** What is known now; undefined: ask `of`. */
  peek(account: AccountId): AccountSettings | undefined {
    const cached = this.#cache.get(account);
    const now = this.#clock.now();
    if (cached === undefined || !isTrusted(cached.until, settingsTrustMs, now)) return undefined;
    if (now >= cached.dueAt) this.#renewals.renew(cached, () => this.#fresh(account));
    return cached.settings;
  }

  async of(account: AccountId): Promise<AccountSettings> {
    const known = this.peek(account);
    if (known !== undefined) return known;
    const read = this.#fresh(account);
    return this.#cache.has(account) ? orHeld(read, () => this.#stillHeld(account), this.#clock) : read;
  }

  async #fresh(account: AccountId): Promise<AccountSettings> {
    const heard = this.#heard;
    const settings = await this.#read(account);
    if (heard === this.#heard) this.#keep(account, settings);
    return settings;
  }

  /** What no hint has ended, whatever its age; and for a while it is not asked for again. */
  #stillHeld(account: AccountId): AccountSettings | undefined {
    const settings = this.#cache.get(account)?.settings;
    if (settings !== undefined) this.#set(account, settings, stateTrustMs);
    return settings;
  }

  /** Up to where this account has cleared the conversation; 0 for nowhere. */
  async clearedUpTo(account: AccountId, conversation: ConversationId): Promise<number> {
    const held = this.#cleared.of(account, conversation);
    if (held !== undefined) return held;
    const heard = this.#heard;
    const row = await this.#rows.get('settings', [account, clearKey(conversation)]);
    const seq = row === undefined || row.value === '' ? 0 : Number(row.value);
    if (heard === this.#heard) this.#cleared.hold(account, conversation, seq);
    return seq;
  }

  /** What setting a `clear/…` key to this value comes to: never less than before, and nothing beyond the head. [CNV31] */
  async cleared(account: AccountId, key: string, value: string): Promise<string> {
    const conversation = key.slice(clearPrefix.length) as ConversationId;
    const [row, state] = await Promise.all([
      this.#rows.get('settings', [account, key]),
      this.#rows.get('conversations', [conversation]),
    ]);
    const name = `${account} ${key}`;
    const before = Math.max(Number(row?.value ?? 0), this.#clearing.get(name) ?? 0);
    const seq = Math.max(before, Math.min(Number(value), state?.seq ?? 0));
    this.#clearing.delete(name);
    this.#clearing.set(name, seq);
    const [oldest] = this.#clearing.size > maxClearing ? this.#clearing.keys() : [];
    if (oldest !== undefined) this.#clearing.delete(oldest);
    return seq === 0 ? '' : String(seq);
  }

  /** Has the account place for this setting, its log being at `seq`? Removing one needs none. Mostly known at once. */
  hasRoom(account: AccountId, setting: { readonly key: string; readonly value: string }, seq: number) {
    return setting.value === '' || this.#counts.hasRoom(account, setting.key, seq);
  }

  close(): void {
    this.#stop();
  }

  async #read(account: AccountId): Promise<AccountSettings> {
    const [privacy, blocks] = await Promise.all([
      this.#under(account, privacyPrefix),
      this.#under(account, blockPrefix),
    ]);
    const value = (key: string) => privacy.find((row) => row.key === key)?.value ?? '';
    return {
      presence: oneOf(presenceAudiences, value(presenceKey)) ?? 'contacts',
      readReceipts: value(readReceiptsKey) !== 'off',
      add: oneOf(addAudiences, value(addKey)) ?? 'contacts',
      blocked: blocks.length === 0 ? nobody : blockedIn(blocks),
    };
  }

  /** All of one kind, page by page: those that were removed have rows too. */
  async #under(account: AccountId, kind: string): Promise<readonly SettingRow[]> {
    const all: SettingRow[] = [];
    let after = kind;
    while (true) {
      const range = { prefix: [account], after: [after], before: [`${kind}~`], limit: maxRangeRows } as const;
      const page = await this.#rows.list('settings', range);
      for (const row of page) if (row.value !== '') all.push(row);
      const last = page.at(-1);
      if (last === undefined || page.length < maxRangeRows) return all;
      after = last.key;
    }
  }

  #keep(account: AccountId, settings: AccountSettings): void {
    if (this.#cache.size >= maxCachedSettings) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest);
        break;
      }
    }
    this.#set(account, settings, settingsTrustMs);
  }

  #set(account: AccountId, settings: AccountSettings, trustMs: number): void {
    this.#cache.set(account, { settings, ...believedFor(trustMs, this.#clock.now()) });
  }
}

function oneOf<const Words extends readonly string[]>(allowed: Words, word: string): Words[number] | undefined {
  return allowed.find((each) => each === word);
}

function blockedIn(blocks: readonly SettingRow[]): ReadonlySet<AccountId> {
  return new Set(blocks.map(({ key }) => key.slice(blockPrefix.length) as AccountId));
}

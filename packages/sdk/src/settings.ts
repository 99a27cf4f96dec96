// Private settings of the account. What is kept in the account log wins by seq; what is still on its way is shown
// on top of it, so a switch moves at once and every device ends up the same.
import type { AccountId, ConversationId } from '@parley/protocol';
import { maxTextBytes } from '@parley/protocol/limits';
import * as names from '@parley/protocol/settings';
import { addAudiences, presenceAudiences } from '@parley/protocol/settings';
import type { Settings } from './api.ts';
import { ChatError } from './error.ts';
import { Derived } from './live.ts';
import type { StandingSetting } from './ports.ts';
import type { Batch, Replica } from './replica.ts';
import type { ConversationRow } from './rows.ts';
import { utf8Length } from './utf8.ts';
import type { SettingsView } from './views.ts';

/** Everything up to this seq is hidden for this account, as far as it has said so. */
export function floorOf(
  row: Pick<ConversationRow, 'floor' | 'server'>,
  settings: { value(key: string): string | null },
) {
  return Math.max(row.floor, Number(settings.value(names.clearKey(row.server.conversation_id)) ?? 0));
}

/** Writes one setting: into the outbox, for the account log. */
export type WriteSetting = (key: string, value: string) => Promise<void>;

/** Settings by key, and as the views need them. */
export class AccountSettings implements Settings {
  readonly #replica: Replica;
  readonly #write: WriteSetting;
  readonly #log: ConversationId;
  readonly #view: Derived<SettingsView>;
  readonly #stop: () => void;
  /** What is on its way, newest by key. */
  #pending: ReadonlyMap<string, string> = new Map();

  constructor(replica: Replica, log: ConversationId, write: WriteSetting) {
    this.#replica = replica;
    this.#log = log;
    this.#write = write;
    this.#view = new Derived(() => this.#make());
    this.#readPending();
    this.#stop = replica.onBatch((batch) => this.#onBatch(batch));
  }

  get snapshot(): SettingsView {
    return this.#view.snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#view.subscribe(listener);
  }

  /** The value of a key as this account wants it; null when there is none. */
  value(key: string): string | null {
    return (
      this.#pending.get(key) || (this.#pending.has(key) ? null : this.#replica.tables.settings.get(key)?.value || null)
    );
  }

  /** What is on its way, then what stands; sealed where it cannot be opened here yet. */
  standing(key: string): readonly StandingSetting[] {
    const [pending, kept] = [this.#pending.get(key), this.#replica.tables.settings.get(key)];
    return [
      ...(pending === undefined ? [] : [{ text: pending, isSealed: false }]),
      ...(kept === undefined ? [] : [{ text: kept.sealed ?? kept.value, isSealed: kept.sealed !== undefined }]),
    ];
  }

  /** Sets a key; an empty value removes it. */
  async setValue(key: string, value: string): Promise<void> {
    if ((this.value(key) ?? '') !== value) await this.#write(key, value);
  }

  starred(conversation: ConversationId, seq: number): boolean {
    return this.value(names.starKey(conversation, seq)) !== null;
  }

  hidden(conversation: ConversationId, seq: number): boolean {
    return this.value(names.hideKey(conversation, seq)) !== null;
  }

  blocks(account: AccountId): boolean {
    return this.value(names.blockKey(account)) !== null;
  }

  setPresence(audience: SettingsView['presence']): Promise<void> {
    return this.setValue(names.presenceKey, audience);
  }

  setReadReceipts(on: boolean): Promise<void> {
    return this.setValue(names.readReceiptsKey, on ? 'on' : 'off');
  }

  setAdding(audience: SettingsView['adding']): Promise<void> {
    return this.setValue(names.addKey, audience);
  }

  async block(account: AccountId, blocked: boolean): Promise<void> {
    await this.setValue(names.blockKey(account), blocked ? '1' : '');
    // What was hidden meanwhile is missing for ever, on later devices too.
    if (blocked) await this.setValue(names.onceBlockedKey(account), '1');
  }

  get(name: string): string | null {
    return this.value(`own/${name}`);
  }

  async set(name: string, value: string): Promise<void> {
    // What is sealed takes more, and would be refused only when it is on its way.
    if (utf8Length(value) > maxTextBytes) throw new ChatError('setting.invalid');
    return this.setValue(`own/${name}`, value);
  }

  close(): void {
    this.#stop();
  }

  #onBatch(batch: Batch): void {
    const concerns = batch.writes.some(
      ({ table, key }) => table === 'settings' || (table === 'outbox' && key[0] === this.#log),
    );
    if (!concerns) return;
    this.#readPending();
    this.#view.stale();
  }

  #readPending(): void {
    const rows = [...(this.#replica.tables.outboxOf.get(this.#log)?.values() ?? [])]
      .filter((row) => row.kind === 'setting' && row.error === null)
      .sort((a, b) => a.lamport - b.lamport || (a.id < b.id ? -1 : 1));
    this.#pending = new Map(rows.map((row) => [row.key ?? '', row.value ?? '']));
  }

  #make(): SettingsView {
    const keys = new Set([...this.#replica.tables.settings.keys(), ...this.#pending.keys()]);
    const set = [...keys].filter((key) => this.value(key) !== null).map((key) => key.split('/'));
    return {
      presence: presenceAudiences.find((word) => word === this.value(names.presenceKey)) ?? 'contacts',
      readReceipts: this.value(names.readReceiptsKey) !== 'off',
      adding: addAudiences.find((word) => word === this.value(names.addKey)) ?? 'contacts',
      blocked: set.flatMap(([kind, account]) => (kind === 'block' ? [account as AccountId] : [])),
      starred: set.flatMap(([kind, conversation, seq]) =>
        kind === 'star' ? [{ conversation: conversation as ConversationId, seq: Number(seq) }] : [],
      ),
    };
  }
}

// Hop 1: bodies of the outbox, sealed before their turn to be written, so that a slow seal delays only its own
// conversation. It promises the same ciphertext for every attempt of a message, until the server says that its
// readers were not the present ones. [OUT] [ENC]
import type { ConversationId, MessageId } from '@parley/protocol';
import { inBackground } from './background.ts';
import type { CryptoProvider, Readers, Sealed } from './ports.ts';
import type { OutboxRow } from './rows.ts';
import type { Tables } from './tables.ts';

interface SealsParts {
  readonly crypto: CryptoProvider;
  readonly tables: Tables;
  /** Who is to read what is sealed now. */
  readonly readers: (conversation: ConversationId) => Promise<Readers>;
  readonly onSealed: () => void;
  /** It cannot be sealed now, or (with a final refusal) not at all. */
  readonly onFailed: (id: MessageId, error: unknown) => void;
}

/** What goes into the frame. */
export interface SealedRow {
  readonly body: Sealed | null;
  /** Of a setting. */
  readonly value: string | null;
}

interface Seal {
  readonly row: OutboxRow;
  /** Null while it is being made. */
  sealed: SealedRow | null;
}

/** What is sealed, and what is being sealed. */
export class Seals {
  readonly #parts: SealsParts;
  readonly #seals = new Map<MessageId, Seal>();

  constructor(parts: SealsParts) {
    this.#parts = parts;
  }

  /** Nothing has to be sealed, or it is. */
  isReady(row: OutboxRow): boolean {
    return !this.#isSealed(row) || this.of(row) !== null;
  }

  of(row: OutboxRow): SealedRow | null {
    const seal = this.#seals.get(row.id);
    return seal?.row.body === row.body ? seal.sealed : null;
  }

  /** Begins to seal, unless that has begun. */
  begin(row: OutboxRow): void {
    if (!this.#isSealed(row) || this.#seals.get(row.id)?.row.body === row.body) return;
    const seal: Seal = { row, sealed: null };
    this.#seals.set(row.id, seal);
    inBackground(this.#seal(seal));
  }

  forget(id: MessageId): void {
    this.#seals.delete(id);
  }

  /** The readers of this conversation have changed: everything is sealed for the present ones. */
  forgetAll(conversation: ConversationId): void {
    for (const [id, { row }] of this.#seals) if (row.conversation === conversation) this.#seals.delete(id);
  }

  #isSealed({ body, key, value }: OutboxRow): boolean {
    return body !== null || (key !== undefined && value !== '' && this.#parts.crypto.sealsSetting(key));
  }

  /** Never rejects. */
  async #seal(seal: Seal): Promise<void> {
    const { id } = seal.row;
    const isWanted = () => this.#seals.get(id) === seal;
    try {
      const sealed = await this.#sealed(seal.row);
      if (!isWanted()) return;
      seal.sealed = sealed;
      this.#parts.onSealed();
    } catch (error) {
      if (!isWanted()) return;
      this.#seals.delete(id);
      this.#parts.onFailed(id, error);
    }
  }

  async #sealed({ id, conversation, body, key = '', value = '' }: OutboxRow): Promise<SealedRow> {
    const { crypto, tables, readers } = this.#parts;
    if (body === null) return { body, value: await crypto.sealSetting(key, value) };
    const { kind = 'direct', timer_seconds: timerSeconds = 0 } = tables.conversations.get(conversation)?.server ?? {};
    const order = { conversation, kind, id, body, timerSeconds };
    const sealed = await crypto.seal({ ...order, readers: () => readers(conversation) });
    return { body: sealed, value: null };
  }
}

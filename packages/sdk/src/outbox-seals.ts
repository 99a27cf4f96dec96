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

interface Seal {
  readonly row: OutboxRow;
  /** Null while it is being made. */
  sealed: Sealed | null;
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
    return row.body === null || this.of(row) !== null;
  }

  of(row: OutboxRow): Sealed | null {
    const seal = this.#seals.get(row.id);
    return seal?.row.body === row.body ? seal.sealed : null;
  }

  /** Begins to seal, unless that has begun. */
  begin(row: OutboxRow): void {
    if (row.body === null || this.#seals.get(row.id)?.row.body === row.body) return;
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

  /** Never rejects. */
  async #seal(seal: Seal): Promise<void> {
    const { crypto, tables, readers, onSealed, onFailed } = this.#parts;
    const { id, conversation, body } = seal.row;
    if (body === null) return;
    const kind = tables.conversations.get(conversation)?.server.kind ?? 'direct';
    const isWanted = () => this.#seals.get(id) === seal;
    try {
      const sealed = await crypto.seal({ conversation, kind, id, body, readers: () => readers(conversation) });
      if (!isWanted()) return;
      seal.sealed = sealed;
      onSealed();
    } catch (error) {
      if (!isWanted()) return;
      this.#seals.delete(id);
      onFailed(id, error);
    }
  }
}

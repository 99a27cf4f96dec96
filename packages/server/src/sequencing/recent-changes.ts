// Which conversations changed lately, so that who asks what changed need not read those that did not. Fed by every
// record in order. Bounded: of what it forgot it says nothing. It must never call unchanged what has changed.
import type { ConversationId } from '@parley/protocol';
import { maxRecentChanges } from '../kernel/limits.ts';
import type { Offset } from '../log/log.ts';

/** Offsets of the newest record by conversation, in two generations. */
export class RecentChanges {
  readonly #appliedOffset: () => Offset;
  #young = new Map<ConversationId, Offset>();
  #old = new Map<ConversationId, Offset>();
  /** Whatever changed after this is in a generation; null before anything was heard or asked. */
  #since: Offset | null = null;
  /** Newest offset in the old generation. */
  #oldest: Offset = -1;

  /** `appliedOffset`: of the newest record that was applied; everything after it will be noted. */
  constructor(appliedOffset: () => Offset) {
    this.#appliedOffset = appliedOffset;
  }

  /** A record changed this conversation. */
  note(conversation: ConversationId, offset: Offset): void {
    this.#since ??= offset - 1;
    this.#young.set(conversation, offset);
    if (this.#young.size < maxRecentChanges) return;
    if (this.#old.size > 0) this.#since = this.#oldest;
    this.#old = this.#young;
    this.#oldest = offset;
    this.#young = new Map();
  }

  /** Did surely no record change this conversation after this offset? False says nothing. */
  isUnchanged(conversation: ConversationId, offset: Offset): boolean {
    this.#since ??= this.#appliedOffset();
    return offset >= this.#since && offset >= (this.#young.get(conversation) ?? this.#old.get(conversation) ?? -1);
  }
}

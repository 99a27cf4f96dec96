// Requests that wait for the verdict on their record. Bounded; a wait ends with its signal. It must never answer
// before the record was applied.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import { maxWaiters } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Rows } from '../store/store.ts';
import { verdictOf } from './identity.ts';
import type { Verdict } from './record.ts';

type Settle = (verdict: Verdict) => void;

/** Who waits for which identity. */
export class Waiters {
  readonly #rows: Rows;
  readonly #waiting = new Map<string, Set<Settle>>();
  #count = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Waits that are open. */
  get size(): number {
    return this.#count;
  }

  /**
   * The verdict on an identity: the stored one, or the next that comes.
   * @throws {Unavailable} too many wait already
   */
  wait(conversation: ConversationId, sender: AccountId, id: MessageId, signal: AbortSignal): Promise<Verdict> {
    if (this.#count >= maxWaiters) return Promise.reject(new Unavailable('too many requests wait for their verdict'));
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const key = conversation + sender + id;
    const settled = new Promise<Verdict>((resolve, reject) => {
      const leave = (): void => {
        this.#remove(key, settle);
        signal.removeEventListener('abort', abort);
      };
      const settle = (verdict: Verdict): void => {
        leave();
        resolve(verdict);
      };
      const abort = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      this.#add(key, settle);
      signal.addEventListener('abort', abort);
    });
    this.#askStored(key, [conversation, sender, id]);
    return settled;
  }

  /** A record was applied. */
  tell(conversation: ConversationId, sender: AccountId, id: MessageId, verdict: Verdict): void {
    if (this.#count > 0) this.#settle(conversation + sender + id, verdict);
  }

  /** It may have been applied before the wait began. Where the store cannot be read, the next verdict is waited for. */
  #askStored(key: string, [conversation, sender, id]: readonly [ConversationId, AccountId, MessageId]): void {
    this.#rows.get('ids', [conversation, sender, id]).then(
      (row) => {
        if (row !== undefined) this.#settle(key, verdictOf(row, false));
      },
      () => {},
    );
  }

  #settle(key: string, verdict: Verdict): void {
    for (const settle of [...(this.#waiting.get(key) ?? [])]) settle(verdict);
  }

  #add(key: string, settle: Settle): void {
    const settles = this.#waiting.get(key);
    if (settles === undefined) this.#waiting.set(key, new Set([settle]));
    else settles.add(settle);
    this.#count++;
  }

  #remove(key: string, settle: Settle): void {
    const settles = this.#waiting.get(key);
    if (settles?.delete(settle) !== true) return;
    this.#count--;
    if (settles.size === 0) this.#waiting.delete(key);
  }
}

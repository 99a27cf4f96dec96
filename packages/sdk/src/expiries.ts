// Disappearing messages: gone from this device when their time has come by the server's clock, whether or not the
// server is reachable.
import type { ConversationId } from '@parley/protocol';
import { heartbeatGraceMs, heartbeatMs } from '@parley/protocol/limits';
import type { Draft } from './draft.ts';
import type { Inbox } from './inbox.ts';
import * as limits from './limits.ts';
import type { Clock, LocalKey } from './ports.ts';
import { blank } from './record.ts';
import type { Replica } from './replica.ts';
import { keys, type MessageRow } from './rows.ts';

/** Sweeps expired messages. Only the leader has one. */
export class Expiries {
  readonly #replica: Replica;
  readonly #inbox: Inbox;
  readonly #clock: Clock;
  /** What to add to the own clock to get the server's. */
  #offsetMs = 0;
  /** When the server last told its time, by the own clock; null without a connection. */
  #heardAt: number | null = null;
  #nextAt = Number.POSITIVE_INFINITY;
  #stopTimer: () => void = () => {};
  #closed = false;

  constructor(replica: Replica, inbox: Inbox, clock: Clock) {
    this.#replica = replica;
    this.#inbox = inbox;
    this.#clock = clock;
  }

  start(): void {
    this.expect(this.#now());
  }

  /** The server says what time it is. */
  serverTime(time: number): void {
    this.#heardAt = this.#clock.now();
    const offsetMs = time - this.#heardAt;
    const hasJumped = Math.abs(offsetMs - this.#offsetMs) > limits.clockToleranceMs;
    this.#offsetMs = offsetMs;
    if (!hasJumped) return;
    this.#nextAt = Number.POSITIVE_INFINITY;
    this.expect(this.#now());
  }

  /** The connection is gone: there is only the own clock. */
  down(): void {
    this.#heardAt = null;
  }

  /** Something expires at this time. */
  expect(at: number): void {
    if (this.#closed || at >= this.#nextAt) return;
    this.#stopTimer();
    this.#nextAt = at;
    const delay = Math.min(limits.expirySweepMs, Math.max(0, at - this.#now()));
    this.#stopTimer = this.#clock.after(delay, () => {
      this.#nextAt = Number.POSITIVE_INFINITY;
      // What could not be swept is swept at the next turn.
      this.#sweep().catch(() => this.expect(this.#now() + limits.expirySweepMs));
    });
  }

  close(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  #now(): number {
    return this.#clock.now() + this.#offsetMs;
  }

  #isSure(): boolean {
    if (this.#heardAt === null) return true;
    const since = this.#clock.now() - this.#heardAt;
    return since >= 0 && since <= heartbeatMs + heartbeatGraceMs;
  }

  async #sweep(): Promise<void> {
    // What is gone is gone: a clock that has jumped since the server last told the time is not believed.
    if (!this.#isSure()) return this.expect(this.#now() + limits.expirySweepMs);
    const now = this.#now();
    const { store } = this.#replica;
    const due = await store.list('expiries', { prefix: [], before: [now + 1], limit: limits.expirySweepRows });
    if (due.length > 0) await this.#remove(due.map(({ key }) => key));
    const [next] = await store.list('expiries', { prefix: [], limit: 1 });
    if (next !== undefined) this.expect(next.key[0] as number);
  }

  async #remove(due: readonly LocalKey[]): Promise<void> {
    await this.#inbox.take({
      type: 'task',
      run: async (draft) => {
        for (const key of due) {
          const [at, conversation, seq] = key as readonly [number, ConversationId, number];
          const row = await draft.message(conversation, seq);
          // After a restore of the server another message may stand there.
          if (row !== null && row.deletedBy === undefined && isDue(row, at)) blank(draft, row, 0);
          if (row === null || isDue(row, at))
            for (const fold of await draft.foldKeys(conversation, seq)) draft.remove('folds', fold);
          await this.#removeLeftovers(draft, conversation, { seq, at });
          draft.remove('expiries', key);
        }
      },
    });
  }

  /** What only this device has since a restore disappears as well. */
  async #removeLeftovers(draft: Draft, id: ConversationId, due: { readonly seq: number; readonly at: number }) {
    const conversation = draft.conversation(id);
    for (const leftover of conversation?.leftovers.filter(({ seq }) => seq === due.seq) ?? []) {
      const key = keys.leftover(id, leftover);
      const row = (await this.#replica.store.get('messages', key)) as MessageRow | undefined;
      if (row === undefined || !isDue(row, due.at)) continue;
      draft.remove('messages', key);
      const now = draft.conversation(id);
      if (now !== null)
        draft.setConversation(id, { ...now, leftovers: now.leftovers.filter((one) => one.id !== leftover.id) });
    }
  }
}

function isDue({ expiresAt }: MessageRow, at: number): boolean {
  return expiresAt !== undefined && expiresAt <= at;
}

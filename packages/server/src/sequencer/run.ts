// The one consumer of a partition: reads the log from where the store is, applies record after record, puts the rows
// into the overlay, tells the bus. It promises that a restart gives the same rows; it must never skip a record, apply
// one twice, or publish what it only replays.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { SteadyClock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import { applySlice } from '../kernel/limits.ts';
import type { Entry, Log, Offset, Partition } from '../log/log.ts';
import type { Store } from '../store/store.ts';
import { Applier } from './applier.ts';
import { turn } from './bell.ts';
import { type Counters, createCounters } from './counters.ts';
import { HeldHints } from './held-hints.ts';
import { IdentityWindow } from './identity-window.ts';
import { Overlay, type OverlayBounds } from './overlay.ts';
import type { Follower, Heard, Verdict } from './record.ts';
import { StoreWriter } from './store-writer.ts';
import { Waiters } from './waiters.ts';
import { warmUp } from './warm-up.ts';

/** What the sequencer works with. */
export interface SequencerParts {
  readonly log: Log;
  readonly partition: Partition;
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: SteadyClock;
  readonly events: Pick<Events, 'alarm' | 'alarmOver' | 'fault'>;
  readonly bounds?: OverlayBounds;
  /** Tells the bus also of what was in the log before it began: another owner may have died before it told. */
  readonly tellsAll?: boolean;
  /**
   * When the bus hears of a record: as soon as it is applied, where everybody reads this process's rows; or when its rows
   * are stored, where others read the store. Then transactions are small and many.
   */
  readonly publish?: 'at once' | 'when stored';
  /** See `ApplierParts`. */
  readonly heldMs?: number;
  /** Given every record that cannot be read or applied; the rest flows. */
  readonly onDamaged?: (entry: Entry) => void;
}

/** Applies a partition from construction on, until it is disposed of or must stop. */
export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #window = new IdentityWindow();
  readonly #waiters: Waiters;
  readonly #applier: Applier;
  readonly #writer: StoreWriter;
  readonly #ending = new AbortController();
  readonly #caughtUp = Promise.withResolvers<void>();
  /** Records up to here were in the log before this start; of those up to `quietTo` nobody is told. */
  readonly #replayTo: Offset;
  readonly #quietTo: Offset;
  #state: 'replaying' | 'running' | 'stopped' = 'replaying';
  #followers: readonly Follower[] = [];
  /** Every row of the server, as of the newest applied record. The store alone is older. */
  readonly rows: Overlay;
  readonly counters: Counters = createCounters();
  /** Resolves when it was disposed of; rejects when it must stop: the process should end, with the reason. */
  readonly finished: Promise<void>;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
    this.rows = new Overlay(parts.store, parts.bounds);
    this.#waiters = new Waiters(this.rows);
    this.#replayTo = parts.log.end(parts.partition) - 1;
    this.#quietTo = parts.tellsAll ? -1 : this.#replayTo;
    const shared = { ...parts, overlay: this.rows, window: this.#window, counters: this.counters };
    const applied = (): Offset => this.counters.appliedOffset;
    const hints = parts.publish === 'when stored' ? new HeldHints(parts.bus, parts.clock.steady, applied) : null;
    this.#applier = new Applier({
      ...shared,
      bus: hints ?? parts.bus,
      logId: parts.log.id,
      waiters: this.#waiters,
      follower: (heard) => this.#tell(heard),
    });
    this.#writer = new StoreWriter({ ...shared, ...(hints && { hints }) });
    this.#caughtUp.promise.catch(() => {});
    this.finished = this.#run();
    this.finished.catch(() => {});
  }

  /** May records be appended? Not before the log was replayed, nor while the store is too far behind, nor at the end. */
  get accepting(): boolean {
    return this.#state === 'running' && !this.rows.full;
  }

  /** Resolves when everything that was in the log at the start is applied; rejects when that will not be. */
  caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /**
   * The verdict on a record that was appended, as soon as it is applied.
   * @throws {Unavailable} too many wait already
   */
  settled(conversation: ConversationId, sender: AccountId, id: MessageId, signal: AbortSignal): Promise<Verdict> {
    return this.#waiters.wait(conversation, sender, id, signal);
  }

  /** Hears of every record from now on that changes a conversation, right after it was applied. None is lost. */
  follow(follower: Follower): () => void {
    const own: Follower = (heard) => follower(heard);
    this.#followers = [...this.#followers, own];
    return () => {
      this.#followers = this.#followers.filter((each) => each !== own);
    };
  }

  /** Hides content whose time is over, at most `limit` messages. Resolves to how many. */
  async expire(time: number, limit: number): Promise<number> {
    this.rows.forgetExpired(time);
    return this.#parts.store.expire(time, limit);
  }

  /** Stops reading, commits what the store takes, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.finished.catch(() => {});
    await this.#writer.end();
  }

  #tell(heard: Heard): void {
    for (const follower of this.#followers) {
      try {
        follower(heard);
      } catch (error) {
        this.#parts.events.fault('sequencer.follow', error);
      }
    }
  }

  async #run(): Promise<void> {
    try {
      await this.#read(this.#ending.signal);
      this.#caughtUp.reject(new Error('the sequencer was ended before it had caught up'));
    } catch (error) {
      this.#caughtUp.reject(error);
      this.#parts.events.fault('sequencer.run', error);
      if (!this.#ending.signal.aborted)
        this.#parts.events.alarm('sequencer.stopped', 'Records are not applied any more. Restart after reading why.');
      throw error;
    } finally {
      this.#state = 'stopped';
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { log, partition, store } = this.#parts;
    const after = await warmUp({ log, partition, applied: store.applied(), window: this.#window, signal });
    this.counters.appliedOffset = after;
    this.#arrive(after);
    for await (const batch of log.read(partition, after, signal)) {
      for (let at = 0; at < batch.length && !signal.aborted; at += applySlice) {
        await this.#writer.room(signal);
        await this.#applier.applySlice(batch.slice(at, at + applySlice), this.#quietTo, signal);
        this.#writer.note();
        if (batch.length > applySlice || this.#state === 'replaying') await turn(this.#parts.clock);
        this.#arrive(this.counters.appliedOffset);
      }
      if (signal.aborted) return;
    }
  }

  #arrive(offset: Offset): void {
    if (this.#state !== 'replaying' || offset < this.#replayTo) return;
    this.#state = 'running';
    this.#caughtUp.resolve();
  }
}

// Applies slices of the log: decodes, fetches what is not in memory, applies, puts the rows on the overlay, tells the
// bus and whoever waits. Records are applied in their order, one after the other; nothing is awaited between the
// decision on a record and its rows being readable.
import type { Bus } from '../bus/bus.ts';
import { assert } from '../kernel/assert.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import { firstHeldMs, maxPrefetchRetryMs, prefetchRetryMs } from '../kernel/limits.ts';
import type { Entry } from '../log/log.ts';
import type { Rows } from '../store/store.ts';
import { apply, applyDamaged } from './apply.ts';
import { Bell } from './bell.ts';
import type { Counters } from './counters.ts';
import { echoHint, envelopeHint, verdictHint } from './hints.ts';
import type { IdentityWindow } from './identity-window.ts';
import type { Overlay } from './overlay.ts';
import type { Follower, LogRecord, MembersRecord, MessageRecord } from './record.ts';
import { DamagedRecord, decodeRecord, type Identity, NewerVersion, recordVersion } from './record-codec.ts';
import { SliceView } from './slice-view.ts';
import { type Effects, none, unchanged } from './view.ts';
import type { Waiters } from './waiters.ts';

/** What records are applied with. */
export interface ApplierParts {
  readonly logId: string;
  readonly store: Rows;
  readonly overlay: Overlay;
  readonly window: IdentityWindow;
  readonly waiters: Pick<Waiters, 'tell'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'alarm' | 'alarmOver' | 'fault'>;
  readonly counters: Counters;
  /**
   * How long the frame of a first attempt may have waited on its way, while its sender said the same over another gateway.
   * 0 where there is one gateway: it hears nothing of an older socket of a device any more. Milliseconds.
   */
  readonly heldMs?: number;
  /** Told of every record that changed a conversation, replayed ones too, before the bus is. It never throws. */
  readonly follower?: Follower;
  /** Given every record that cannot be read or applied, for whoever looks into it; after a take-over perhaps again. */
  readonly onDamaged?: (entry: Entry) => void;
}

type Readable = LogRecord | DamagedRecord;

/** Applies records. */
export class Applier {
  readonly #parts: ApplierParts;

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /**
   * Applies these entries, or as many as came before the abort. Those after `quietTo` are told to the bus.
   * @throws {NewerVersion} a record of a later program stands here; everything before it was applied
   */
  async applySlice(entries: readonly Entry[], quietTo: number, signal: AbortSignal): Promise<void> {
    const { overlay, window, store, logId, heldMs = firstHeldMs } = this.#parts;
    const first = entries[0];
    if (first === undefined) return;
    if (window.completeFrom === Number.POSITIVE_INFINITY) window.startAt(first.time);
    const { records, stop } = readAll(entries);
    const view = new SliceView({ logId, overlay, store, window, heldMs, echo: first.offset > quietTo });
    overlay.hold();
    try {
      for (let i = 0; i < records.length; i++) {
        const entry = entries[i] as Entry;
        const record = records[i] as Readable;
        if (!this.#isReady(view, entry, record) && !(await this.#fetch(view, entries, records, i, signal))) return;
        this.#apply(view, entry, record, entry.offset > quietTo);
      }
    } finally {
      overlay.letGo();
    }
    if (stop !== null) throw stop;
  }

  #isReady(view: SliceView, entry: Entry, record: Readable): boolean {
    const asking = askerOf(record);
    return asking === null || view.ready(entry, asking);
  }

  /** Asks the store until everything for record `at` is there, and for those after it on the way. */
  async #fetch(
    view: SliceView,
    entries: readonly Entry[],
    records: readonly Readable[],
    at: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, events, counters } = this.#parts;
    let delay = prefetchRetryMs;
    for (;;) {
      for (let i = at + 1; i < records.length && !view.enough; i++) {
        const asking = askerOf(records[i] as Readable);
        if (asking !== null) view.foresee(entries[i] as Entry, asking);
      }
      counters.fetches++;
      try {
        await view.fetch();
        delay = prefetchRetryMs;
        events.alarmOver('store.read');
      } catch (error) {
        events.fault('sequencer.fetch', error);
        events.alarm('store.read', 'The store cannot be read. Records wait in the log meanwhile.');
        await new Bell().wait(signal, clock, delay);
        delay = Math.min(delay * 2, maxPrefetchRetryMs);
      }
      if (signal.aborted) return false;
      if (this.#isReady(view, entries[at] as Entry, records[at] as Readable)) return true;
    }
  }

  #apply(view: SliceView, entry: Entry, record: Readable, loud: boolean): void {
    const { overlay, counters } = this.#parts;
    assert(entry.offset === counters.appliedOffset + 1, 'the log is applied without a hole');
    const effects = record instanceof DamagedRecord ? this.#damaged(view, entry, record) : apply(view, entry, record);
    overlay.put(entry, effects);
    view.passed();
    counters.appliedOffset = entry.offset;
    counters.applied++;
    const { conversation, joined, left, concerned } = effects;
    if (conversation !== null)
      this.#parts.follower?.({
        conversation: conversation.conversation,
        offset: entry.offset,
        members: conversation.members,
        joined,
        left,
        concerned,
        settingsOf: conversation.kind === 'account' ? conversation.creator : null,
      });
    const identity = identityOf(record);
    if (identity === null) return;
    this.#parts.window.add(identity.id, entry.time);
    if (effects.verdict === null) return;
    this.#count(entry, effects);
    if (loud) this.#tell(view, record, identity, effects);
    this.#parts.waiters.tell(identity.conversation, identity.sender, identity.id, effects.verdict);
  }

  #damaged(view: SliceView, entry: Entry, record: DamagedRecord): Effects {
    const { events, counters } = this.#parts;
    events.fault('sequencer.read', record);
    events.alarm('sequencer.damaged', `The record at offset ${entry.offset} cannot be read; the rest flows.`);
    this.#handOver(entry);
    if (record.identity !== null) return applyDamaged(view, entry, record.identity);
    counters.faults++;
    return unchanged(null);
  }

  #count(entry: Entry, { verdict, fault }: Effects): void {
    const { counters, events } = this.#parts;
    if (verdict === null) return;
    if (verdict.repeat) counters.repeats++;
    else if (verdict.state === 'accepted') counters.accepted++;
    else counters.rejected++;
    if (verdict.state !== 'rejected' || verdict.code !== 'internal' || verdict.repeat) return;
    counters.faults++;
    if (fault !== null) events.fault('sequencer.apply', fault);
    events.alarm('sequencer.internal', `The record at offset ${entry.offset} cannot be applied; the rest flows.`);
    // What cannot be read was handed over when it was tried.
    if (fault !== null) this.#handOver(entry);
  }

  #handOver(entry: Entry): void {
    try {
      this.#parts.onDamaged?.(entry);
    } catch (error) {
      this.#parts.events.fault('sequencer.damaged', error);
    }
  }

  #tell(view: SliceView, record: Readable, identity: Identity, effects: Effects): void {
    const { bus } = this.#parts;
    const { verdict, message, conversation } = effects;
    if (verdict === null) return;
    if (message !== null && conversation !== null) {
      bus.publish(envelopeHint(message, conversation, effects));
      if (message.kind === 'setting') bus.publish({ type: 'settings', account: identity.sender });
      if (effects.concerned.length > 0) bus.publish({ type: 'changed', accounts: effects.concerned });
    } else if (verdict.state === 'accepted') {
      const row = view.message(identity.conversation, verdict.seq);
      if (row !== undefined && row.id === identity.id) bus.publish(echoHint(row));
    }
    if (verdict.state === 'rejected' || mayBeAwaited(record)) bus.publish(verdictHint(identity, verdict));
  }
}

interface Read {
  readonly records: readonly Readable[];
  readonly stop: NewerVersion | null;
}

/** Records up to the end, or up to one that only a later program can read. */
function readAll(entries: readonly Entry[]): Read {
  const records: Readable[] = [];
  for (const { record } of entries) {
    try {
      const decoded = decodeRecord(record);
      if (decoded.type === 'control' && decoded.control === 'version' && decoded.value > recordVersion)
        return { records, stop: new NewerVersion(decoded.value) };
      records.push(decoded);
    } catch (error) {
      if (error instanceof NewerVersion) return { records, stop: error };
      if (!(error instanceof DamagedRecord)) throw error;
      records.push(error);
    }
  }
  return { records, stop: null };
}

function identityOf(record: Readable): Identity | null {
  if (record instanceof DamagedRecord) return record.identity;
  return record.type === 'control' ? null : record;
}

/** Does a request wait for what becomes of it? What a device says comes back to it as an envelope. */
function mayBeAwaited(record: Readable): boolean {
  return record instanceof DamagedRecord || record.type !== 'message' || record.kind === 'setting';
}

const noTail = new Uint8Array(0);

/** What asks for rows: the record; of damaged bytes their identity, as if it had been sent before. */
function askerOf(record: Readable): MessageRecord | MembersRecord | null {
  if (!(record instanceof DamagedRecord)) return record.type === 'control' ? null : record;
  if (record.identity === null) return null;
  return {
    type: 'message',
    kind: 'quiet',
    ...record.identity,
    first: false,
    lamport: 0,
    stamp: 0,
    hiddenFrom: none,
    targets: none,
    seconds: 0,
    key: '',
    value: '',
    tail: noTail,
  };
}

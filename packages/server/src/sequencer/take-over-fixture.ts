// Owners of a partition that write what they apply as a store of a cluster does, one write after the other, perhaps with a
// fault. Used by the test of take-overs.
import assert from 'node:assert/strict';
import type { MessageId } from '@parley/protocol';
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import { identityWindowMs } from '../kernel/limits.ts';
import type { Entry } from '../log/log.ts';
import type { CellSession } from '../store/cassandra-cells-fixture.ts';
import { Gathered, Lanes } from '../store/cassandra-gather.ts';
import { CassandraReads, NewestBuckets } from '../store/cassandra-reads.ts';
import { bucketOf, idPartitionOf } from '../store/cassandra-tables.ts';
import { CassandraWrites } from '../store/cassandra-writes.ts';
import type { ConversationRow, Rows, Write } from '../store/store.ts';
import { Applier } from './applier.ts';
import { createCounters } from './counters.ts';
import { IdentityWindow } from './identity-window.ts';
import { writesOf } from './layer-writes.ts';
import { Overlay } from './overlay.ts';
import type { MessageRecord } from './record.ts';
import { decodeRecord } from './record-codec.ts';
import { HandClock } from './stage.ts';
import type { Effects } from './view.ts';
import { Waiters } from './waiters.ts';

/** Of the log; more than one shard of ids. */
const partitions = 128;

/** What reaches the engine at once: statements of one partition. */
export interface Sent {
  readonly statements: readonly Statement[];
  readonly stamp: number | undefined;
}

/** A session that keeps what is written, and answers when nothing else can be sent. */
export class Recorder {
  #sent: { readonly sent: Sent; readonly made: PromiseWithResolvers<void> }[] = [];

  writes(): CassandraWrites {
    const send = (statements: readonly Statement[], options?: { readonly stamp?: number }): Promise<void> => {
      const made = Promise.withResolvers<void>();
      this.#sent.push({ sent: { statements, stamp: options?.stamp }, made });
      return made.promise;
    };
    const write = (query: string, params: Statement['params'], options?: { readonly stamp?: number }) =>
      send([{ query, params }], options);
    const session = { keyspace: 'k', batch: send, write } as unknown as CassandraSession;
    const lanes = new Lanes();
    return new CassandraWrites({ session, now: () => 0, lanes, ids: new Gathered(session, lanes), partitions });
  }

  /** What is written at once, again and again. */
  async wavesOf(write: () => Promise<void>): Promise<Sent[][]> {
    const waves: Sent[][] = [];
    let isDone = false;
    const written = write().finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      const wave = this.#sent;
      this.#sent = [];
      if (wave.length > 0) waves.push(wave.map(({ sent }) => sent));
      for (const { made } of wave) made.resolve();
    }
    await written;
    return waves;
  }
}

/** A reader that remembers nothing of others. */
export function readerOf(cells: CellSession): CassandraReads {
  return new CassandraReads({
    session: cells.asSession(),
    now: () => 0,
    newestBuckets: new NewestBuckets(),
    partitions,
  });
}

/** Ways to break the rules. */
export type Sabotage =
  | 'none'
  | 'no re-entry'
  | 'rejections not stored'
  | 'state before rows'
  | "owner's clock"
  | 'stamped where the layer begins'
  | 'stamped by counting commits'
  | 'members forgotten'
  | 'state before its messages'
  | 'nothing leads on'
  | 'leads on before it stands';

/** Does not take in the id of a record that it was told to forget. */
class BrokenWindow extends IdentityWindow {
  forgetsNext = false;

  override add(id: MessageId, time: number): void {
    if (!this.forgetsNext) super.add(id, time);
    this.forgetsNext = false;
  }
}

/** Drops what a broken owner would not remember. */
class BrokenOverlay extends Overlay {
  readonly #cells: CellSession;
  readonly #sabotage: Sabotage;
  readonly #window: BrokenWindow;

  constructor({ cells, sabotage }: World, store: Rows, window: BrokenWindow) {
    super(store);
    this.#cells = cells;
    this.#sabotage = sabotage;
    this.#window = window;
  }

  override put(entry: Entry, effects: Effects): void {
    const { id, message } = effects;
    const known = id !== null && this.#isStored(id);
    const isReplay = this.#sabotage === 'no re-entry' && message === null && known;
    const isRejection = this.#sabotage === 'rejections not stored' && id !== null && id.seq === 0;
    this.#window.forgetsNext = isReplay;
    super.put(entry, isReplay || isRejection ? { ...effects, id: null } : effects);
  }

  #isStored({ conversation, sender, id }: NonNullable<Effects['id']>): boolean {
    return this.#cells.has('identities', idPartitionOf(conversation, id, partitions), [conversation, sender, id]);
  }
}

type Step = Sent | { readonly position: number };

/** One owner of the partition, perhaps a stale one. */
export class Owner {
  alive = true;
  readonly generation: number;
  readonly #log: readonly Entry[];
  readonly #sabotage: Sabotage;
  readonly overlay: Overlay;
  readonly #recorder = new Recorder();
  readonly #writes = this.#recorder.writes();
  readonly #broken: Broken;
  readonly #window = new BrokenWindow();
  readonly #counters = createCounters();
  readonly #applier: Applier;
  readonly #random: () => number;
  #commits = 0;
  steps: Step[] = [];

  constructor(world: World, start: number) {
    this.generation = world.generation;
    this.#log = world.log;
    this.#sabotage = world.sabotage;
    this.#random = world.random;
    this.#broken = new Broken(world.sabotage);
    const store = readerOf(world.cells);
    this.overlay = new BrokenOverlay(world, store, this.#window);
    this.#counters.appliedOffset = start - 1;
    this.#warmUp(start);
    this.#applier = new Applier({
      logId: 'log-1',
      store,
      overlay: this.overlay,
      window: this.#window,
      waiters: new Waiters(this.overlay),
      bus: { publish: () => {} },
      clock: new HandClock(),
      events: { alarm: () => {}, alarmOver: () => {}, fault: () => {} },
      counters: this.#counters,
    });
  }

  /** The record that it applies next. */
  get next(): number {
    return this.#counters.appliedOffset + 1;
  }

  get done(): boolean {
    return this.steps.length === 0 && this.next >= this.#log.length;
  }

  #warmUp(start: number): void {
    const since = (this.#log[start - 1]?.time ?? 0) - identityWindowMs;
    const recent = this.#log.slice(0, start).filter(({ time }) => time >= since);
    this.#window.startAt(recent.length < start ? since : Number.NEGATIVE_INFINITY);
    for (const { record, time } of recent) this.#window.add((decodeRecord(record) as MessageRecord).id, time);
  }

  /**
   * Applies up to `count` records as one layer, whose borders are this owner's own, and lines up its writes: what is
   * written at once in any order, then what waits for that, then the position.
   */
  async plan(count: number): Promise<void> {
    const from = this.next;
    await this.apply(count);
    await this.seal(from);
  }

  /** Into the open layer. */
  async apply(count: number): Promise<void> {
    const late = this.#sabotage === "owner's clock" ? this.generation : 0;
    const entries = this.#log.slice(this.next, this.next + count);
    const seen = entries.map((entry) => ({ ...entry, time: entry.time + late }));
    await this.#applier.applySlice(seen, Number.POSITIVE_INFINITY, new AbortController().signal);
  }

  /** Lines up the writes of what was applied from a record on. */
  async seal(from: number): Promise<void> {
    this.#commits++;
    const writes = [...writesOf(this.overlay.seal())];
    const stamped = writes.map((write) => ({ ...write, stamp: this.#stampOf(write, from) }) as Write);
    const waves = await this.#recorder.wavesOf(() => this.#writes.put(stamped, 0));
    for (const wave of waves) shuffle(wave, this.#random);
    this.steps = [...this.#broken.steps(waves), { position: this.next }];
  }

  #stampOf(write: Write, from: number): number {
    if (this.#sabotage === 'stamped where the layer begins') return from;
    if (this.#sabotage === 'stamped by counting commits') return this.#commits;
    assert.ok(write.stamp !== undefined, 'every write of a layer is stamped');
    return write.stamp;
  }
}

/** Breaks what the rows of a transaction become. */
class Broken {
  readonly #sabotage: Sabotage;
  readonly #rosters = new Set<unknown>();

  constructor(sabotage: Sabotage) {
    this.#sabotage = sabotage;
  }

  steps(waves: readonly Sent[][]): readonly Sent[] {
    const sent = waves.flat();
    switch (this.#sabotage) {
      case 'state before rows':
        return waves.toReversed().flat();
      case 'members forgotten':
        return sent.map((one) => ({ ...one, statements: one.statements.map((each) => this.#withoutMembers(each)) }));
      case 'state before its messages':
        return sent.flatMap(({ stamp, statements }) => {
          const [states, others] = [statements.filter(isBeside), statements.filter((each) => !isBeside(each))];
          return [states, others].filter((some) => some.length > 0).map((some) => ({ stamp, statements: some }));
        });
      case 'nothing leads on':
        return sent.filter(({ statements }) => !statements.some(leadsOn));
      case 'leads on before it stands':
        return [
          ...sent.filter(({ statements }) => statements.some(leadsOn)),
          ...sent.filter(({ statements }) => !statements.some(leadsOn)),
        ];
      default:
        return sent;
    }
  }

  #withoutMembers(statement: Statement): Statement {
    const [conversation, bucket, state] = statement.params;
    if (!statement.query.includes('bucket, state, roster)')) return statement;
    const place = `${String(conversation)} ${String(bucket)}`;
    const isFirst = !this.#rosters.has(place);
    this.#rosters.add(place);
    if (isFirst) return statement;
    const query = statement.query.replace('state, roster) VALUES (?, ?, ?, ?)', 'state) VALUES (?, ?, ?)');
    return { query, params: [conversation, bucket, state] as Statement['params'] };
  }
}

function isBeside({ query }: Statement): boolean {
  return query.includes('bucket, state');
}

function leadsOn(statement: Statement): boolean {
  const [, bucket, state] = statement.params;
  return isBeside(statement) && bucketOf((JSON.parse(String(state)) as ConversationRow).seq) !== bucket;
}

/** What all owners share. */
export interface World {
  readonly log: Entry[];
  readonly cells: CellSession;
  readonly random: () => number;
  readonly sabotage: Sabotage;
  generation: number;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffle<T>(list: T[], random: () => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j] as T, list[i] as T];
  }
}

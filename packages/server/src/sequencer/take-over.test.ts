// Owners of a partition come and go while clients retry: whatever crashes between any two writes, and however many
// stale twins live on, the rows are those of one owner that was never interrupted. Ways to break the rules are caught.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import { identityWindowMs } from '../kernel/limits.ts';
import type { Entry } from '../log/log.ts';
import type { MessageRow, Write } from '../store/store.ts';
import { Applier } from './applier.ts';
import { Cells, plain } from './cells-fixture.ts';
import { accountLog, madeConversation } from './conversation-ids.ts';
import { createCounters } from './counters.ts';
import { IdentityWindow } from './identity-window.ts';
import { writesOf } from './layer-writes.ts';
import { Overlay } from './overlay.ts';
import type { LogRecord, MembersRecord, MessageRecord } from './record.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { accountOf, creation, HandClock, members, message, messageOf } from './stage.ts';
import type { Effects } from './view.ts';
import { Waiters } from './waiters.ts';

type Sabotage =
  | 'none'
  | 'no re-entry'
  | 'rejections not stored'
  | 'state before rows'
  | "owner's clock"
  | 'stamped where the layer begins'
  | 'stamped by counting commits';

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
  readonly #cells: Cells;
  readonly #sabotage: Sabotage;
  readonly #window: BrokenWindow;

  constructor({ cells, sabotage }: World, window: BrokenWindow) {
    super(cells);
    this.#cells = cells;
    this.#sabotage = sabotage;
    this.#window = window;
  }

  override put(entry: Entry, effects: Effects): void {
    const { id, message } = effects;
    const known = id !== null && this.#cells.cells.has(['ids', id.conversation, id.sender, id.id].join('\n'));
    const isReplay = this.#sabotage === 'no re-entry' && message === null && known;
    const isRejection = this.#sabotage === 'rejections not stored' && id !== null && id.seq === 0;
    this.#window.forgetsNext = isReplay;
    super.put(entry, isReplay || isRejection ? { ...effects, id: null } : effects);
  }
}

type Step = { readonly write: Write; readonly stamp: number } | { readonly position: number };

/** One owner of the partition, perhaps a stale one. */
class Owner {
  alive = true;
  readonly generation: number;
  readonly #log: readonly Entry[];
  readonly #sabotage: Sabotage;
  readonly #overlay: Overlay;
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
    this.#overlay = new BrokenOverlay(world, this.#window);
    this.#counters.appliedOffset = start - 1;
    this.#warmUp(start);
    this.#applier = new Applier({
      logId: 'log-1',
      store: world.cells,
      overlay: this.#overlay,
      window: this.#window,
      waiters: new Waiters(this.#overlay),
      bus: { publish: () => {} },
      clock: new HandClock(),
      events: { alarm: () => {}, alarmOver: () => {}, fault: () => {} },
      counters: this.#counters,
    });
  }

  get done(): boolean {
    return this.steps.length === 0 && this.#counters.appliedOffset + 1 >= this.#log.length;
  }

  #warmUp(start: number): void {
    const since = (this.#log[start - 1]?.time ?? 0) - identityWindowMs;
    const recent = this.#log.slice(0, start).filter(({ time }) => time >= since);
    this.#window.startAt(recent.length < start ? since : Number.NEGATIVE_INFINITY);
    for (const { record, time } of recent) this.#window.add((decodeRecord(record) as MessageRecord).id, time);
  }

  /**
   * Applies up to `count` records as one layer, whose borders are this owner's own, and lines up its writes: rows in any
   * order, then states, then the position.
   */
  async plan(count: number): Promise<void> {
    const from = this.#counters.appliedOffset + 1;
    const late = this.#sabotage === "owner's clock" ? this.generation : 0;
    const entries = this.#log.slice(from, from + count).map((entry) => ({ ...entry, time: entry.time + late }));
    await this.#applier.applySlice(entries, Number.POSITIVE_INFINITY, new AbortController().signal);
    const rows: Step[] = [];
    const states: Step[] = [];
    this.#commits++;
    for (const write of writesOf(this.#overlay.seal())) {
      const step = { write, stamp: this.#stampOf(write, from) };
      if (write.table === 'conversations') states.push(step);
      else rows.push(step);
    }
    shuffle(rows, this.#random);
    this.steps = this.#sabotage === 'state before rows' ? [...states, ...rows] : [...rows, ...states];
    this.steps.push({ position: this.#counters.appliedOffset + 1 });
  }

  #stampOf(write: Write, from: number): number {
    if (this.#sabotage === 'stamped where the layer begins') return from;
    if (this.#sabotage === 'stamped by counting commits') return this.#commits;
    assert.ok(write.stamp !== undefined, 'every write of a layer is stamped');
    return write.stamp;
  }
}

interface World {
  readonly log: Entry[];
  readonly cells: Cells;
  readonly random: () => number;
  readonly sabotage: Sabotage;
  generation: number;
}

function generator(seed: number): () => number {
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

const owner = accountOf(1);
const people = [accountOf(2), accountOf(3), accountOf(4)];

/** Conversations that everybody writes in: two groups and two rooms. */
function founding(): readonly MembersRecord[] {
  return [0, 1, 2, 3].map((n) => {
    const kind = n < 2 ? 'group' : 'room';
    const id = messageOf(1_000_000 + n);
    const change = creation(kind, kind === 'group' ? [owner, ...people] : [owner]);
    return members(madeConversation(kind, owner, id), owner, id, { ...change, title: 'Tea', access: 'open' });
  });
}

/** Something that somebody does: mostly talk, some coming and going, some deleting. */
function somethingSaid(
  n: number,
  conversations: readonly ConversationId[],
  random: () => number,
): MessageRecord | MembersRecord {
  const conversation = conversations[Math.floor(random() * conversations.length)] as ConversationId;
  const person = people[Math.floor(random() * people.length)] as AccountId;
  const id = messageOf(n);
  const lamport = Math.floor(random() * 50);
  const dice = random();
  if (dice < 0.12) return members(conversation, owner, id, { action: 'add', subject: person, role: 'member' });
  if (dice < 0.24) return members(conversation, owner, id, { action: 'remove', subject: person });
  if (dice < 0.34)
    return message(conversation, owner, id, { kind: 'delete', targets: [2 + Math.floor(random() * 20)], lamport });
  if (dice < 0.4)
    return message(accountLog(person), person, id, { kind: 'setting', key: `own/${n % 5}`, value: String(n) });
  return message(conversation, person, id, { lamport });
}

async function simulate(seed: number, sabotage: Sabotage, steps: number): Promise<readonly string[]> {
  const random = generator(seed);
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const world: World = { log: [], cells: new Cells(), random, sabotage, generation: 0 };
  const append = (record: LogRecord, time: number): number =>
    world.log.push({ offset: world.log.length, time, record: encodeRecord(record) });
  let time = 1_000_000;
  const founders = founding();
  for (const record of founders) append(record, time);
  const conversations = founders.map(({ conversation }) => conversation);
  const owners = [new Owner(world, 0)];
  const outboxes: (MessageRecord | MembersRecord)[][] = Array.from({ length: 6 }, () => []);
  let flying: { readonly at: number; readonly record: MessageRecord | MembersRecord }[] = [];
  let position = 0;
  const logged = new Set<string>();
  const say = (record: MessageRecord | MembersRecord, at: number): void => {
    logged.add(record.id);
    append(record, at);
  };
  for (let n = 0; n < steps; n++) {
    time += pick(1, 5, 50, 400, 3000);
    if (random() < 0.5) {
      const record = { ...somethingSaid(n, conversations, random), stamp: time, first: true };
      const fate = random();
      if (fate < 0.7) say(record, time);
      else if (fate < 0.85) flying.push({ at: time + Math.floor(random() * 10_000), record });
      pick(...outboxes).push({ ...record, first: false });
    }
    for (const outbox of outboxes) {
      const record = random() < 0.25 ? outbox.shift() : undefined;
      if (record === undefined) continue;
      if (random() < 0.5) say(record, time);
      if (random() < 0.4 || !logged.has(record.id)) outbox.push(record);
    }
    for (const { record } of flying.filter(({ at }) => at <= time)) say(record, time);
    flying = flying.filter(({ at }) => at > time);
    for (const one of owners) {
      if (!one.alive || random() < (one === owners.at(-1) ? 0.3 : 0.6)) continue;
      if (one.steps.length === 0) await one.plan(1 + Math.floor(random() * 8));
      position = write(world, one, 1 + Math.floor(random() * 5), position);
    }
    if (random() < 0.02) {
      world.generation++;
      const last = owners.at(-1);
      if (last !== undefined && random() < 0.5) last.alive = false;
      owners.push(new Owner(world, position));
      const stale = owners.at(-5);
      if (stale !== undefined) stale.alive = false;
    }
  }
  for (const record of outboxes.flat()) say(record, ++time);
  for (const { record } of flying) say(record, ++time);
  world.generation++;
  for (const one of [...owners.filter(({ alive }) => alive), new Owner(world, position)])
    while (!one.done) {
      if (one.steps.length === 0) await one.plan(7);
      position = write(world, one, 99, position);
    }
  return judge(world, await uninterrupted(world.log), [...conversations, ...people.map(accountLog)]);
}

/** The next writes of an owner. The position of a stale one is refused. */
function write(world: World, one: Owner, count: number, position: number): number {
  let now = position;
  for (const step of one.steps.splice(0, count)) {
    if ('write' in step) world.cells.put(step.write, step.stamp);
    else if (one.generation === world.generation) now = Math.max(now, step.position);
  }
  return now;
}

async function uninterrupted(log: Entry[]): Promise<Cells> {
  const world: World = { log, cells: new Cells(), random: () => 0.5, sabotage: 'none', generation: 0 };
  const only = new Owner(world, 0);
  while (!only.done) {
    await only.plan(5);
    write(world, only, only.steps.length, 0);
  }
  return world.cells;
}

/** What is wrong, in words. */
function judge(world: World, expected: Cells, conversations: readonly ConversationId[]): readonly string[] {
  const wrong = new Set<string>();
  const rows = (cells: Cells): string =>
    [...cells.cells]
      .filter(([, { write }]) => write.table !== 'conversations')
      .map(([name, { write }]) => `${name} ${plain(write)}`)
      .sort()
      .join('\n');
  if (rows(world.cells) !== rows(expected)) wrong.add('diverged');
  if (world.cells.conflicts.length > 0) wrong.add('conflicting write');
  const stored = [...world.cells.cells.values()].map(({ write }) => write);
  const shown = new Set<string>();
  for (const conversation of conversations) {
    const messages = stored
      .filter((write) => write.table === 'messages' && write.row.conversation === conversation)
      .map((write) => write.row as MessageRow)
      .sort((a, b) => a.seq - b.seq);
    messages.forEach((row, i) => {
      if (row.seq !== i + 1) wrong.add('hole');
      if (row.lamport <= (messages[i - 1]?.lamport ?? 0)) wrong.add('Lamport fell');
      if (shown.has(row.id)) wrong.add('shown twice');
      shown.add(row.id);
    });
  }
  const rejected = new Set(
    stored.flatMap((write) => (write.table === 'ids' && write.row.seq === 0 ? [write.row.id] : [])),
  );
  const said = new Set(world.log.map(({ record }) => (decodeRecord(record) as MessageRecord).id as string));
  for (const id of said) if (shown.has(id) === rejected.has(id as never)) wrong.add('lost or resurrected');
  return [...wrong];
}

test('[R3] [SEQ30] [SEQ60] take-overs, stale twins, retries and stragglers end in the rows of one uninterrupted owner', async () => {
  for (let seed = 1; seed <= 300; seed++) assert.deepEqual(await simulate(seed, 'none', 500), [], `seed ${seed}`);
});

for (const sabotage of [
  'no re-entry',
  'rejections not stored',
  'state before rows',
  "owner's clock",
  'stamped where the layer begins',
  'stamped by counting commits',
] as const)
  test(`[SEQ30] the simulation catches: ${sabotage}`, async () => {
    for (let seed = 1; seed <= 40; seed++) if ((await simulate(seed, sabotage, 500)).length > 0) return;
    assert.fail('forty runs noticed nothing');
  });

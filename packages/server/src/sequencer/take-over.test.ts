// Owners of a partition come and go while clients retry: whatever crashes between any two writes, and however many
// stale twins live on, the rows are those of one owner that was never interrupted, and whoever reads a state meanwhile
// gets one that was, with its own members and messages. Ways to break the rules are caught.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Row } from '../engines/cassandra-session.ts';
import type { Entry } from '../log/log.ts';
import { CellSession } from '../store/cassandra-cells-fixture.ts';
import { messageRow } from '../store/cassandra-messages.ts';
import type { ConversationRow, Write } from '../store/store.ts';
import { accountLog, madeConversation } from './conversation-ids.ts';
import type { LogRecord, MembersRecord, MessageRecord } from './record.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { accountOf, creation, members, message, messageOf } from './stage.ts';
import { generator, Owner, Recorder, readerOf, type Sabotage, type World } from './take-over-fixture.ts';

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
  bases: ReadonlyMap<ConversationId, number>,
  random: () => number,
): MessageRecord | MembersRecord {
  const [conversation, from] = [...bases][Math.floor(random() * bases.size)] as [ConversationId, number];
  const person = people[Math.floor(random() * people.length)] as AccountId;
  const id = messageOf(n);
  const lamport = Math.floor(random() * 50);
  const dice = random();
  if (dice < 0.12) return members(conversation, owner, id, { action: 'add', subject: person, role: 'member' });
  if (dice < 0.24) return members(conversation, owner, id, { action: 'remove', subject: person });
  if (dice < 0.34)
    return message(conversation, owner, id, {
      kind: 'delete',
      targets: [from + 2 + Math.floor(random() * 20)],
      lamport,
    });
  if (dice < 0.4)
    return message(accountLog(person), person, id, { kind: 'setting', key: `own/${n % 5}`, value: String(n) });
  return message(conversation, person, id, { lamport });
}

async function simulate(seed: number, sabotage: Sabotage, steps: number): Promise<readonly string[]> {
  const random = generator(seed);
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const world: World = { log: [], cells: new CellSession(), random, sabotage, generation: 0 };
  const append = (record: LogRecord, time: number): number =>
    world.log.push({ offset: world.log.length, time, record: encodeRecord(record) });
  let time = 1_000_000;
  const founders = founding();
  for (const record of founders) append(record, time);
  const bases = basesOf(founders, random);
  await found(world, bases);
  const owners = [new Owner(world, founders.length)];
  const watch = new Watch(world, bases);
  const outboxes: (MessageRecord | MembersRecord)[][] = Array.from({ length: 6 }, () => []);
  let flying: { readonly at: number; readonly record: MessageRecord | MembersRecord }[] = [];
  let position = founders.length;
  const logged = new Set<string>();
  const say = (record: MessageRecord | MembersRecord, at: number): void => {
    logged.add(record.id);
    append(record, at);
  };
  for (let n = 0; n < steps; n++) {
    time += pick(1, 5, 50, 400, 3000);
    if (random() < 0.5) {
      const record = { ...somethingSaid(n, bases, random), stamp: time, first: true };
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
    world.cells.between = () => {
      const one = random() < 0.3 ? pick(...owners) : undefined;
      if (one?.alive === true) position = write(world, one, 1, position);
    };
    if (random() < 0.1) await watch.look(random);
    world.cells.between = () => {};
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
  await watch.look(random);
  const alone = await uninterrupted(world.log, bases);
  return [...watch.wrong(alone.states), ...judge(world, alone.cells, bases)];
}

/** The next writes of an owner. The position of a stale one is refused. */
function write(world: World, one: Owner, count: number, position: number): number {
  let now = position;
  for (const step of one.steps.splice(0, count)) {
    if ('statements' in step) world.cells.apply(step.statements, step.stamp);
    else if (one.generation === world.generation) now = Math.max(now, step.position);
  }
  return now;
}

/** Where the conversations of a world begin: half of them shortly before the messages of a bucket end. */
function basesOf(founders: readonly MembersRecord[], random: () => number): ReadonlyMap<ConversationId, number> {
  return new Map(
    founders.map(({ conversation }, n) => [conversation, n % 2 === 0 ? 0 : 2_046 - Math.floor(random() * 25)]),
  );
}

/** The first records, stored; then the conversations that begin later are moved there. */
async function found(world: World, bases: ReadonlyMap<ConversationId, number>): Promise<void> {
  const first = new Owner(world, 0);
  await first.plan(bases.size);
  write(world, first, first.steps.length, 0);
  const recorder = new Recorder();
  const writes = recorder.writes();
  for (const [conversation, base] of bases) {
    const row = await readerOf(world.cells).get('conversations', [conversation]);
    if (row === undefined || base === 0) continue;
    // After its own record, and before every other.
    const moved: Write = { table: 'conversations', row: { ...row, seq: base }, stamp: row.offset + 0.5 };
    for (const wave of await recorder.wavesOf(() => writes.put([moved], 0)))
      for (const { statements, stamp } of wave) world.cells.apply(statements, stamp);
  }
}

interface Alone {
  readonly cells: CellSession;
  /** The state of each conversation after each of its records. */
  readonly states: ReadonlySet<string>;
}

async function uninterrupted(log: Entry[], bases: ReadonlyMap<ConversationId, number>): Promise<Alone> {
  const world: World = { log, cells: new CellSession(), random: () => 0.5, sabotage: 'none', generation: 0 };
  await found(world, bases);
  const reader = readerOf(world.cells);
  const only = new Owner(world, bases.size);
  const states = new Set<string>();
  for (const conversation of bases.keys()) states.add(textOf(await reader.get('conversations', [conversation])));
  while (!only.done) {
    const from = only.next;
    for (let count = 0; count < 20 && only.next < log.length; count++) {
      const { conversation } = decodeRecord(log[only.next]?.record as Uint8Array) as MessageRecord;
      await only.apply(1);
      states.add(textOf(only.overlay.conversation(conversation)));
    }
    await only.seal(from);
    write(world, only, only.steps.length, 0);
  }
  return { cells: world.cells, states };
}

/** Readers that look at states while others write. */
class Watch {
  readonly #world: World;
  readonly #bases: ReadonlyMap<ConversationId, number>;
  readonly #readers;
  readonly #seen = new Set<string>();
  readonly #offsets = new Map<ConversationId, number>();
  readonly #wrong = new Set<string>();

  constructor(world: World, bases: ReadonlyMap<ConversationId, number>) {
    this.#world = world;
    this.#bases = bases;
    this.#readers = [readerOf(world.cells), readerOf(world.cells)];
  }

  /** At all conversations, by a reader that remembers or by one that is new. */
  async look(random: () => number): Promise<void> {
    const reader = this.#readers[Math.floor(random() * 3)] ?? readerOf(this.#world.cells);
    for (const [conversation, base] of this.#bases) {
      const row = await reader.get('conversations', [conversation]);
      if (row === undefined) continue;
      this.#seen.add(textOf(row));
      if (row.offset < (this.#offsets.get(conversation) ?? 0)) this.#wrong.add('state went back');
      this.#offsets.set(conversation, row.offset);
      const after = Math.max(base, row.seq - 8);
      const range = { prefix: [conversation], after: [after], before: [row.seq + 1], limit: 9 };
      if ((await reader.list('messages', range)).length < row.seq - after)
        this.#wrong.add('state without its messages');
    }
  }

  wrong(states: ReadonlySet<string>): readonly string[] {
    for (const text of this.#seen) if (!states.has(text)) this.#wrong.add('state that never was');
    return [...this.#wrong];
  }
}

/** As text, whatever the order of its fields. */
function textOf(row: ConversationRow | undefined): string {
  if (row === undefined) return '';
  const members = row.members === null ? null : [...row.members];
  return JSON.stringify(Object.entries({ ...row, members }).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is wrong, in words. */
function judge(world: World, expected: CellSession, bases: ReadonlyMap<ConversationId, number>): readonly string[] {
  const wrong = new Set<string>();
  const tables = ['messages', 'identities', 'members', 'memberships', 'group_entries', 'settings', 'facts'];
  const rows = (cells: CellSession) =>
    tables.flatMap((table) =>
      cells
        .rows(table)
        .map((row) => plain(table, row))
        .sort(),
    );
  if (rows(world.cells).join('\n') !== rows(expected).join('\n')) wrong.add('diverged');
  if (world.cells.conflicts.length > 0) wrong.add('conflicting write');
  const stored = world.cells.rows('messages');
  const shown = new Set<string>();
  for (const [conversation, base] of [...bases, ...people.map((person) => [accountLog(person), 0] as const)]) {
    const messages = stored
      .filter((row) => row.conversation === conversation && Number(row.seq) > base)
      .map((row) => messageRow(row, 0))
      .sort((a, b) => a.seq - b.seq);
    messages.forEach((row, i) => {
      if (row.seq !== base + i + 1) wrong.add('hole');
      if (row.lamport <= (messages[i - 1]?.lamport ?? 0)) wrong.add('Lamport fell');
      if (shown.has(row.id)) wrong.add('shown twice');
      shown.add(row.id);
    });
  }
  const refused = world.cells.rows('identities').filter(({ seq }) => seq === 0);
  const rejected = new Set(refused.map(({ id }) => id));
  const said = new Set(world.log.map(({ record }) => (decodeRecord(record) as MessageRecord).id as string));
  // What founded the conversations that were moved stands before their bases.
  for (const id of founding().map(({ id }) => id)) said.delete(id);
  for (const id of said) if (shown.has(id) === rejected.has(id)) wrong.add('lost or resurrected');
  return [...wrong];
}

function plain(table: string, row: Row): string {
  const cells = Object.entries(row).map(([name, value]) => {
    const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
    return `${name} ${text}`;
  });
  return [table, ...cells.sort()].join('\n');
}

test('[R3] [SEQ30] [SEQ60] [STR44] take-overs, stale twins, retries and stragglers end in the rows of one uninterrupted owner, and every state that is read was its own', async () => {
  for (let seed = 1; seed <= 300; seed++) assert.deepEqual(await simulate(seed, 'none', 500), [], `seed ${seed}`);
});

for (const sabotage of [
  'no re-entry',
  'rejections not stored',
  'state before rows',
  "owner's clock",
  'stamped where the layer begins',
  'stamped by counting commits',
  'members forgotten',
  'state before its messages',
  'nothing leads on',
  'leads on before it stands',
] as const)
  test(`[SEQ30] [STR44] the simulation catches: ${sabotage}`, async () => {
    for (let seed = 1; seed <= 40; seed++) if ((await simulate(seed, sabotage, 500)).length > 0) return;
    assert.fail('forty runs noticed nothing');
  });

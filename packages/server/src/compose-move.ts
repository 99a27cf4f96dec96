// `parley move --to cluster`: the data of a stopped server become those of an empty cluster. The folder is locked meanwhile,
// lets its store catch up with its log first, and is marked; the cluster is closed until everything was compared.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalBus } from './bus/local-bus.ts';
import { restoredAt } from './compose-backup.ts';
import { kafkaParts, openBucket, openKeyspace } from './compose-engines.ts';
import { files } from './compose-files.ts';
import type { Voice } from './compose-operator.ts';
import { openQuietly, type QuietData } from './compose-quiet.ts';
import type { Config } from './config.ts';
import { openCassandraDirectory } from './directory/cassandra-directory.ts';
import { openForReading as openDirectoryFile } from './directory/sqlite-file.ts';
import type { CassandraSession } from './engines/cassandra-session.ts';
import { hostClock } from './kernel/clock.ts';
import { moveQuietMs } from './kernel/engine-limits.ts';
import { hostRandom } from './kernel/random.ts';
import { silentEvents } from './kernel/silent-events.ts';
import { type KafkaLog, openKafkaLog } from './log/kafka-log.ts';
import { countConversations, countOwners, firstHeld, isEmpty } from './move/cluster-holds.ts';
import { compareAll, copyAll, type Finding, tableOf } from './move/move.ts';
import { MoveMark } from './move/move-mark.ts';
import { type MoveNote, MoveRefused, readMoveNote, writeMoveNote } from './move/move-note.ts';
import type { Step } from './move/step.ts';
import { stepsOf } from './move/steps.ts';
import { Sequencer } from './sequencer/run.ts';
import { type CassandraStore, openCassandraStore } from './store/cassandra-store.ts';
import { openForReading as openStoreFile } from './store/sqlite-open.ts';

/** Moves, or goes on with a move; the exit code. */
export async function move(config: Config, { say, complain }: Voice): Promise<number> {
  try {
    return await moveFolder(config, { say, complain });
  } catch (error) {
    complain(error instanceof Error ? error.message : 'It could not be moved.');
    return 1;
  }
}

async function moveFolder(config: Config, voice: Voice): Promise<number> {
  const { data } = config;
  if (!existsSync(join(data, files.store)))
    throw new MoveRefused(`No server has run in ${data}. Name the data folder with --data.`);
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await openQuietly(data));
  if (restoredAt(data) !== null)
    throw new MoveRefused(
      `${data} was restored and not started since. Start it once, so that devices learn of it, stop it, and move it then.`,
    );
  voice.complain('Reading what the store does not have yet from the log …');
  await catchUp(server);
  const session = opened.use(await openKeyspace(config));
  const directory = opened.use(await openCassandraDirectory(session));
  const log = opened.use(await openKafkaLog(kafkaParts(config)));
  const { partitions } = log;
  const store = opened.use(await openCassandraStore({ session, logId: log.id, partitions, clock: hostClock }));
  const bucket = await openBucket(config, { alarm: () => {}, alarmOver: () => {} });
  const blobs = bucket === null ? null : opened.use(bucket);
  const target = { session, directory, log, store };
  const note = await begin(config, { server, target });
  if (note.state === 'moved') {
    voice.complain(`${data} was moved to ${note.cluster} already.`);
    return 0;
  }
  const storeFile = opened.adopt(openStoreFile(join(data, files.store)), (file) => file.close());
  const directoryFile = openDirectoryFile(join(data, files.directory));
  opened.defer(() => directoryFile.database.close());
  const steps = stepsOf({
    server: { store: server.store, storeFile, directory: server.directory, directoryFile, blobs: server.blobs },
    cluster: { session, store, directory, blobs, stamp: await new MoveMark(session).stamp() },
    now: () => hostClock.now(),
  });
  await copy(config, { note, steps, voice });
  return await finish(config, { note, steps, voice, target });
}

/** Everything that was ticked becomes rows. @throws {Error} the log cannot be applied, or the store not written */
async function catchUp({ log, store }: QuietData): Promise<void> {
  const faults: unknown[] = [];
  const events = silentEvents((_, error) => void faults.push(error));
  const bus = new LocalBus((error) => void faults.push(error));
  const sequencer = new Sequencer({ log, partition: 0, store, bus, clock: hostClock, events });
  try {
    await sequencer.caughtUp();
  } finally {
    await sequencer[Symbol.asyncDispose]();
  }
  const applied = store.applied()?.offset ?? -1;
  if (applied === log.end(0) - 1) return;
  throw new MoveRefused(
    'The store could not take everything that is in the log. Look at disk and permissions, then try again.',
    {
      cause: faults[0],
    },
  );
}

interface Target {
  readonly session: CassandraSession;
  readonly log: KafkaLog;
  readonly store: CassandraStore;
}

/** Marks folder and cluster, or finds both marked by this very move. */
async function begin(
  config: Config,
  { server, target }: { readonly server: QuietData; readonly target: Target },
): Promise<MoveNote> {
  const { data } = config;
  const there = new MoveMark(target.session);
  const present = await there.read();
  const before = readMoveNote(data);
  const { id: logId } = server.log;
  const logEnd = server.log.end(0);
  if (before !== null && (before.log_id !== logId || before.log_end !== logEnd))
    throw new MoveRefused(
      `${data} has changed since its move began. Move it into an empty cluster: remove ${join(data, 'move.json')}, and give another PARLEY_CASSANDRA_KEYSPACE and PARLEY_CLUSTER.`,
    );
  if (present !== null && present.id !== before?.id)
    throw new MoveRefused(
      `${nameOf(config)} holds ${present.state === 'moved' ? '' : 'a part of '}another server that was moved there. Give another PARLEY_CASSANDRA_KEYSPACE and PARLEY_CLUSTER.`,
    );
  if (present === null) await refuseFilled(config, target);
  const note = before ?? firstNote(config, logId, logEnd);
  if (before === null) await writeMoveNote(data, note);
  const mark = await there.claim(note.id, logId);
  if (mark.id !== note.id) throw new MoveRefused(`Another server is being moved to ${nameOf(config)} right now.`);
  if (mark.state !== 'moved' || note.state === 'moved') return note;
  // It was ended between its last two words.
  const done: MoveNote = { ...note, state: 'moved' };
  await writeMoveNote(data, done);
  return done;
}

function firstNote(config: Config, logId: string, logEnd: number): MoveNote {
  return {
    format: 1,
    id: Buffer.from(hostRandom.bytes(moveIdBytes)).toString('base64url'),
    begun_at: new Date(hostClock.now()).toISOString(),
    log_id: logId,
    log_end: logEnd,
    cluster: nameOf(config),
    state: 'moving',
    place: null,
  };
}

const moveIdBytes = 16;

/** Where to, for people. */
function nameOf({ cluster, cassandra, cassandraKeyspace }: Config): string {
  return `${cluster} (keyspace ${cassandraKeyspace} at ${cassandra?.join(', ') ?? ''})`;
}

async function refuseFilled(config: Config, { session, log, store }: Target): Promise<void> {
  const held = await firstHeld(session, log);
  if (held !== null)
    throw new MoveRefused(`${nameOf(config)} is not empty: ${held}. A server is moved into an empty cluster.`);
  if (hostClock.now() - (await store.asOf()) < moveQuietMs)
    throw new MoveRefused(`Processes of ${nameOf(config)} run. Stop them, wait half a minute, and try again.`);
}

interface Moving {
  readonly note: MoveNote;
  readonly steps: readonly Step[];
  readonly voice: Voice;
}

async function copy({ data }: Config, { note, steps, voice }: Moving): Promise<void> {
  const { place } = note;
  if (place !== null) voice.complain(place.step === null ? 'Everything is copied.' : `Going on with ${place.step}.`);
  await copyAll(
    {
      steps,
      now: () => hostClock.now(),
      say: voice.complain,
      keep: (next) => writeMoveNote(data, { ...note, place: next }),
    },
    place,
  );
}

/** Compares; opens the cluster when all is the same. */
async function finish(
  { data }: Config,
  { note, steps, voice, target }: Moving & { readonly target: Target },
): Promise<number> {
  voice.complain('Reading everything back …');
  const findings = await compareAll({ steps, now: () => hostClock.now(), say: voice.complain });
  for (const line of tableOf(findings)) voice.say(line);
  const strangers = await strangersIn(target, steps);
  const problems = [...findings.flatMap(problemOf), ...strangers];
  for (const problem of problems) voice.complain(problem);
  if (problems.length > 0) {
    voice.complain(
      'The cluster stays closed, and the folder is as it was. Look into it, then begin again with an empty cluster.',
    );
    return 1;
  }
  await new MoveMark(target.session).done(note.id);
  await writeMoveNote(data, { ...note, place: { step: null, after: null }, state: 'moved' });
  voice.complain(`${data} is moved to ${note.cluster}. Start the cluster; keep the folder until you trust it.`);
  return 0;
}

function problemOf({ name, difference }: Finding): readonly string[] {
  if (difference === null) return [];
  const [here, there] = difference.map((text) => text?.slice(0, shownCharacters) ?? 'nothing');
  return [`${name} differ. The server has ${here}; the cluster has ${there}`];
}

const shownCharacters = 200;

/** What came into the cluster by another way meanwhile. */
async function strangersIn({ session, log }: Target, steps: readonly Step[]): Promise<readonly string[]> {
  const { account, claim } = await countOwners(session);
  const problems: string[] = [];
  const also = (name: string, what: string, there: number) => {
    const here = steps.find((step) => step.name === name)?.count();
    if (there !== here) problems.push(`The cluster has ${there} ${what}, the server ${here}.`);
  };
  also('accounts', 'accounts', account);
  also('accounts', 'claims of handles', claim);
  also('conversations', 'conversations', await countConversations(session));
  if (!(await isEmpty(log))) problems.push('Somebody wrote to the log of the cluster meanwhile.');
  return problems;
}

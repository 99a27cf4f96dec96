// Row 8: the log alone and the store alone, through their ports, without a network or a sequencer.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountId, type ConversationId, idFromBytes, uuid7FromBytes } from '@parley/protocol';
import { hostClock } from '../../packages/server/src/kernel/clock.ts';
import { maxCommitRecords } from '../../packages/server/src/kernel/limits.ts';
import { hostRandom } from '../../packages/server/src/kernel/random.ts';
import { FileLog } from '../../packages/server/src/log/file-log.ts';
import { openHostDisk } from '../../packages/server/src/log/host-disk.ts';
import { openSqliteStore } from '../../packages/server/src/store/sqlite-store.ts';
import type { ConversationRow, IdRow, MessageRow, Store, Write } from '../../packages/server/src/store/store.ts';
import { cpuTimes, perOne, spentUs } from '../cpu.ts';
import { type Measure, measure, peerMeasure } from '../measure.ts';

/** How long and how much. */
export interface EnginesSize {
  readonly logSeconds: number;
  readonly messages: number;
  readonly pageSeconds: number;
}

const bodyBytes = 300;
const batch = 256;
const conversations = 10_000;
const pageRows = 50;
const pagesAtOnce = 16;
/** Batches that the file of the bare disk holds. */
const bareBatches = 200;

/** The signal ends it between two batches. */
export async function engines(size: EnginesSize, signal: AbortSignal): Promise<readonly Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  try {
    const log = await logAlone(join(folder, 'log'), size.logSeconds, signal);
    const disk = await diskAlone(join(folder, 'bare'), size.logSeconds);
    return [...(await storeAlone(join(folder, 'store.db'), size, signal)), log, disk];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function logAlone(folder: string, seconds: number, signal: AbortSignal): Promise<Measure> {
  const disk = await openHostDisk(folder);
  await using log = await FileLog.open({ disk, clock: hostClock, random: hostRandom, onFatal: throws });
  const record = Buffer.alloc(bodyBytes, 'x');
  const before = cpuTimes(process.pid);
  const start = performance.now();
  let appended = 0;
  for (; performance.now() - start < seconds * 1_000; appended += batch) {
    signal.throwIfAborted();
    await Promise.all(Array.from({ length: batch }, () => log.append(0, Buffer.from(record))));
  }
  const took = performance.now() - start;
  return measure('8-log', (appended / took) * 1_000, perOne(spentUs(before, cpuTimes(process.pid)), appended));
}

/** What the disk allows: as many bytes written and synced, one batch after the other, into a file that is long enough. */
async function diskAlone(path: string, seconds: number): Promise<Measure> {
  await using file = await open(path, 'w');
  const bytes = Buffer.alloc(batch * bodyBytes, 'x');
  for (let at = 0; at < bareBatches; at++) await file.write(bytes, 0, bytes.length, at * bytes.length);
  await file.sync();
  const start = performance.now();
  let written = 0;
  for (; performance.now() - start < seconds * 1_000; written++) {
    await file.write(bytes, 0, bytes.length, (written % bareBatches) * bytes.length);
    await file.datasync();
  }
  const appends = (written * batch) / (performance.now() - start);
  return peerMeasure(
    '8-log',
    { name: 'disk', title: 'as many bytes written and synced, nothing else' },
    appends * 1_000,
  );
}

async function storeAlone(
  path: string,
  { messages, pageSeconds }: EnginesSize,
  signal: AbortSignal,
): Promise<readonly Measure[]> {
  await using store = await openSqliteStore(path, { onFatal: throws });
  const chats = makeChats();
  const wanted = Math.max(1, Math.round(messages / maxCommitRecords));
  let ms = 0;
  let us: number | null = 0;
  for (let transaction = 0; transaction < wanted; transaction++) {
    signal.throwIfAborted();
    const writes = makeTransaction(chats, transaction * maxCommitRecords);
    const before = cpuTimes(process.pid);
    const start = performance.now();
    await store.commit(writes, { logId: 'bench', offset: (transaction + 1) * maxCommitRecords - 1 });
    if (transaction === wanted - 1) await store.checkpoint();
    ms += performance.now() - start;
    const spent = spentUs(before, cpuTimes(process.pid));
    us = us === null || spent === null ? null : us + spent;
  }
  const rows = wanted * maxCommitRecords;
  const pages = await readPages(store, chats, pageSeconds);
  return [measure('8', (rows / ms) * 1_000, perOne(us, rows)), measure('8-pages', pages)];
}

/** Pages of the newest rows a second, of conversations at random, several readers at once. */
async function readPages(store: Store, chats: readonly Chat[], seconds: number): Promise<number> {
  const start = performance.now();
  let pages = 0;
  const reader = async () => {
    while (performance.now() - start < seconds * 1_000) {
      const { row } = chats[Math.floor(Math.random() * chats.length)] as Chat;
      const found = await store.list('messages', { prefix: [row.conversation], limit: pageRows, reverse: true });
      if (found.length !== Math.min(pageRows, row.seq)) throw new Error('a page lacks rows that were committed');
      pages++;
    }
  };
  await Promise.all(Array.from({ length: pagesAtOnce }, reader));
  return (pages / (performance.now() - start)) * 1_000;
}

interface Chat {
  row: ConversationRow;
  readonly sender: AccountId;
}

function makeChats(): readonly Chat[] {
  const made = Array.from({ length: conversations }, () => {
    const [a, b] = [newAccount(), newAccount()];
    return { row: newConversation(a, b), sender: a };
  });
  return made.toSorted((one, other) => (one.row.conversation < other.row.conversation ? -1 : 1));
}

/** What the sequencer hands over: conversations, messages and ids of a run of records, sorted by conversation and seq. */
function makeTransaction(chats: readonly Chat[], firstOffset: number): readonly Write[] {
  const counts = new Uint32Array(chats.length);
  for (let n = 0; n < maxCommitRecords; n++) {
    const at = Math.floor(Math.random() * chats.length);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const writes: { conversations: Write[]; messages: Write[]; ids: Write[] } = {
    conversations: [],
    messages: [],
    ids: [],
  };
  let offset = firstOffset;
  for (const [at, chat] of chats.entries()) {
    for (let n = counts[at] ?? 0; n > 0; n--) {
      const message = nextMessage(chat, offset);
      writes.messages.push({ table: 'messages', row: message });
      writes.ids.push({ table: 'ids', row: idOf(message, offset++) });
    }
    if ((counts[at] ?? 0) > 0) writes.conversations.push({ table: 'conversations', row: chat.row });
  }
  return [...writes.conversations, ...writes.messages, ...writes.ids];
}

function nextMessage(chat: Chat, offset: number): MessageRow {
  const { row } = chat;
  chat.row = { ...row, seq: row.seq + 1, ord: row.ord + 1, lamport: row.lamport + 1, time: Date.now(), offset };
  return {
    conversation: row.conversation,
    seq: chat.row.seq,
    ord: chat.row.ord,
    id: uuid7FromBytes(Date.now(), hostRandom.bytes(10)),
    sender: chat.sender,
    kind: 'content',
    lamport: chat.row.lamport,
    memberN: row.memberN,
    time: chat.row.time,
    expiresAt: null,
    deletedBy: null,
    hiddenFrom: [],
    request: false,
    tail: Buffer.alloc(bodyBytes, 'x'),
  };
}

function idOf({ conversation, sender, id, seq }: MessageRow, offset: number): IdRow {
  return { conversation, sender, id, seq, code: '', logId: 'bench', offset };
}

function newAccount(): AccountId {
  return idFromBytes('a', hostRandom.bytes(16)) as AccountId;
}

function newConversation(a: AccountId, b: AccountId): ConversationRow {
  const member = { role: 'member', joinedSeq: 1 } as const;
  return {
    conversation: idFromBytes('c', hostRandom.bytes(16)) as ConversationId,
    kind: 'direct',
    creator: a,
    createdAt: Date.now(),
    seq: 0,
    ord: 0,
    lamport: 0,
    time: Date.now(),
    offset: 0,
    memberN: 1,
    memberCount: 2,
    members: new Map([
      [a, member],
      [b, member],
    ]),
    invites: [],
    pending: [],
    head: '',
    title: '',
    topic: '',
    access: 'invite',
    history: 'none',
    timerSeconds: 0,
    accepted: true,
    requestedBy: null,
    contact: true,
    wrote: [],
  };
}

function throws(error: Error): never {
  throw error;
}

// After the server was restored from a backup: finds, for each conversation, up to where the server still has what
// this device has, and cuts there. Messages above stay, marked "only on this device"; everything else above is
// forgotten and fetched anew. (DESIGN 5b) [SYN]
import type { Conversation, ConversationId, Envelope } from '@parley/protocol';
import { maxPageItems } from '@parley/protocol/limits';
import { clearKey } from '@parley/protocol/settings';
import type { Draft } from './draft.ts';
import { ChatError } from './error.ts';
import { lineFile, lineText } from './file-view.ts';
import { saidOf } from './fold.ts';
import { type GroupState, stateAfter, stateUpTo, withState } from './group-state.ts';
import type { Inbox } from './inbox.ts';
import * as limits from './limits.ts';
import { endPending, readOf, sameAs } from './merge.ts';
import type { LocalStore } from './ports.ts';
import { cutAbove, reached } from './ranges.ts';
import { takeBlank } from './record.ts';
import type { Replica } from './replica.ts';
import { type ConversationRow, type FoldRow, keys, type Leftover, type MessageRow, type OutboxRow } from './rows.ts';
import type { AccountSettings } from './settings.ts';
import type { Ask } from './sync.ts';
import { milliseconds } from './time.ts';
import { clip } from './utf8.ts';

interface RestoreParts {
  readonly replica: Replica;
  readonly inbox: Inbox;
  readonly ask: Ask;
  readonly onCut: (conversation: ConversationId) => void;
  /** The epoch that this device's rows come from. */
  readonly epoch: number;
}

/** Cuts every conversation to what the server still has. The list must be whole. */
export async function restore(items: readonly Conversation[], parts: RestoreParts): Promise<void> {
  const now = new Map(items.map((item) => [item.conversation_id, item]));
  const all: Found[] = [];
  for (const [id, row] of parts.replica.tables.conversations) {
    const item = now.get(id) ?? null;
    all.push({ id, item, common: item === null ? nothing : await lastCommon(id, row, item.head, parts) });
  }
  // The newest thing that both have: the backup is not older.
  const from = Math.max(0, ...all.map(({ common }) => common.storedAt));
  for (const { id, item, common } of all) {
    await parts.inbox.take({
      type: 'task',
      run: async (draft) => {
        await cut(draft, parts.replica.store, { id, item, common, from, epoch: parts.epoch });
        for (const [seq, by] of common.blank) if (seq <= common.at) await takeBlank(draft, id, seq, by);
      },
    });
    parts.onCut(id);
  }
  await parts.inbox.take({ type: 'task', run: async (draft) => draft.remove('facts', keys.fact('since')) });
}

/** Up to where both have the same, and which records there the server has without their content, with the seq of the delete. */
interface Common {
  readonly at: number;
  /** How many counted records there are up to there. */
  readonly ord: number;
  /** When that record was stored; 0 when there is none. */
  readonly storedAt: number;
  readonly blank: readonly (readonly [seq: number, by: number])[];
}

const nothing: Common = { at: 0, ord: 0, storedAt: 0, blank: [] };

/** The newest seq at which both have the same record; 0 when none is found. Heads alone do not tell: new records may have taken the old seqs. */
async function lastCommon(
  id: ConversationId,
  row: ConversationRow,
  head: number,
  parts: RestoreParts,
): Promise<Common> {
  let below = Math.min(reached(row.ranges), head) + 1;
  const blank: (readonly [number, number])[] = [];
  for (let page = 0; page * maxPageItems < limits.maxFill; page++) {
    const mine = await rowsBelow(parts.replica.store, id, below);
    const [newest] = mine;
    if (newest === undefined) break;
    const items = await recordsUpTo(id, newest.seq, parts.ask);
    for (const { seq, deleted_by } of items) if (deleted_by !== undefined) blank.push([seq, deleted_by]);
    const theirs = new Map(items.map((envelope) => [envelope.seq, envelope]));
    const common = mine.find((message) => isSame(message, theirs.get(message.seq)));
    if (common !== undefined) return { at: common.seq, ord: common.ord, storedAt: common.storedAt, blank };
    below = (mine.at(-1) ?? newest).seq;
  }
  return { ...nothing, blank };
}

/** The same record, not the same message that was sent once more and has got the same seq by chance. */
function isSame({ id, storedAt }: MessageRow, envelope: Envelope | undefined): boolean {
  return envelope !== undefined && envelope.id === id && milliseconds(envelope.stored_at) === storedAt;
}

async function rowsBelow(store: LocalStore, id: ConversationId, below: number): Promise<readonly MessageRow[]> {
  const rows = await store.list('messages', { prefix: [id], before: [id, below], limit: maxPageItems, reverse: true });
  return rows.filter(({ key }) => key.length === 2).map(({ value }) => value as MessageRow);
}

async function recordsUpTo(id: ConversationId, newest: number, ask: Ask): Promise<readonly Envelope[]> {
  const answer = await ask({ type: 'sync', conversation_id: id, before: newest + 1, limit: maxPageItems }).catch(
    (error: unknown) => {
      if (error instanceof ChatError && error.code === 'conversation.denied') return null;
      throw error;
    },
  );
  if (answer === null) return [];
  if (answer.type !== 'messages') throw new ChatError('client.unexpected');
  return answer.items;
}

interface Found {
  readonly id: ConversationId;
  readonly item: Conversation | null;
  readonly common: Common;
}

interface Cut extends Found {
  /** When the newest record that the server still has was stored, of any conversation. */
  readonly from: number;
  readonly epoch: number;
}

/** Forgets everything above `at`, but keeps its messages as leftovers behind it. */
async function cut(draft: Draft, store: LocalStore, { id, item, common, from, epoch }: Cut): Promise<void> {
  const { at, ord } = common;
  const before = draft.conversation(id);
  if (before === null) return;
  const { doubt: _doubt, ...row } = before;
  const leftovers: Leftover[] = [...row.leftovers];
  let last: MessageRow | null = null;
  let state: GroupState = {};
  for await (const { key, value } of everyRow(store, 'messages', id)) {
    const message = value as MessageRow;
    if (key.length !== 2 || message.seq <= at) {
      if (key.length === 2 && message.kind === 'content') last = message;
      if (key.length === 2) state = stateAfter(state, message);
      continue;
    }
    draft.remove('messages', key);
    if (message.kind !== 'content' || message.deletedBy !== undefined) continue;
    const leftover: Leftover = { id: message.id, behind: at, epoch, seq: message.seq };
    if (leftovers.length === limits.maxLeftovers) continue;
    leftovers.push(leftover);
    draft.put('messages', keys.leftover(id, leftover), { ...message, onlyHere: epoch });
  }
  for await (const { key, value } of everyRow(store, 'folds', id))
    if ((value as FoldRow).seq > at) draft.remove('folds', key);
  for await (const { key, value } of everyRow(store, 'places', id))
    if ((value as number) > at) draft.remove('places', key);
  for await (const { key } of everyRow(store, 'hashes', id)) if ((key[1] as number) > at) draft.remove('hashes', key);
  // Nothing that was seen in another epoch is compared.
  for await (const { key } of everyRow(store, 'claims', id)) draft.remove('claims', key);
  for (const waiting of draft.tables.outbox.values()) retarget(draft, waiting, id, at);
  for (const account of draft.tables.marks.get(id)?.keys() ?? []) draft.remove('marks', keys.mark(id, account));
  keepRead(draft, row, common);
  draft.remove('members', keys.members(id));
  // Settings stand by seq as well; those of the account log are read anew.
  if (row.server.kind === 'account')
    for (const key of draft.tables.settings.keys()) draft.remove('settings', keys.setting(key));
  const server = item ?? lost(row.server);
  const { marks: _, ...resource } = { marks: [], ...server };
  draft.setConversation(id, {
    ...withState(row, stateUpTo(row, at, state)),
    server: sameAs(row.server, resource),
    head: resource.head,
    ord: resource.ord,
    ranges: cutAbove(row.ranges, at),
    ...(row.last !== null && row.last.seq > at && { last: lastRow(last), before: null }),
    own: row.own.filter((own) => own <= ord),
    mentions: row.mentions.filter((seq) => seq <= at),
    ticks: { delivered: Math.min(row.ticks.delivered, at), read: Math.min(row.ticks.read, at) },
    pins: row.pins.filter((pin) => pin.seq <= at),
    ...(row.shared && { shared: row.shared.filter((seq) => seq <= at) }),
    floor: Math.min(row.floor, at),
    leftovers,
    ...(leftovers.length > 0 && from > 0 && { restoredFrom: from }),
  });
}

/**
 * Writes again up to where conversations are cleared here, where the settings of the account say less: a restore has lost
 * it. A server never takes one back. For a client that has caught up.
 */
export async function sayCleared(replica: Replica, settings: AccountSettings): Promise<void> {
  for (const [id, { floor, head, server }] of replica.tables.conversations) {
    const isHere = floor > 0 && floor <= head && server.role !== undefined;
    if (isHere && floor > Number(settings.value(clearKey(id)) ?? 0))
      await settings.setValue(clearKey(id), String(floor));
  }
}

/** What a person has read stays read; a server that has forgotten it is told again. */
function keepRead(draft: Draft, row: ConversationRow, { at, ord }: Common): void {
  const id = row.server.conversation_id;
  const read = readOf(row, draft.tables.reads.get(id) ?? null);
  draft.put('marks', keys.read(id), read.seq <= at ? read : { seq: at, ord });
}

/**
 * A conversation that the server does not have: nobody is in it, but a direct one can be opened again. Who was in it has
 * left it, and keeps what is here; who was invited is that no more.
 */
function lost(server: ConversationRow['server']): ConversationRow['server'] {
  const { role, ...rest } = server;
  const nothing = { head: 0, ord: 0, read: 0, read_ord: 0 };
  if (role === undefined) return { ...endPending(rest), ...nothing };
  return { ...rest, ...(server.kind === 'direct' ? { role } : { left_seq: server.head }), ...nothing };
}

/**
 * What waits to be sent and names a seq above `at` would hit another message there: it is rejected. A reply goes alone,
 * and what clears a conversation does so up to there.
 */
function retarget(draft: Draft, row: OutboxRow, id: ConversationId, at: number): void {
  const said = saidOf(row.body);
  if (row.key === clearKey(id) && at > 0) {
    if (Number(row.value) > at) draft.put('outbox', keys.outbox(row), { ...row, value: String(at) });
  } else if (row.error === null && seqsOf(row, id).some((seq) => seq > at))
    draft.put('outbox', keys.outbox(row), { ...row, error: 'message.unknown' });
  else if (said !== null && row.conversation === id && (said.reply_to ?? 0) > at) {
    const { reply_to: _, ...alone } = said;
    draft.put('outbox', keys.outbox(row), { ...row, body: alone });
  }
}

/** Seqs of this conversation that a row is about. */
function seqsOf({ conversation, targets = [], body, key, value }: OutboxRow, id: ConversationId): readonly number[] {
  const [name, of, seq] = key?.split('/') ?? [];
  if (of === id) return name === 'clear' ? [Number(value)] : seq === undefined ? [] : [Number(seq)];
  if (conversation !== id) return [];
  return body !== null && 'target' in body ? [...targets, body.target] : targets;
}

function lastRow(message: MessageRow | null): ConversationRow['last'] {
  if (message === null || message.deletedBy !== undefined) return null;
  const { seq, id, sender, storedAt, body } = message;
  const text = clip(lineText(body), limits.previewCharacters);
  const type = body === null ? 'undecryptable' : body.type === 'file' ? 'file' : 'text';
  return { seq, id, sender, type, text, ...lineFile(body), storedAt };
}

async function* everyRow(
  store: LocalStore,
  table: 'messages' | 'folds' | 'places' | 'hashes' | 'claims',
  id: ConversationId,
) {
  let after: readonly (string | number)[] | undefined;
  for (;;) {
    const rows = await store.list(table, { prefix: [id], limit: limits.loadRows, ...(after && { after }) });
    yield* rows;
    after = rows.at(-1)?.key;
    if (rows.length < limits.loadRows) return;
  }
}

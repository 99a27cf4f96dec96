// Takes one record of a conversation into a draft: opens it, keeps it, folds it under its target, and keeps the
// conversation's row up with it. The same record again changes nothing. [INB]
import type { AccountId, ConversationId, Envelope } from '@parley/protocol';
import { takeClaim, takeHash } from './claims.ts';
import type { Draft } from './draft.ts';
import { isFold } from './fold.ts';
import { stateAfter } from './group-state.ts';
import * as limits from './limits.ts';
import { entersBy, takeListChange, takeNamedEntry } from './list-news.ts';
import { patchMembers, patchServer, readOf, readOwn, remember } from './merge.ts';
import { blankLine, editLine, linesAbove, takeLine, withLines } from './newest-lines.ts';
import type { CryptoProvider, Opened, Opening, Witness } from './ports.ts';
import {
  type ConversationRow,
  type FoldBody,
  keys,
  type MembersRow,
  type MessageRow,
  type SettingRow,
} from './rows.ts';
import { forgetShared, forReader, sharedAfter } from './shared-history.ts';
import { milliseconds } from './time.ts';

/** Where a record stands: `newer` than everything this device had, and whether it counts as coming in. */
export interface Place {
  readonly newer: boolean;
  readonly arrives: boolean;
}

/** Takes the record in. The conversation must be known to the draft. */
export async function takeRecord(
  draft: Draft,
  envelope: Envelope,
  place: Place,
  crypto: CryptoProvider,
  me: AccountId,
): Promise<void> {
  const id = envelope.conversation_id;
  const before = draft.conversation(id);
  if (before === null) return;
  if (envelope.sender === me) draft.confirm(envelope.id, envelope.seq);
  if (envelope.kind === 'setting') return takeSetting(draft, envelope, before, place, crypto);
  const { row, witness, entry } = await openRecord(
    envelope,
    before,
    (await comesAgain(draft, envelope)) ? repeated : crypto,
  );
  await takeHash(draft, envelope);
  takeClaim(draft, row, witness);
  if (place.arrives) takeNamedEntry(draft, row, entry);
  takeRow(draft, envelope, row, before, me);
  takeMembers(draft, envelope, me, crypto.membership !== null);
  if (envelope.kind === 'delete') await takeDelete(draft, envelope);
  else if (envelope.kind === 'quiet' && isFold(row.body)) await takeFold(draft, row, row.body);
  else if (isKept(row)) {
    const mine = forReader(row, me);
    draft.setMessage(mine);
    takeShared(draft, mine);
    if (row.deletedBy !== undefined) await forgetFolds(draft, id, row.seq);
    takeLine(draft, row);
    // Below what was here its edits may have come before it.
    if (!place.newer) await editLine(draft, id, row.seq);
  }
  const waitsFor = row.sealed?.session ?? null;
  if (waitsFor !== null) draft.put('unopened', keys.unopened(id, waitsFor, row.seq), 1);
  if (envelope.kind === 'content' && place.arrives && row.sealed === undefined) draft.arrived.push(row);
  if (envelope.kind === 'content' && place.newer && envelope.sender !== me)
    draft.aftermath.deliver.set(id, envelope.seq);
}

/** What comes again is another record with the ciphertext of an earlier one. */
const repeated: Pick<CryptoProvider, 'open'> = {
  open: async () => ({ body: null, reason: 'altered', session: null }),
};

/** A sealed message stands in one place, the first in which it was seen. */
async function comesAgain(draft: Draft, { conversation_id, id, seq, format }: Envelope): Promise<boolean> {
  if (format !== 'sealed') return false;
  const place = await draft.placeOf(conversation_id, id);
  if (place === null) draft.setPlace(conversation_id, id, seq);
  return place !== null && place !== seq;
}

/** A record as it is kept. What cannot be read, for whatever reason, is a placeholder and never stops the others. */
async function openRecord(
  envelope: Envelope,
  conversation: ConversationRow,
  crypto: Pick<CryptoProvider, 'open'>,
): Promise<{ readonly row: MessageRow; readonly witness: Witness | null; readonly entry: string | null }> {
  const { content, format = 'text', conversation_id: id } = envelope;
  const gone = envelope.deleted_by !== undefined;
  const { kind } = conversation.server;
  const { sender, device = null, expires_at } = envelope;
  const goes = expires_at !== undefined && { expiresAt: milliseconds(expires_at) };
  const opened =
    content === undefined || gone
      ? null
      : await crypto.open({ conversation: id, kind, id: envelope.id, sender, device, content, format, ...goes });
  const sealed =
    content !== undefined && opened?.body === null
      ? { content, format, reason: opened.reason, session: opened.session }
      : undefined;
  const row: MessageRow = {
    conversation: id,
    seq: envelope.seq,
    ord: envelope.ord,
    id: envelope.id,
    sender: envelope.sender,
    kind: envelope.kind,
    lamport: envelope.lamport,
    storedAt: milliseconds(envelope.stored_at),
    timestamp: milliseconds(envelope.timestamp),
    body: opened?.body ?? null,
    ...(envelope.device && { device: envelope.device }),
    ...(sealed && { sealed }),
    ...(envelope.mentions && !gone && { mentions: envelope.mentions }),
    ...(envelope.seconds !== undefined && { seconds: envelope.seconds }),
    ...(envelope.change && { change: envelope.change }),
    ...(envelope.expires_at && { expiresAt: milliseconds(envelope.expires_at) }),
    ...(gone && { deletedBy: envelope.deleted_by as number }),
    ...(envelope.request && { request: true as const }),
  };
  const { witness = null, entry = null } = opened?.body ? opened : {};
  return { row, witness, entry };
}

/** What is to be opened of a message that waits for a key. Null: it waits for none. */
export function openingOf(draft: Draft, row: MessageRow): Opening | null {
  const { sealed, conversation: id, sender, device = null } = row;
  const kind = draft.conversation(id)?.server.kind;
  if (sealed === undefined || sealed.session === null || kind === undefined) return null;
  const { content, format } = sealed;
  const goes = row.expiresAt !== undefined && { expiresAt: row.expiresAt };
  return { conversation: id, kind, id: row.id, sender, device, content, format, ...goes };
}

/** Takes in a message that could not be opened before, as it was opened now. Nothing, when it still could not be. */
export async function takeOpened(draft: Draft, row: MessageRow, opened: Opened): Promise<void> {
  const { conversation: id } = row;
  if (opened.body === null) return;
  const { sealed: _, ...rest } = row;
  const message: MessageRow = { ...rest, body: opened.body };
  forgetSealed(draft, row);
  takeClaim(draft, message, opened.witness);
  takeNamedEntry(draft, message, opened.entry);
  if (message.kind === 'quiet' && isFold(message.body)) {
    draft.removeMessage(row);
    return takeFold(draft, message, message.body);
  }
  const mine = forReader(message, draft.tables.fact('me')?.account ?? null);
  draft.setMessage(mine);
  takeShared(draft, mine);
  const conversation = draft.conversation(id);
  if (conversation === null) return;
  draft.setConversation(id, { ...conversation, ...stateAfter(conversation, message, draft.members(id)) });
  wantList(draft, message);
  takeLine(draft, message);
  await editLine(draft, id, row.seq);
  if (message.kind === 'content') draft.arrived.push(message);
}

/** It waits for no key any more. */
function forgetSealed(draft: Draft, { conversation, seq, sealed }: MessageRow): void {
  const waitsFor = sealed?.session ?? null;
  if (waitsFor !== null) draft.remove('unopened', keys.unopened(conversation, waitsFor, seq));
}

/** The conversation after this record. What one writes oneself where one has read all of the others is read, too. */
function takeRow(draft: Draft, envelope: Envelope, message: MessageRow, before: ConversationRow, me: AccountId): void {
  const id = envelope.conversation_id;
  const read = draft.tables.reads.get(id) ?? null;
  const members = draft.members(id);
  const row = advance(forgetLeftover(draft, before, envelope), envelope, message, { me, members });
  wantList(draft, message);
  const isOwn = envelope.kind === 'content' && envelope.sender === me && envelope.ord > readOf(row, read).ord;
  const after = isOwn ? readOwn(row, read, envelope) : row;
  draft.setConversation(id, after);
  if (after.server.read > row.server.read) draft.aftermath.read.set(id, after.server.read);
}

/** What is said of how a group stands counts by its member list. */
function wantList(draft: Draft, { conversation: id, body }: MessageRow): void {
  const isGroup = draft.conversation(id)?.server.kind === 'group';
  if (isGroup && body?.type === 'state' && draft.members(id) === null) draft.aftermath.members.add(id);
}

/** Head, order and trackers of the conversation after this record. */
function advance(
  row: ConversationRow,
  envelope: Envelope,
  message: MessageRow,
  { me, members }: { readonly me: AccountId; readonly members: MembersRow | null },
): ConversationRow {
  const counts = envelope.kind === 'content';
  const mentioned = counts && message.mentions?.includes(me) === true && envelope.sender !== me;
  return {
    ...row,
    server: patchServer(row, envelope, me),
    head: Math.max(row.head, envelope.seq),
    ord: Math.max(row.ord, envelope.ord),
    lamport: Math.max(row.lamport, envelope.lamport),
    mentions: mentioned ? remember(row.mentions, envelope.seq, limits.maxTrackedMentions) : row.mentions,
    ...stateAfter(row, message, members),
  };
}

function isKept(row: MessageRow): boolean {
  if (row.sealed !== undefined || row.deletedBy !== undefined) return true;
  if (row.kind === 'content' || row.kind === 'timer' || row.kind === 'members') return true;
  return row.body?.type === 'state' || row.body?.type === 'shared';
}

function takeMembers(draft: Draft, envelope: Envelope, me: AccountId, isSigned: boolean): void {
  const { conversation_id: id, change } = envelope;
  const kind = draft.conversation(id)?.server.kind;
  const server = draft.conversation(id)?.server;
  if (server?.peer !== undefined && !server.contact) draft.aftermath.changes = true;
  if (change === undefined || kind === 'account') return;
  if (change.action === 'settings' || change.action === 'create') draft.aftermath.changes = true;
  if (kind !== 'group') return;
  if (isSigned) {
    takeListChange(draft, envelope, change, me);
    return;
  }
  const members = draft.members(id);
  if (members === null) {
    // A list that was denied to who was not in it can be read now.
    if (entersBy(change, envelope.sender) === me) draft.aftermath.members.add(id);
    return;
  }
  const next = patchMembers(members, envelope);
  if (next === null) draft.aftermath.members.add(id);
  else if (next !== members) draft.setMembers(id, next);
}

/** An edit, reaction, vote or pin: kept under its target. */
async function takeFold(draft: Draft, message: MessageRow, body: FoldBody): Promise<void> {
  const { conversation: id, seq, sender, storedAt } = message;
  const isGone = (await draft.message(id, body.target))?.deletedBy !== undefined;
  // What was done to a message goes with it, whichever of the two comes first.
  if (!isGone) draft.put('folds', keys.fold(id, body.target, seq), { seq, id: message.id, sender, storedAt, body });
  const row = draft.conversation(id);
  if (row === null) return;
  if (body.type === 'pin' && !row.pins.some((pin) => pin.seq === seq)) {
    const pins = [...row.pins, { seq, target: body.target, pinned: body.pinned }].sort((a, b) => a.seq - b.seq);
    draft.setConversation(id, { ...row, pins: pins.slice(-limits.maxTrackedPins) });
  }
  if (body.type === 'edit') await editLine(draft, id, body.target);
}

/** The server has checked the right to delete; here the content goes. */
async function takeDelete(draft: Draft, envelope: Envelope): Promise<void> {
  const { conversation_id: id, targets = [] } = envelope;
  for (const target of targets) await takeBlank(draft, id, target, envelope.seq);
  await forgetShared(draft, id, targets);
}

/** The content of a message is gone, and with it everything that was done to it. */
export async function takeBlank(draft: Draft, id: ConversationId, seq: number, by: number): Promise<void> {
  const row = await draft.message(id, seq);
  if (row !== null && row.deletedBy === undefined) blank(draft, row, by);
  await forgetFolds(draft, id, seq);
}

/** Where earlier messages were shared with this account. */
function takeShared(draft: Draft, row: MessageRow): void {
  const conversation = draft.conversation(row.conversation);
  if (conversation === null || row.body?.type !== 'shared') return;
  const shared = sharedAfter(conversation, row);
  if (shared !== undefined) draft.setConversation(row.conversation, { ...conversation, shared });
}

async function forgetFolds(draft: Draft, id: ConversationId, seq: number): Promise<void> {
  for (const key of await draft.foldKeys(id, seq)) draft.remove('folds', key);
}

/** Replaces a message by an empty one. `by`: the delete's seq, 0 when it expired. */
export function blank(draft: Draft, row: MessageRow, by: number): void {
  const { body: _body, sealed: _sealed, mentions: _mentions, ...rest } = row;
  forgetSealed(draft, row);
  // The sender's time goes with the content, for a device that never saw it too.
  draft.setMessage({ ...rest, body: null, deletedBy: by, timestamp: row.storedAt });
  const conversation = draft.conversation(row.conversation);
  if (conversation === null) return;
  const mentions = conversation.mentions.filter((seq) => seq !== row.seq);
  draft.setConversation(row.conversation, { ...conversation, mentions });
  blankLine(draft, row, by === 0);
}

async function takeSetting(
  draft: Draft,
  envelope: Envelope,
  row: ConversationRow,
  place: Place,
  crypto: CryptoProvider,
): Promise<void> {
  const { key, value = '', seq } = envelope;
  draft.setConversation(envelope.conversation_id, {
    ...row,
    head: Math.max(row.head, seq),
    lamport: Math.max(row.lamport, envelope.lamport),
  });
  // Holes are below settings that were read whole: a value from there is an old one, or is here already.
  if (key !== undefined && place.newer) await takeSettingValue(draft, { key, value, seq }, crypto);
}

/** The last record of a key wins, by seq. An empty value stays as a mark of its seq. */
export async function takeSettingValue(draft: Draft, setting: SettingRow, crypto: CryptoProvider): Promise<void> {
  const { key, value, seq } = setting;
  const before = draft.setting(key);
  if (before !== null && before.seq >= seq) return;
  if (value !== '' && crypto.sealsSetting(key))
    await openSettingOf(draft, { key, value: '', seq, sealed: value }, crypto);
  else draft.setSetting(setting);
  const [kind, id] = key.split('/');
  if (kind === 'clear') await takeClear(draft, id as ConversationId, Number(value));
}

/** What cannot be opened counts as empty, and is kept sealed until it can. */
export async function openSettingOf(draft: Draft, setting: SettingRow, crypto: CryptoProvider): Promise<void> {
  const { key, seq, sealed = '' } = setting;
  const value = await crypto.openSetting(key, sealed);
  draft.setSetting(value === null ? setting : { key, value, seq });
}

/** Everything up to `floor` is hidden for this account: it goes from this device. */
async function takeClear(draft: Draft, id: ConversationId, floor: number): Promise<void> {
  const row = draft.conversation(id);
  if (row === null || !(floor > row.floor)) return;
  const cleared = withLines(row, linesAbove(row, floor));
  draft.setConversation(id, { ...cleared, floor, mentions: row.mentions.filter((seq) => seq > floor) });
  // How a group stands is not what was said in it, and its picture stands in its record.
  const states = new Set([...(row.titles ?? []), ...(row.pictures ?? [])].map(({ at }) => at));
  for await (const { table, key } of draft.everyKeyUpTo(id, floor))
    if (table !== 'messages' || key.length !== 2 || !states.has(key[1] as number)) draft.remove(table, key);
}

/** A message that was left over from before a restore has come back. */
function forgetLeftover(draft: Draft, row: ConversationRow, envelope: Envelope): ConversationRow {
  const leftover = row.leftovers.find((one) => one.id === envelope.id);
  if (leftover === undefined) return row;
  draft.remove('messages', keys.leftover(envelope.conversation_id, leftover));
  return { ...row, leftovers: row.leftovers.filter((one) => one !== leftover) };
}

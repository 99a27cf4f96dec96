// Tells whoever comes into a group how it stands: its title, pins and picture are in its messages, and newcomers cannot read the
// old ones. Whoever brings somebody in does that at once. Of those who come by themselves the owner's leading client
// tells, and where nobody has done so by then, whoever is the next to write something; who leads the group does so, too,
// where only others have, as a title counts from nobody else. It must never say what it is not sure of. [ENC]
import type { ConversationId, PictureBody, StateBody } from '@parley/protocol';
import { stateKey } from '@parley/protocol/settings';
import { inBackground } from './background.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { pictureOf } from './group-picture.ts';
import { owesState, stateAgain, stateWith } from './group-state.ts';
import type { LocalWrite } from './ports.ts';
import { rangeAt } from './ranges.ts';
import { type ConversationRow, keys, type MembersRow, type MessageRow, type OutboxRow } from './rows.ts';
import { placesOf } from './state-places.ts';
import type { ConversationView } from './views.ts';

/** Follows those who come, and what this client's people write. Resolves never: it ends with the replica. */
export function tellNewcomers(core: Core): void {
  /** Being said, and not kept yet. */
  const saying = new Set<ConversationId>();
  core.replica.onBatch(({ writes }) => {
    if (core.leader === null) return;
    for (const id of askedBy(core, writes)) {
      if (saying.has(id) || !owes(core, id)) continue;
      saying.add(id);
      // What cannot be kept now is said with the next one who comes, or the next message.
      const said = tellState(core, id).catch(() => {});
      inBackground(said.then(() => void saying.delete(id)));
    }
  });
}

/** Says how a group stands once more, as far as it is known here. */
export async function tellState(core: Core, id: ConversationId): Promise<void> {
  const row = core.replica.tables.conversations.get(id);
  const body = row?.server.kind === 'group' ? stateAgain(row, listOf(core, id), await pictureAgain(core, row)) : null;
  if (body !== null) await core.enqueue(id, { kind: 'quiet', body });
}

/** The picture, if no newer one can have been missed here. */
async function pictureAgain({ replica: { tables, store } }: Core, row: ConversationRow): Promise<PictureBody | null> {
  const { conversation_id: id } = row.server;
  const place = pictureOf(row, tables.members.get(id));
  if (place === null) return null;
  const { at, seq: of } = place;
  const isNewest = placesOf(tables.settings.get(stateKey(id))?.value).picture === at;
  if (!isNewest && (rangeAt(row.ranges, at)?.[1] ?? 0) < row.head) return null;
  const { body = null } = ((await store.get('messages', keys.message(id, at))) ?? {}) as Partial<MessageRow>;
  return body?.type === 'state' && body.picture ? { ...body.picture, of } : null;
}

/** How a group stands with a change; null where there is no group. */
export function nextState(core: Core, id: ConversationId, change: Parameters<typeof stateWith>[2]): StateBody | null {
  const { conversations, outboxOf } = core.replica.tables;
  const row = conversations.get(id);
  return row === undefined ? null : stateWith(row, outboxOf.get(id)?.values() ?? [], change, listOf(core, id));
}

/** How a group stands with another title. Of who does not lead it nobody would believe it. */
export function titledState(core: Core, { id, role }: ConversationView, title: string): StateBody | null {
  if (role !== 'owner' && role !== 'admin') throw new ChatError('conversation.role');
  return nextState(core, id, { title });
}

/** Groups in which this client may have to speak now. */
function askedBy({ replica: { tables } }: Core, writes: readonly LocalWrite[]): ReadonlySet<ConversationId> {
  const ids = new Set<ConversationId>();
  for (const write of writes) {
    if ('remove' in write) continue;
    // With its list it is known what it is called.
    const isChanged = write.table === 'conversations' || write.table === 'members';
    if (isChanged && isOwners(tables.conversations.get(idOf(write)))) ids.add(idOf(write));
    else if (write.table === 'outbox' && (write.value as OutboxRow).kind === 'content') ids.add(idOf(write));
  }
  return ids;
}

/** Somebody has come into an own group without anybody who would tell them. */
function isOwners(row: ConversationRow | undefined): boolean {
  return row?.server.role === 'owner' && row.came?.alone === true;
}

function owes(core: Core, id: ConversationId): boolean {
  const { conversations, outboxOf, settings } = core.replica.tables;
  const row = conversations.get(id);
  const listed = placesOf(settings.get(stateKey(id))?.value).state;
  const known = { members: listOf(core, id), listed, me: core.me };
  return row !== undefined && owesState(row, outboxOf.get(id)?.values() ?? [], known);
}

function listOf({ replica }: Core, id: ConversationId): MembersRow | undefined {
  return replica.tables.members.get(id);
}

function idOf({ key }: LocalWrite): ConversationId {
  return key[0] as ConversationId;
}

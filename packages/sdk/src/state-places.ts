// Where a group says how it stands, for the own devices that come later: the newest snapshot, and the record with the
// picture or the title, may lie far above the page with which they begin. The leading client keeps their seqs in a sealed setting of the account, so the server is not
// told which records these are, and only where a new device would not find it by itself. It ends with the membership. [ENC]
import type { ConversationId } from '@parley/protocol';
import { stateKey } from '@parley/protocol/settings';
import { inBackground } from './background.ts';
import type { Core } from './core.ts';
import { pictureOf } from './group-picture.ts';
import { type StatePlaces, stateSeq } from './group-state.ts';
import { titleOf } from './group-title.ts';
import * as limits from './limits.ts';
import type { LocalWrite } from './ports.ts';
import type { ConversationRow, MembersRow } from './rows.ts';
import type { AccountSettings } from './settings.ts';

const prefix = stateKey('' as ConversationId);
const isSeq = /^[1-9][0-9]{0,14}$/;

/** Follows the conversations. Resolves never: it ends with the replica. */
export function keepStatePlaces(core: Core, settings: AccountSettings): void {
  /** Being written, and not kept yet. */
  const writing = new Set<ConversationId>();
  core.replica.onBatch(({ writes }) => {
    if (core.leader === null || !canSeal(core)) return;
    for (const [id, row] of groupsIn(writes)) {
      const listed = placesOf(settings.value(stateKey(id)));
      const value = wanted(row, placesHere(row, core.replica.tables.members.get(id)), listed, () => hasRoom(core));
      if (value === null || writing.has(id)) continue;
      writing.add(id);
      // What cannot be kept now is kept with the next record.
      const kept = settings.setValue(stateKey(id), value).catch(() => {});
      inBackground(kept.then(() => void writing.delete(id)));
    }
  });
}

/** Where this device has found them. */
function placesHere(row: ConversationRow, members: MembersRow | undefined): StatePlaces {
  const [state, title] = [stateSeq(row, members), titleOf(row, members)?.at ?? 0];
  return { state, picture: pictureOf(row, members)?.at ?? 0, title: title === state ? 0 : title };
}

/** Groups of which the own devices have said where to look. */
export function placesIn(writes: readonly LocalWrite[]): readonly ConversationId[] {
  return writes.flatMap(({ table, key: [name] }) =>
    table === 'settings' && typeof name === 'string' && name.startsWith(prefix)
      ? [name.slice(prefix.length) as ConversationId]
      : [],
  );
}

/** `7 5 3`: the snapshot is at 7, the picture at 5, the title at 3; what is not there is 0, and left out at the end. */
export function placesOf(value: string | null | undefined): StatePlaces {
  const seqs = (value ?? '').split(' ').map((seq) => (isSeq.test(seq) ? Number(seq) : 0));
  const [state = 0, picture = 0, title = 0] = seqs;
  return { state, picture, title };
}

/** What is to be written; null: nothing. */
function wanted(row: ConversationRow, here: StatePlaces, listed: StatePlaces, hasRoom: () => boolean): string | null {
  const isListed = listed.state > 0 || listed.picture > 0 || listed.title > 0;
  if (row.server.role === undefined) return isListed ? '' : null;
  const isFar = (seq: number) => row.head - seq >= limits.windowRows;
  const newer = (seq: number, before: number) => (seq > before && isFar(seq) ? seq : before);
  const state = newer(here.state, listed.state);
  const picture = newer(here.picture, listed.picture);
  const title = newer(here.title, listed.title);
  const isNews = state > listed.state || picture > listed.picture || title > listed.title;
  const value = `${state} ${picture} ${title}`.replace(/( 0)+$/, '');
  return isNews && (isListed || hasRoom()) ? value : null;
}

/** While the vault is closed here nothing is sealed, and nobody is to wait for it. */
function canSeal({ host: { crypto } }: Core): boolean {
  return crypto.desk === null || crypto.desk.snapshot.recovery !== 'none';
}

function hasRoom({ replica: { tables } }: Core): boolean {
  let count = 0;
  for (const [key, { value }] of tables.settings) if (key.startsWith(prefix) && value !== '') count++;
  return count < limits.maxStatePlaces;
}

function groupsIn(writes: readonly LocalWrite[]): ReadonlyMap<ConversationId, ConversationRow> {
  const rows = new Map<ConversationId, ConversationRow>();
  for (const write of writes) {
    if (write.table !== 'conversations' || 'remove' in write) continue;
    const row = write.value as ConversationRow;
    if (row.server.kind === 'group') rows.set(row.server.conversation_id, row);
  }
  return rows;
}

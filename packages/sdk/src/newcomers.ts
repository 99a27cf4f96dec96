// Tells whoever comes into a group by themselves what it is called: its title is in its messages, and newcomers cannot
// read the old ones. One account does that, the owner, by its leading client; it must never say a title anew that was
// said after somebody came.
import type { ConversationId } from '@parley/protocol';
import { inBackground } from './background.ts';
import type { Core } from './core.ts';
import type { LocalWrite } from './ports.ts';
import type { MessageRow } from './rows.ts';

/** Follows the records of those who join. Resolves never: it ends with the replica. */
export function tellNewcomers(core: Core): void {
  core.replica.onBatch(({ writes }) => {
    if (core.leader === null) return;
    for (const [id, seq] of newestJoins(writes)) tellTitle(core, id, seq);
  });
}

function newestJoins(writes: readonly LocalWrite[]): ReadonlyMap<ConversationId, number> {
  const joins = new Map<ConversationId, number>();
  for (const write of writes) {
    if (write.table !== 'messages' || 'remove' in write) continue;
    const { conversation, change, seq, onlyHere } = write.value as MessageRow;
    if (change?.action === 'join' && onlyHere === undefined)
      joins.set(conversation, Math.max(seq, joins.get(conversation) ?? 0));
  }
  return joins;
}

function tellTitle(core: Core, id: ConversationId, joinedSeq: number): void {
  const { conversations, outboxOf } = core.replica.tables;
  const row = conversations.get(id);
  if (row?.server.kind !== 'group' || row.server.role !== 'owner') return;
  if (row.title === null || row.title.seq > joinedSeq) return;
  // A title that waits to be sent will come after them.
  if ([...(outboxOf.get(id)?.values() ?? [])].some(({ body }) => body?.type === 'state')) return;
  const said = core.enqueue(id, { kind: 'quiet', body: { type: 'state', title: row.title.text } });
  // What cannot be kept now is said with the next one who comes.
  inBackground(said.catch(() => null));
}

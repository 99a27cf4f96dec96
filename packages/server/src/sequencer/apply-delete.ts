// Deleting for everyone: the right is checked for each target, then all are blanked in one record, or none.
// Pure. A blanked row keeps its place, its header and a hash of ciphertext; it must never keep a byte of content.
import type { AccountId, ErrorCode, Role } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { Entry } from '../log/log.ts';
import { blank } from '../store/blank.ts';
import type { ConversationRow, MessageRow, Write } from '../store/store.ts';
import { extendTail, place } from './place.ts';
import type { MessageRecord } from './record.ts';
import { isAdmin } from './roles.ts';
import { type Effects, none, type View } from './view.ts';

/** The effects of a delete, or why it is rejected. */
export function applyDelete(
  view: View,
  entry: Entry,
  record: MessageRecord,
  { state, role }: { readonly state: ConversationRow; readonly role: Role },
): Effects | ErrorCode {
  if (record.targets.length === 0 || record.targets.length > limits.maxDeleteTargets) return 'frame.invalid';
  const deletedBy = state.seq + 1;
  const targets: MessageRow[] = [];
  for (const seq of new Set(record.targets)) {
    const target = seq <= state.seq ? view.message(state.conversation, seq) : undefined;
    const refusal = mayDelete(entry, record, target, { state, role });
    if (refusal !== null) return refusal;
    if (target !== undefined) targets.push(target);
  }
  const blanked = targets
    .filter((target) => target.deletedBy === null)
    .map((target): Write => ({ table: 'messages', row: blank(target, deletedBy) }));
  const tail = extendTail(record.tail, `"targets":[${record.targets.join(',')}]`);
  const told = { ...record, hiddenFrom: hiddenFromAll(targets) };
  return place(view.logId, entry, told, state, { kind: 'delete', tail }, { others: blanked });
}

/** Own ones within 48 hours of append time; administrators of a group or room any, at any time. */
function mayDelete(
  entry: Entry,
  record: MessageRecord,
  target: MessageRow | undefined,
  { state, role }: { readonly state: ConversationRow; readonly role: Role },
): ErrorCode | null {
  if (target === undefined || (target.kind !== 'content' && target.kind !== 'quiet')) return 'message.unknown';
  if (state.kind !== 'direct' && isAdmin(role)) return null;
  if (target.sender !== record.sender) return 'conversation.role';
  return entry.time - target.time > limits.deleteWindowMs ? 'message.too_late' : null;
}

/** Who never got any of it. Whoever has some of it hears of its end, also who has blocked the sender since. */
function hiddenFromAll([first, ...others]: readonly MessageRow[]): readonly AccountId[] {
  if (first === undefined || first.hiddenFrom.length === 0) return none;
  return first.hiddenFrom.filter((account) => others.every((other) => other.hiddenFrom.includes(account)));
}

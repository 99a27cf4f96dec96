// What the store means to one timeline: which writes change what it shows, and how it is read once more when some were
// never told, because who led kept them and was gone. What is shown stays until then; what is written meanwhile counts.
import type { ConversationId } from '@parley/protocol';
import * as limits from './limits.ts';
import type { LocalStore, LocalWrite } from './ports.ts';
import type { OutboxRow } from './rows.ts';
import { readDown, readFolds } from './timeline-rows.ts';
import type { Window } from './window.ts';

/** Tables of which nothing is shown in a timeline. */
const unseen: readonly LocalWrite['table'][] = ['expiries', 'accounts', 'facts', 'hashes', 'claims'];

/** Does this write change something in this conversation's timeline? */
export function touches(write: LocalWrite, id: ConversationId): boolean {
  if (write.table === 'settings') return String(write.key[0]).includes(id);
  // A setting on its way stands under the account log; whom it concerns is in its key.
  if (write.table === 'outbox' && !('remove' in write) && (write.value as OutboxRow).key?.includes(id)) return true;
  return !unseen.includes(write.table) && write.key[0] === id;
}

/** Resolves when the window has what the store has. */
export async function readAnew<View>(window: Window<View>, store: LocalStore, id: ConversationId): Promise<void> {
  const at = { from: window.from, to: window.to, limit: limits.maxWindowRows };
  window.reading();
  try {
    const rows = await readDown(store, id, at);
    const from = rows.length < at.limit ? at.from : Math.min(...rows.map((row) => row.behind ?? row.seq));
    const folds = await readFolds(store, id, { from, to: at.to });
    window.reset(from, Math.max(at.to, window.to));
    window.take(rows, folds, { from });
  } catch (error) {
    window.readNothing();
    throw error;
  }
}

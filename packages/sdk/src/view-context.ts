// What a view of a message needs to know beside its row, gathered from the tables. One place for timelines,
// history and everything else that shows messages.
import type { AccountId, ConversationId } from '@parley/protocol';
import { type Fold, foldOfOutbox } from './fold.ts';
import { leadsAt } from './group-leads.ts';
import { pinsShown } from './group-state.ts';
import type { ViewContext } from './message-view.ts';
import type { Replica } from './replica.ts';
import type { ReplyView } from './views.ts';

/** Who looks, and at what. */
export interface Viewer {
  readonly me: AccountId;
  readonly replica: Replica;
  readonly settings: {
    value(key: string): string | null;
    starred(conversation: ConversationId, seq: number): boolean;
    hidden(conversation: ConversationId, seq: number): boolean;
  };
}

/** The context of one conversation; null when it is not (or no longer) here. */
export function viewContext(
  viewer: Viewer,
  id: ConversationId,
  parts: { readonly folds: (seq: number) => readonly Fold[]; readonly quote: (seq: number) => ReplyView },
): ViewContext | null {
  const { me, settings, replica } = viewer;
  const conversation = replica.tables.conversations.get(id);
  if (conversation === undefined) return null;
  const pending = new Map<number, Fold[]>();
  const pinning = new Map<number, boolean>();
  const deleting = new Set<number>();
  const waiting = [...(replica.tables.outboxOf.get(id)?.values() ?? [])];
  for (const row of waiting) {
    const fold = foldOfOutbox(row, me);
    if (fold !== null) pending.set(fold.target, [...(pending.get(fold.target) ?? []), fold.fold]);
    if (fold?.fold.body.type === 'pin') pinning.set(fold.target, fold.fold.body.pinned);
    if (row.kind === 'delete' && row.error === null) for (const seq of row.targets ?? []) deleting.add(seq);
  }
  const members = replica.tables.members.get(id);
  const pinned = pinsShown(conversation, waiting);
  return {
    me,
    conversation,
    folds: (seq) => [...parts.folds(seq), ...(pending.get(seq) ?? [])],
    quote: parts.quote,
    starred: (seq) => settings.starred(id, seq),
    pinned: (seq) => pinning.get(seq) ?? pinned.includes(seq),
    led: (account, seq) => leadsAt(members, account, seq),
    deleting: (seq) => deleting.has(seq),
  };
}

// Watermarks between gateways: where several keep them, what one raises is said over the bus, and what was missed is read
// again. In one process change counters move at once, and the bus is not asked. [CLU8]
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { ChangeCounters } from './change-counters.ts';
import type { Mark, Marks } from './marks.ts';

/** Moves the change counters of these accounts: this mark rose, or (null) several in a group. */
export type Moved = (conversation: ConversationId, accounts: readonly AccountId[], mark: Mark | null) => void;

/** In one process. */
export function movedHere(counters: ChangeCounters): Moved {
  return (_conversation, accounts) => {
    for (const account of accounts) counters.moved(account);
  };
}

/** Says it to all gateways, this one included. */
export function movedEverywhere(bus: Bus): Moved {
  return (conversation, accounts, mark) =>
    bus.publish({ type: 'marks', conversation, accounts, mark: rowOf(conversation, mark) });
}

/** Hears what the gateways say, until the returned function is called. */
export function hearMarks(bus: Bus, marks: Marks, counters: ChangeCounters): () => void {
  return bus.subscribe((hint) => {
    if (hint.type === 'marks') {
      if (hint.mark === null) marks.distrust(hint.conversation);
      else marks.heard(hint.mark);
      for (const account of hint.accounts) counters.moved(account);
    } else if (hint.type === 'changed') for (const account of hint.accounts) counters.moved(account);
    else if (hint.type === 'resync') marks.distrust(null);
  });
}

function rowOf(conversation: ConversationId, mark: Mark | null) {
  if (mark === null) return null;
  const { account, delivered, read, deliveredChange, readChange } = mark;
  return { conversation, account, delivered, read, change: Math.max(deliveredChange, readChange) };
}

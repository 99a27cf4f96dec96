// The use cases of messages, built once for a node: what its sockets and its REST routes share. It promises that `close`
// leaves no watermark behind that the store would have taken.
import type { AccountId } from '@parley/protocol';
import type { FrameHandlers } from '../kernel/frame-handlers.ts';
import { Acquaintances } from './acquaintances.ts';
import { Appender } from './append.ts';
import { ChangeCounters } from './change-counters.ts';
import { createChanges } from './changes.ts';
import { type ConversationViews, createConversationView } from './conversation-view.ts';
import { createFrameHandlers } from './frames.ts';
import { createHistory } from './history.ts';
import { MarkWriter } from './mark-writer.ts';
import { Marks, sharedMarks } from './marks.ts';
import { hearMarks, MarksEverywhere, movedHere, nothingTold } from './marks-between.ts';
import type { MessagesParts } from './parts.ts';
import { createPresenceOf, tellPresence } from './presence.ts';
import { ReceiptTeller } from './receipt-teller.ts';
import { createReceipts } from './receipts.ts';
import { createSend } from './send.ts';
import { Settings } from './settings.ts';
import { createTyping } from './typing.ts';

/** The parts, and what is built from them. */
export interface Messages extends MessagesParts {
  readonly frames: FrameHandlers;
  readonly send: ReturnType<typeof createSend>;
  readonly history: ReturnType<typeof createHistory>;
  readonly settings: Settings;
  readonly appender: Appender;
  readonly views: ConversationViews;
  readonly acquaintances: Acquaintances;
  /** Hints for these accounts (null: for anybody) may have been lost: their change counters move. */
  moved(accounts: Iterable<AccountId> | null): void;
  /** Writes what waits, and stops. */
  close(): Promise<void>;
}

/** Builds the use cases. */
export function createMessages(parts: MessagesParts): Messages {
  const { log, sequencer, bus, clock, epoch } = parts;
  const { rows } = sequencer;
  const settings = new Settings(rows, bus, clock);
  const marks = new Marks(rows, clock, parts.here && sharedMarks(parts.here));
  const counters = new ChangeCounters();
  const everywhere = parts.here ? new MarksEverywhere(bus, clock.steady) : null;
  const moved = everywhere?.moved ?? movedHere(counters);
  const stopHearing = parts.here ? hearMarks(bus, marks, counters) : () => {};
  const shared = { ...parts, rows, settings, marks, counters, moved, positions: sequencer.positions };
  const views = createConversationView(shared);
  const writer = new MarkWriter({ ...shared, told: () => everywhere?.take() ?? nothingTold });
  const teller = new ReceiptTeller(shared);
  const send = createSend(parts, settings);
  const history = createHistory(rows, settings, clock);
  const frames = createFrameHandlers({
    ...shared,
    send,
    history,
    changes: createChanges({ ...shared, views, origin: () => `${epoch()}.${log.id}` }),
    receipts: createReceipts({ ...shared, teller, rose: () => writer.note() }),
    typing: createTyping(shared),
    presenceOf: createPresenceOf(shared),
  });
  const stopFollowing = sequencer.follow((heard) => {
    counters.heard(heard);
    if (heard.settingsOf !== null) settings.changed(heard.settingsOf);
  });
  const stopTelling = tellPresence(shared);
  return {
    ...parts,
    frames,
    send,
    history,
    settings,
    appender: new Appender(parts),
    views,
    acquaintances: new Acquaintances(rows),
    moved(accounts) {
      if (accounts === null) counters.allMoved();
      else for (const account of accounts) counters.moved(account);
    },
    async close() {
      stopTelling();
      stopFollowing();
      stopHearing();
      teller.close();
      settings.close();
      await writer.close();
    },
  };
}

// Rows of a gateway over a store in memory that can be down, silent or behind, and the hints that come to it.
import type { Hint } from '../bus/bus.ts';
import { firstShownLookMs, maxShownLooks } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Here } from '../messages/parts.ts';
import { HandClock } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { accountId, conversationRow, put } from '../store/sample-rows.ts';
import type { ConversationRow } from '../store/store.ts';
import { RemoteRows } from './remote-rows.ts';

export type Envelope = Extract<Hint, { type: 'envelope' }>;

export const group = conversationRow(1, { kind: 'group', seq: 4, ord: 3, memberN: 2 });
export const { conversation } = group;

export function envelope(seq: number, over: Partial<Envelope> = {}): Envelope {
  const after = { ord: seq, lamport: seq + 1, time: 1_000 + seq, offset: 70 + seq };
  return {
    type: 'envelope',
    ...{ conversation, seq, memberN: 2, sender: accountId(1), counts: true, recipients: [accountId(1)], after },
    joined: [],
    left: [],
    frame: new Uint8Array(0),
    ...over,
  };
}

/** One member of every conversation, who comes and goes. */
export class Somebody implements Here {
  comings = 1;
  #isHere = true;

  /** The other one has come only then. */
  otherSince = 0;

  came(_accounts: unknown, since: number): boolean {
    return this.otherSince > since;
  }

  hears(_accounts: unknown, since: number): boolean {
    return this.#isHere && this.comings <= since;
  }

  go(): void {
    this.#isHere = false;
  }

  come(): void {
    this.#isHere = true;
    this.comings++;
  }
}

export const turns = () => new Promise((resolve) => setImmediate(resolve));

/** Everything that is looked at again has been, as often as it is. */
export async function allLooks(clock: HandClock): Promise<void> {
  for (let look = 0, pauseMs = firstShownLookMs; look < maxShownLooks; look++, pauseMs *= 2) {
    await turns();
    clock.advance(pauseMs);
  }
  await turns();
}

/** They are stored from the start. */
export async function gateway(...states: readonly ConversationRow[]) {
  const fault = { isDown: false, silence: null as Promise<void> | null, reads: 0 };
  const store = new MemoryStore((operation) => {
    if (operation === 'get' || operation === 'list') fault.reads++;
    if (operation !== 'get') return;
    if (fault.isDown) throw new Unavailable('down');
    if (fault.silence !== null) return fault.silence;
  });
  const clock = new HandClock();
  await store.commit(put('conversations', ...states), null);
  const here = new Somebody();
  return { fault, store, clock, here, rows: new RemoteRows(store, clock, here) };
}

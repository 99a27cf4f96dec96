// Watermarks between gateways: where several keep them, what one raises is said over the bus, once more when it is stored,
// for who came elsewhere meanwhile and has read too early, and what was missed is read again. In one process change counters
// move at once, and the bus is not asked. [CLU8]
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import { storedLeewayMs } from '../kernel/limits.ts';
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

/** What was told of marks before the store had them. */
export interface ToldMarks {
  /** They are there now. */
  stored(): void;
  /** They are not, and wait again. */
  failed(): void;
}

/** Nobody reads the store while there are newer marks in memory. */
export const nothingTold: ToldMarks = { stored() {}, failed() {} };

interface Told {
  readonly conversation: ConversationId;
  readonly accounts: Set<AccountId>;
  /** As it is when it is said; null: several of a group. */
  readonly mark: Mark | null;
  readonly since: number;
}

/** Says it to all gateways, this one included. As many are remembered as marks wait for the store. */
export class MarksEverywhere {
  readonly #bus: Bus;
  readonly #clock: Pick<Clock, 'now'>;
  #told = new Map<string, Told>();

  /** The clock must be steady: it measures. */
  constructor(bus: Bus, clock: Pick<Clock, 'now'>) {
    this.#bus = bus;
    this.#clock = clock;
  }

  readonly moved: Moved = (conversation, accounts, mark) => {
    this.#say(conversation, accounts, mark);
    this.#remember({ conversation, accounts: new Set(accounts), mark, since: this.#clock.now() });
  };

  /** What was told so far, when what waits is on its way to the store. */
  take(): ToldMarks {
    const taken = this.#told;
    this.#told = new Map();
    return {
      // Of what is on its way with it some may have been told only now.
      stored: () => this.#stand([...taken.values(), ...this.#told.values()]),
      failed: () => {
        for (const told of taken.values()) this.#remember(told);
      },
    };
  }

  #stand(told: readonly Told[]): void {
    if (told.length === 0) return;
    for (const { conversation, accounts, mark } of told) this.#say(conversation, [...accounts], mark);
    const accounts = [...new Set(told.flatMap((each) => [...each.accounts]))];
    const oldest = told.reduce((before, { since }) => Math.min(before, since), this.#clock.now());
    const withinMs = this.#clock.now() - oldest + storedLeewayMs;
    this.#bus.publish({ type: 'stored', accounts, room: null, withinMs, stands: [] });
  }

  #remember(told: Told): void {
    const { conversation, accounts, mark, since } = told;
    const key = `${conversation} ${mark?.account ?? ''}`;
    const before = this.#told.get(key);
    if (before === undefined) this.#told.set(key, told);
    else
      this.#told.set(key, {
        ...{ conversation, mark, since: Math.min(before.since, since) },
        accounts: new Set([...before.accounts, ...accounts]),
      });
  }

  #say(conversation: ConversationId, accounts: readonly AccountId[], mark: Mark | null): void {
    this.#bus.publish({ type: 'marks', conversation, accounts, mark: rowOf(conversation, mark) });
  }
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

// Hop 1: what may happen to one message on its way, as a pure state machine. `outbox.ts` carries the effects out.
// It promises that a message ends exactly once, confirmed or rejected, and that what was told rejected does not
// appear later; it must never end a message that may still be accepted. [OUT]
import type { Advice } from '@parley/protocol/errors';
import { sentTimeoutMs } from '@parley/protocol/limits';
import type { ChatErrorCode } from './error.ts';
import * as limits from './limits.ts';
import type { OutboxRow } from './rows.ts';
import { isStale } from './stale.ts';

/** What is known of earlier attempts. */
export interface Past {
  /** Written to some socket, or read back from disk: the server must look its identity up. */
  readonly written: boolean;
  /** When an attempt last ended without an answer: it may have been accepted. Null: every attempt was answered. */
  readonly unansweredAt: number | null;
  /** Durable at the server: one tick was shown. */
  readonly ticked: boolean;
  /** Refusals in a row, for the backoff. */
  readonly refusals: number;
  /** How many of them said that members or devices had changed. */
  readonly stale: number;
}

export type RowState = { readonly past: Past } & (
  | { readonly name: 'queued' }
  /** On the wire, not answered; without an answer until `until` it is written again. */
  | { readonly name: 'flying'; readonly until: number }
  /** Durable; its own envelope or verdict must come until `until`. */
  | { readonly name: 'sent'; readonly until: number }
  /** Refused, but not for good; again at `until`. */
  | { readonly name: 'waiting'; readonly until: number }
  /** Refused for good, but an earlier attempt may have been accepted: the conversation is read to find out, again at `until`. */
  | { readonly name: 'doubtful'; readonly code: ChatErrorCode; readonly until: number }
  | { readonly name: 'rejected'; readonly code: ChatErrorCode }
  /** It has its seq, or was taken back: forget it. What is kept of it `Draft.confirm` or `Core.discard` removes. */
  | { readonly name: 'gone' }
);

export type RowEvent =
  | { readonly type: 'written' }
  /** It could not be sealed now: nothing was written. */
  | { readonly type: 'unsealed' }
  | { readonly type: 'sent' }
  | {
      readonly type: 'refused';
      readonly code: ChatErrorCode;
      readonly advice: Advice;
      readonly retryAfterMs: number | null;
    }
  /** The socket closed with 1009 because of this row. */
  | { readonly type: 'too_big' }
  /** The socket is gone, or the server was restored from a backup. */
  | { readonly type: 'lost' }
  /** Its own id came back with a seq. */
  | { readonly type: 'confirmed' }
  /** The stored, final verdict came. */
  | { readonly type: 'verdict'; readonly code: ChatErrorCode }
  /** The conversation was read up to its head after the doubt began, and the row is not in it. */
  | { readonly type: 'absent' }
  | { readonly type: 'timer' }
  /** What it waited for is here. */
  | { readonly type: 'hurry' }
  | { readonly type: 'discard' };

export type RowEffect =
  /** Keep the row with its tick or rejection. */
  | { readonly type: 'keep' }
  /** Read the conversation up to its head, then say `absent` or `confirmed`. */
  | { readonly type: 'look' }
  /** Wake at this time. */
  | { readonly type: 'timer'; readonly at: number };

type Step = readonly [RowState, readonly RowEffect[]];

const untouched: Past = { written: false, unansweredAt: null, ticked: false, refusals: 0, stale: 0 };

/** A row that this client has just made and that nobody else can have written. */
export const freshRow: RowState = { name: 'queued', past: untouched };

/** A row read back from disk, or made by another client of this store. */
export function knownRow(ticked: boolean, now: number): RowState {
  return { name: 'queued', past: { ...untouched, written: true, unansweredAt: now, ticked } };
}

/** A row that the server has, although it is kept here as if it had not. */
export function acceptedRow(now: number): RowState {
  return {
    name: 'sent',
    until: now + sentTimeoutMs,
    past: { ...untouched, written: true, unansweredAt: now, ticked: true },
  };
}

/** What follows from an event. An event that means nothing in a state leaves it as it is. */
export function stepRow(state: RowState, event: RowEvent, now: number, chance: number): Step {
  if (state.name === 'gone') return [state, []];
  if (event.type === 'confirmed' || event.type === 'discard') return [{ name: 'gone', past: state.past }, []];
  if (state.name === 'rejected') return [state, []];
  if (event.type === 'verdict') return reject(state.past, event.code);
  switch (state.name) {
    case 'queued':
      if (event.type === 'written') return fly(state.past, now);
      // It may not even be sealed here.
      if (event.type === 'refused') return afterRefusal(state.past, event, now, chance);
      return event.type === 'unsealed' ? pause(state.past, null, now, chance) : [state, []];
    case 'flying':
      return stepFlying(state, event, now, chance);
    case 'sent':
      // A restored server may have lost what was durable.
      if (event.type === 'lost') return [{ name: 'queued', past: { ...state.past, unansweredAt: now } }, []];
      return event.type === 'timer' && now >= state.until ? [{ name: 'queued', past: state.past }, []] : [state, []];
    case 'waiting':
      if (event.type === 'hurry') return [{ name: 'queued', past: state.past }, []];
      return event.type === 'timer' && now >= state.until ? [{ name: 'queued', past: state.past }, []] : [state, []];
    case 'doubtful':
      return stepDoubtful(state, event, now);
  }
}

function fly(past: Past, now: number): Step {
  const until = now + sentTimeoutMs;
  return [{ name: 'flying', until, past: { ...past, written: true } }, [{ type: 'timer', at: until }]];
}

function stepFlying(state: RowState & { name: 'flying' }, event: RowEvent, now: number, chance: number): Step {
  const { past } = state;
  switch (event.type) {
    case 'sent': {
      const until = now + sentTimeoutMs;
      const next = { ...past, ticked: true, refusals: 0, stale: 0, unansweredAt: past.unansweredAt };
      const keep: readonly RowEffect[] = past.ticked && !isUnsettled(past) ? [] : [{ type: 'keep' }];
      return [{ name: 'sent', until, past: next }, [...keep, { type: 'timer', at: until }]];
    }
    case 'timer':
      return now >= state.until ? [{ name: 'queued', past: { ...past, unansweredAt: now } }, []] : [state, []];
    case 'lost':
      return [{ name: 'queued', past: { ...past, unansweredAt: now } }, []];
    case 'too_big':
      return reject(past, 'message.too_large');
    case 'refused':
      return afterRefusal(past, event, now, chance);
    default:
      return [state, []];
  }
}

function afterRefusal(before: Past, refusal: RowEvent & { type: 'refused' }, now: number, chance: number): Step {
  // The server does not know itself whether it was accepted.
  const past = refusal.code === 'internal' ? { ...before, unansweredAt: now } : before;
  const refusals = past.refusals + 1;
  // An earlier message of this device goes first; nothing is wrong with this one.
  if (refusal.code === 'message.out_of_order' && refusals <= limits.patientRefusals)
    return [{ name: 'queued', past: { ...past, refusals } }, []];
  if (isStale(refusal.code)) return again({ ...past, stale: past.stale + 1 }, refusal.retryAfterMs, now, chance);
  if (refusal.advice === 'wait' || refusal.advice === 'retry' || refusal.advice === 'sign_in')
    return pause(past, refusal.retryAfterMs, now, chance);
  if (past.unansweredAt === null && !past.ticked) return reject(past, refusal.code);
  return look({ ...past, unansweredAt: past.unansweredAt ?? now }, refusal.code, now);
}

/** To be sealed anew, for who reads now; that this does not end is kept once. */
function again(past: Past, afterMs: number | null, now: number, chance: number): Step {
  const [state, effects] = pause(past, afterMs, now, chance);
  return [state, past.stale === limits.staleRounds ? [{ type: 'keep' }, ...effects] : effects];
}

/** Who is to read it changes faster than it can be sealed. */
export function isUnsettled({ stale }: Past): boolean {
  return stale >= limits.staleRounds;
}

/** Again after the given time, or after a pause that grows with each refusal in a row. */
function pause(past: Past, afterMs: number | null, now: number, chance: number): Step {
  const refusals = past.refusals + 1;
  const ceiling = Math.min(limits.retryMaxMs, limits.retryMinMs * 2 ** Math.min(refusals, 16));
  const until = now + (afterMs ?? Math.floor(limits.retryMinMs + chance * (ceiling - limits.retryMinMs)));
  return [{ name: 'waiting', until, past: { ...past, refusals } }, [{ type: 'timer', at: until }]];
}

function stepDoubtful(state: RowState & { name: 'doubtful' }, event: RowEvent, now: number): Step {
  if (event.type === 'timer' && now >= state.until) return look(state.past, state.code, now);
  const isBelieved = now >= believedAt(state.past, now);
  return event.type === 'absent' && isBelieved ? reject(state.past, state.code) : [state, []];
}

/** Reads the conversation now, and again once the refusal can be believed, or when the reading did not succeed. */
function look(past: Past, code: ChatErrorCode, now: number): Step {
  const believed = believedAt(past, now);
  const until = believed > now ? believed : now + limits.doubtMs;
  return [{ name: 'doubtful', code, until, past }, [{ type: 'look' }, { type: 'timer', at: until }]];
}

function believedAt(past: Past, now: number): number {
  return (past.unansweredAt ?? now) + limits.doubtMs;
}

function reject(past: Past, code: ChatErrorCode): Step {
  return [{ name: 'rejected', code, past }, [{ type: 'keep' }]];
}

/** Order in which the messages of one conversation were written. */
export function compare(a: OutboxRow, b: OutboxRow): number {
  return a.lamport - b.lamport || (a.id < b.id ? -1 : 1);
}

// Hop 2: one socket to the server as a pure state machine, (state, event) → [state, effects]. `link.ts` carries
// the effects out. It promises to come back by itself for as long as that makes sense, and to say when it does
// not; it must never touch a socket, a clock or chance itself. [CON]
import { closeCodes, type ErrorCode } from '@parley/protocol/errors';
import { heartbeatGraceMs, helloTimeoutMs } from '@parley/protocol/limits';
import type { ChatErrorCode } from './error.ts';
import * as limits from './limits.ts';

export type ConnectionState =
  /** Not started, or stopped by its owner. */
  | { readonly name: 'stopped' }
  /** No network, as the host says. Tried rarely. */
  | { readonly name: 'offline'; readonly attempt: number }
  | { readonly name: 'waiting'; readonly attempt: number; readonly until: number }
  | { readonly name: 'opening'; readonly attempt: number }
  /** Open, `hello` sent. */
  | { readonly name: 'greeting'; readonly attempt: number; readonly refusal: ErrorCode | null }
  | {
      readonly name: 'online';
      readonly attempt: number;
      readonly since: number;
      readonly heardAt: number;
      readonly silenceMs: number;
      readonly refusal: ErrorCode | null;
    }
  /** Will not come back by itself. */
  | { readonly name: 'ended'; readonly code: ChatErrorCode };

export type ConnectionEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'opened' }
  | { readonly type: 'welcome'; readonly heartbeatMs: number }
  /** Any other frame. */
  | { readonly type: 'heard' }
  | { readonly type: 'goaway'; readonly reconnectInMs: number }
  /** An error that belongs to no request. */
  | { readonly type: 'refused'; readonly code: ErrorCode }
  | { readonly type: 'closed'; readonly code: number }
  | { readonly type: 'timer' }
  /** Its owner wants a new socket. */
  | { readonly type: 'restart' }
  | { readonly type: 'network_up' }
  | { readonly type: 'network_down' };

export type ConnectionEffect =
  | { readonly type: 'open' }
  | { readonly type: 'hello' }
  | { readonly type: 'close' }
  /** One timer; setting it replaces the one before. */
  | { readonly type: 'timer'; readonly ms: number }
  | { readonly type: 'no_timer' };

/** What a step may know of the world: the time, and a number from 0 to 1. */
export interface Circumstance {
  readonly now: number;
  readonly chance: number;
}

type Step = readonly [ConnectionState, readonly ConnectionEffect[]];

export const stopped: ConnectionState = { name: 'stopped' };

/** What follows from an event. An event that means nothing in a state leaves it as it is. */
export function stepConnection(state: ConnectionState, event: ConnectionEvent, at: Circumstance): Step {
  if (event.type === 'stop') return [stopped, [...closing(state), { type: 'no_timer' }]];
  switch (state.name) {
    case 'stopped':
    case 'ended':
      return event.type === 'start' ? open(0) : [state, []];
    case 'offline':
      if (event.type === 'timer' || event.type === 'network_up' || event.type === 'start') return open(state.attempt);
      return [state, []];
    case 'waiting':
      if (event.type === 'timer' || event.type === 'network_up' || event.type === 'start') return open(state.attempt);
      if (event.type === 'network_down') return offline(state.attempt);
      return [state, []];
    case 'opening':
      return stepOpening(state, event, at);
    case 'greeting':
      return stepGreeting(state, event, at);
    case 'online':
      return stepOnline(state, event, at);
  }
}

function stepOpening(state: ConnectionState & { name: 'opening' }, event: ConnectionEvent, at: Circumstance): Step {
  switch (event.type) {
    case 'opened':
      return [
        { name: 'greeting', attempt: state.attempt, refusal: null },
        [{ type: 'hello' }, { type: 'timer', ms: helloTimeoutMs }],
      ];
    case 'closed':
      return afterClose(event.code, null, state.attempt + 1, at);
    case 'timer':
      return wait(state.attempt + 1, at, [{ type: 'close' }]);
    case 'network_down':
      return offline(state.attempt, [{ type: 'close' }]);
    default:
      return [state, []];
  }
}

function stepGreeting(state: ConnectionState & { name: 'greeting' }, event: ConnectionEvent, at: Circumstance): Step {
  switch (event.type) {
    case 'welcome': {
      const silenceMs = event.heartbeatMs + heartbeatGraceMs;
      const { attempt } = state;
      return [
        { name: 'online', attempt, since: at.now, heardAt: at.now, silenceMs, refusal: null },
        [{ type: 'timer', ms: silenceMs }],
      ];
    }
    case 'refused':
      return [{ ...state, refusal: event.code }, []];
    case 'goaway':
      return leave(event.reconnectInMs, state.attempt, at);
    case 'closed':
      if (isOutrun(event.code, state.attempt)) return wait(state.attempt + 1, at);
      return afterClose(event.code, state.refusal, state.attempt + 1, at);
    case 'timer':
      return wait(state.attempt + 1, at, [{ type: 'close' }]);
    case 'network_down':
      return offline(state.attempt, [{ type: 'close' }]);
    default:
      return [state, []];
  }
}

function stepOnline(state: ConnectionState & { name: 'online' }, event: ConnectionEvent, at: Circumstance): Step {
  const attempt = at.now - state.since >= limits.stableConnectionMs ? 0 : state.attempt + 1;
  switch (event.type) {
    case 'heard':
    case 'welcome':
      return [{ ...state, heardAt: at.now }, []];
    case 'refused':
      return [{ ...state, heardAt: at.now, refusal: event.code }, []];
    case 'goaway':
      return leave(event.reconnectInMs, attempt, at);
    case 'restart': {
      const [opening, effects] = open(attempt);
      return [opening, [{ type: 'close' }, ...effects]];
    }
    case 'closed':
      if (attempt > 0 && isOutrun(event.code, state.attempt)) return wait(attempt, at);
      return afterClose(event.code, state.refusal, attempt, at);
    case 'timer': {
      const left = state.heardAt + state.silenceMs - at.now;
      // A clock that jumped back may show more than the whole silence; then it begins again.
      if (left > 0) return [state, [{ type: 'timer', ms: Math.min(left, state.silenceMs) }]];
      return wait(attempt, at, [{ type: 'close' }]);
    }
    default:
      return [state, []];
  }
}

function open(attempt: number): Step {
  return [{ name: 'opening', attempt }, [{ type: 'open' }, { type: 'timer', ms: limits.openTimeoutMs }]];
}

function offline(attempt: number, effects: readonly ConnectionEffect[] = []): Step {
  return [{ name: 'offline', attempt }, [...effects, { type: 'timer', ms: limits.offlineTryMs }]];
}

function wait(attempt: number, at: Circumstance, effects: readonly ConnectionEffect[] = [], least = 0): Step {
  const ms = Math.max(least, backoffMs(attempt, at.chance));
  return [{ name: 'waiting', attempt, until: at.now + ms }, [...effects, { type: 'timer', ms }]];
}

function leave(reconnectInMs: number, attempt: number, at: Circumstance): Step {
  const ms = reconnectInMs + Math.floor(at.chance * limits.minBackoffMs);
  return [{ name: 'waiting', attempt, until: at.now + ms }, [{ type: 'close' }, { type: 'timer', ms }]];
}

/** Full jitter: anywhere from half a second to a ceiling that doubles, to eight seconds at first and half a minute later. */
export function backoffMs(attempt: number, chance: number): number {
  const most = attempt < limits.earlyAttempts ? limits.earlyBackoffMs : limits.maxBackoffMs;
  const ceiling = Math.min(most, limits.minBackoffMs * 2 ** Math.min(attempt + 1, 16));
  return Math.floor(limits.minBackoffMs + chance * (ceiling - limits.minBackoffMs));
}

/**
 * Replaced right after its `hello`: perhaps by an older connection of the same program, or of the one before it, whose
 * `hello` came late. Two programs that are there for good do not go on like that for ever.
 */
function isOutrun(code: number, attempt: number): boolean {
  return code === 4409 && attempt < limits.outrunAttempts;
}

function afterClose(code: number, refusal: ErrorCode | null, attempt: number, at: Circumstance): Step {
  const entry = Object.hasOwn(closeCodes, code) ? closeCodes[code as keyof typeof closeCodes] : null;
  if (entry !== null && !entry.reconnect)
    return [{ name: 'ended', code: endCode(code, refusal) }, [{ type: 'no_timer' }]];
  const least = code === 4429 ? limits.abuseBackoffMs : code === 1013 ? limits.busyBackoffMs : 0;
  return wait(attempt, at, [], least);
}

function endCode(close: number, refusal: ErrorCode | null): ChatErrorCode {
  if (refusal !== null) return refusal;
  if (close === 4401) return 'device.revoked';
  if (close === 4409) return 'device.replaced';
  if (close === 4000) return 'frame.too_many_malformed';
  if (close === 1003) return 'frame.binary';
  return 'hello.unsupported';
}

function closing(state: ConnectionState): readonly ConnectionEffect[] {
  return state.name === 'opening' || state.name === 'greeting' || state.name === 'online' ? [{ type: 'close' }] : [];
}

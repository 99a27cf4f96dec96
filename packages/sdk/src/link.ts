// Hop 2: carries out what the connection's state machine decides, and keeps the questions that wait for an
// answer. It hands every frame on in the order in which it came; it must never interpret one beyond its type.

import type { ErrorCode, FrameDown, FramesUp, FrameUp, Welcome } from '@parley/protocol';
import { errors, isErrorCode } from '@parley/protocol/errors';
import { protocolVersion } from '@parley/protocol/version';
import { inBackground } from './background.ts';
import { chance } from './chance.ts';
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  stepConnection,
  stopped,
} from './connection.ts';
import { ChatError, codeFromText } from './error.ts';
import * as limits from './limits.ts';
import type { Clock, Random, Socket, SocketFactory } from './ports.ts';
import { isWhole } from './whole-frame.ts';

/** Who listens to a link. */
export interface LinkOwner {
  /** What goes into the next `hello`. */
  hello(): { readonly token: string | null; readonly since: string | null; readonly client: string | null };
  onWelcome(frame: Welcome): void;
  /** Every frame that is not the answer to a question of `ask`. */
  onFrame(frame: FrameDown): void;
  /** The socket is gone, with this close code (1006 when it just vanished). */
  onDown(code: number): void;
  onState(state: ConnectionState): void;
}

interface Question {
  readonly resolve: (frame: FrameDown) => void;
  readonly reject: (error: ChatError) => void;
  readonly stopTimer: () => void;
}

/** One connection that comes back by itself. */
export class Link {
  readonly #sockets: SocketFactory;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #owner: LinkOwner;
  readonly #questions = new Map<string, Question>();
  #state: ConnectionState = stopped;
  #socket: Socket | null = null;
  #stopTimer: () => void = () => {};
  #nextRef = 1;

  constructor(sockets: SocketFactory, clock: Clock, random: Random, owner: LinkOwner) {
    this.#sockets = sockets;
    this.#clock = clock;
    this.#random = random;
    this.#owner = owner;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get online(): boolean {
    return this.#state.name === 'online';
  }

  /** Bytes that the socket holds back. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0;
  }

  start(): void {
    this.#step({ type: 'start' });
  }

  stop(): void {
    this.#step({ type: 'stop' });
  }

  /** Drops the connection and makes a new one at once. */
  restart(): void {
    this.#step({ type: 'restart' });
  }

  network(online: boolean): void {
    this.#step({ type: online ? 'network_up' : 'network_down' });
  }

  /** Writes a frame; false when there is no connection, and then nothing was written. */
  send(frame: FrameUp): boolean {
    if (!this.online || this.#socket === null) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Asks and waits for the answer with the same `ref`. Rejects with the refusal, `client.unreachable` or `client.timeout`. */
  ask(question: Omit<FramesUp['sync'], 'ref'>): Promise<FrameDown> {
    if (!this.online) return Promise.reject(new ChatError('client.unreachable'));
    if (this.#questions.size >= limits.maxPendingRequests) return Promise.reject(new ChatError('rate.limited'));
    const ref = String(this.#nextRef++);
    return new Promise((resolve, reject) => {
      const stopTimer = this.#clock.after(limits.requestTimeoutMs, () => {
        this.#questions.delete(ref);
        reject(new ChatError('client.timeout'));
      });
      this.#questions.set(ref, { resolve, reject, stopTimer });
      this.send({ ...question, ref });
    });
  }

  #step(event: ConnectionEvent): void {
    const before = this.#state;
    // Frames are many and need no chance.
    const luck = event.type === 'heard' ? 0 : chance(this.#random);
    const [state, effects] = stepConnection(before, event, { now: this.#clock.now(), chance: luck });
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (isUp(before) && !isUp(state)) this.#down(event.type === 'closed' ? event.code : 1006);
    if (before.name !== state.name) this.#owner.onState(state);
  }

  #perform(effect: ConnectionEffect): void {
    switch (effect.type) {
      case 'open':
        this.#open();
        return;
      case 'hello': {
        const { token, since, client } = this.#owner.hello();
        const optional = { ...(token && { token }), ...(since && { since }), ...(client && { client }) };
        this.#socket?.send(JSON.stringify({ type: 'hello', protocol: protocolVersion, ...optional }));
        return;
      }
      case 'close': {
        const socket = this.#socket;
        this.#socket = null;
        socket?.close(1000);
        return;
      }
      case 'timer':
        this.#stopTimer();
        this.#stopTimer = this.#clock.after(effect.ms, () => this.#step({ type: 'timer' }));
        return;
      case 'no_timer':
        this.#stopTimer();
    }
  }

  #open(): void {
    // Events of a socket that is no longer ours mean nothing.
    const mine = () => socket !== null && this.#socket === socket;
    let socket: Socket | null = null;
    socket = this.#sockets.open({
      onOpen: () => {
        if (mine()) this.#step({ type: 'opened' });
      },
      onText: (text) => {
        if (mine()) this.#take(text);
      },
      onClose: (code) => {
        if (!mine()) return;
        this.#socket = null;
        this.#step({ type: 'closed', code });
      },
    });
    this.#socket = socket;
  }

  /** A server whose frames make no sense is left, and tried again later: the app is not hurt by what it says. */
  #take(text: string): void {
    try {
      this.#receive(text);
    } catch (error) {
      if (!(error instanceof ChatError)) inBackground(Promise.reject(error as Error));
      const socket = this.#socket;
      this.#socket = null;
      socket?.close(1000);
      this.#step({ type: 'closed', code: 1006 });
    }
  }

  #receive(text: string): void {
    const frame = parse(text);
    if (frame === null) {
      this.#step({ type: 'heard' });
      return;
    }
    switch (frame.type) {
      case 'welcome':
        this.#step({ type: 'welcome', heartbeatMs: frame.heartbeat_ms });
        this.#owner.onWelcome(frame);
        return;
      case 'goaway':
        this.#step({ type: 'goaway', reconnectInMs: frame.reconnect_in_ms });
        return;
      case 'heartbeat':
        this.#step({ type: 'heard' });
        this.send({ type: 'heartbeat' });
        this.#owner.onFrame(frame);
        return;
      case 'error':
        this.#step(closesSocket(frame.code) ? { type: 'refused', code: frame.code as ErrorCode } : { type: 'heard' });
        break;
      default:
        this.#step({ type: 'heard' });
    }
    if (!this.#answer(frame)) this.#owner.onFrame(frame);
  }

  #answer(frame: FrameDown): boolean {
    const ref = 'ref' in frame ? frame.ref : undefined;
    const question = ref === undefined ? undefined : this.#questions.get(ref);
    if (ref === undefined || question === undefined) return false;
    this.#questions.delete(ref);
    question.stopTimer();
    if (frame.type !== 'error') question.resolve(frame);
    else {
      const retryAfterMs = frame.retry_after_ms;
      question.reject(new ChatError(codeFromText(frame.code), retryAfterMs === undefined ? {} : { retryAfterMs }));
    }
    return true;
  }

  #down(code: number): void {
    for (const question of this.#questions.values()) {
      question.stopTimer();
      question.reject(new ChatError('client.unreachable'));
    }
    this.#questions.clear();
    this.#owner.onDown(code);
  }
}

function isUp(state: ConnectionState): boolean {
  return state.name === 'online';
}

function closesSocket(code: string): boolean {
  return isErrorCode(code) && errors[code].close !== null;
}

/** A frame of a known shape; what is not an object with a type, or cannot be kept, is ignored, as a newer server may say more. */
function parse(text: string): FrameDown | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('type' in value)) return null;
    const frame = value as FrameDown;
    return isWhole(frame) ? frame : null;
  } catch {
    return null;
  }
}

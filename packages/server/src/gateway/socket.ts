// One connection of a device, from hello to close: what arrives is decoded and limited, what leaves goes through the
// outflow. It promises that nothing comes before `welcome`, that a dead or slow client is let go, and that nothing a
// client sends throws out of here. It must never look into content.
import { type ErrorCode, errors, type FramesUp, oldestServedVersion, limits as wireLimits } from '@parley/protocol';
import { type Decoded, decodeFrameUp } from '@parley/protocol/codec';
import type { Clock } from '../kernel/clock.ts';
import type { Session } from '../kernel/frame-handlers.ts';
import * as limits from '../kernel/limits.ts';
import { isOfTheWorld } from '../kernel/result.ts';
import type { Allowance } from './allowance.ts';
import * as answers from './answers.ts';
import type { Authenticate, Identity } from './identity.ts';
import { Outflow } from './outflow.ts';
import { type Asker, type Came, SessionFrames, type SessionFramesParts } from './session-frames.ts';
import type { Turn } from './turn.ts';
import { type Framed, framed, pingFrame, type Wire } from './wire.ts';

/** What every socket of a gateway shares. */
export interface SocketParts extends SessionFramesParts {
  /** What clients are told. Nothing is measured by it. */
  readonly wall: Pick<Clock, 'now'>;
  readonly turn: Turn;
  readonly authenticate: Authenticate;
  /** Why this device may not begin now: it was revoked, or revocations cannot be read. Null: it may. */
  readonly refuses: (identity: Identity) => ErrorCode | null;
  readonly server: () => answers.ServerFacts;
  /** Called once, when the socket is over. */
  readonly gone: (socket: Socket) => void;
}

type Phase = 'silent' | 'greeting' | 'open' | 'over';

/** The server's end of a WebSocket. */
export class Socket implements Asker {
  readonly address: string;
  readonly #wire: Wire;
  readonly #parts: SocketParts;
  readonly #outflow: Outflow;
  readonly #openedAt: number;
  #phase: Phase = 'silent';
  readonly #token: string | null;
  #session: Session | null = null;
  #frames: SessionFrames | null = null;
  #allowance: Allowance;
  /** When the frames of the last minute came that were none. */
  #malformedAt: readonly number[] = [];
  #isUp = false;
  #heardAt: number;
  #heartbeatAt = 0;
  /** When it was last told to look, not by the clock alone: not all that it was to find may have been stored. */
  #toldAt = 0;
  /** Frames that wait for the welcome, or for the place of the message before them. */
  #waiting: Came[] = [];
  /** Frames that have come. */
  #came = 0;
  #draining = false;
  #paused = false;

  /** `token` when a header or cookie brought one. */
  constructor(wire: Wire, parts: SocketParts, token: string | null, address: string) {
    const now = parts.clock.now();
    this.address = address;
    this.#wire = wire;
    this.#parts = parts;
    this.#token = token;
    this.#openedAt = now;
    this.#heardAt = now;
    this.#outflow = new Outflow(wire, parts.turn, now);
    this.#allowance = parts.allowances.of(address, now);
    parts.events.socketOpened();
  }

  /** Who it is. Only of sockets that were welcomed. */
  get session(): Session {
    if (this.#session === null) throw new Error('a socket without a session was asked for it');
    return this.#session;
  }

  get bufferedBytes(): number {
    return this.#outflow.bufferedBytes;
  }

  get #silentMs(): number {
    return Math.max(0, this.#parts.clock.now() - this.#heardAt);
  }

  /** A text frame arrived. */
  receive(text: string): void {
    if (this.#phase === 'over') return;
    const now = this.#parts.clock.now();
    this.#heardAt = now;
    this.#parts.events.frameReceived();
    const decoded = decodeFrameUp(text);
    const waitMs = this.#allowance.frames.take(this.#parts.allowances.frames, now);
    if (!decoded.ok) {
      this.#undecodable(decoded, now);
      return;
    }
    const came = { frame: decoded.frame, at: ++this.#came };
    if (waitMs > 0) this.#limited(came, waitMs, now);
    else if (this.#phase === 'greeting' || this.#frames?.busy || this.#waiting.length > 0) this.#wait(came);
    else this.#dispatch(came, now);
  }

  /** A binary frame arrived. */
  receiveBinary(): void {
    this.end('frame.binary');
  }

  /** A protocol ping or pong arrived. They count as frames. */
  heard(): void {
    if (this.#phase === 'over') return;
    const now = this.#parts.clock.now();
    this.#heardAt = now;
    if (this.#allowance.frames.take(this.#parts.allowances.frames, now) > 0) this.tooFast(now);
  }

  answer(frame: Framed | string): void {
    if (this.#phase === 'open') this.#outflow.answer(frame);
  }

  push(frame: Framed, droppable: boolean): void {
    if (this.#phase === 'open') this.#outflow.push(frame, droppable);
  }

  refuse(refused: answers.Refused, code: ErrorCode, details?: Readonly<Record<string, unknown>>): void {
    if (this.#phase === 'over') return;
    this.#parts.events.frameRefused(code);
    this.#outflow.answer(answers.refusal(code, refused, details));
    const { close } = errors[code];
    if (close !== null) this.close(close, code);
  }

  tooFast(now: number): void {
    if (this.#allowance.refusals.take(this.#parts.allowances.refusals, now) > 0) this.end('frame.abuse');
  }

  proceed(): void {
    if (this.#waiting.length > 0) this.#drain();
  }

  end(code: ErrorCode): void {
    this.refuse({}, code);
    this.close(1008, code);
  }

  /** Begins the closing handshake after what is waiting to be written. */
  close(closeCode: number, reason: string): void {
    if (this.#phase === 'over') return;
    this.#outflow.flush();
    this.#wire.close(closeCode, reason);
    this.closed(closeCode);
  }

  /** The connection is over, whoever ended it. */
  closed(closeCode: number): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#waiting = [];
    const { events, gone, hub } = this.#parts;
    events.socketClosed(closeCode);
    gone(this);
    const session = this.#session;
    if (session === null) return;
    hub.remove(this);
    const isSilent = closeCode === 1006 || closeCode === 1013;
    if (this.#isUp) this.#disconnect(session, isSilent ? this.#silentMs : 0);
  }

  /** Other devices may have sent something to this one. */
  wake(): void {
    this.#frames?.wake();
  }

  /** Asks the client to come back later, here or elsewhere. */
  goaway(reconnectInMs: number): void {
    this.answer(answers.goaway(reconnectInMs));
  }

  /** Says its change counter, without waiting for the next heartbeat; `again`, because what it was told of is stored now. */
  beat(again = false): void {
    if (this.#session !== null && this.#phase === 'open') this.#heartbeat(this.#session, again);
  }

  /** Was it welcomed, or told its change counter, within so long? */
  wasTold(withinMs: number): boolean {
    return this.#parts.clock.now() - this.#toldAt <= withinMs;
  }

  /** Time passes: hello, silence, slow reader, heartbeat. Called every `sweepMs` with the steady time. */
  sweep(now: number): void {
    if (this.#phase === 'silent') {
      const sinceOpen = now - this.#openedAt;
      if (this.#token !== null && sinceOpen >= limits.impliedHelloMs) this.#greet(impliedHello);
      else if (sinceOpen >= wireLimits.helloTimeoutMs) this.end('hello.missing');
    }
    if (this.#phase === 'over') return;
    this.#checkReader(now);
    // Of one that is behind nothing is read: what it takes is a sign of life, and it has a little longer.
    const mostMs = this.#outflow.behind ? wireLimits.offlineSilenceMs - limits.sweepMs : limits.silenceMs;
    if (now - this.#heardAt >= mostMs) {
      this.#wire.terminate();
      this.closed(1006);
    } else if (this.#session !== null && now >= this.#heartbeatAt) this.#heartbeat(this.#session, true);
  }

  #checkReader(now: number): void {
    const pace = this.#outflow.check(now);
    if (pace === 'stuck') {
      this.#wire.close(1013, 'server.overloaded');
      this.closed(1013);
    } else if (pace === 'behind') {
      if (this.#outflow.isMoving(now)) this.#heardAt = now;
      if (this.#paused) return;
      this.#parts.events.readerBehind();
      this.#pause();
    } else if (pace === 'caught up') {
      this.#heardAt = now;
      this.#heartbeatAt = now;
      this.#resume();
    }
  }

  #heartbeat(session: Session, again: boolean): void {
    const now = this.#parts.clock.now();
    this.#heartbeatAt = now + wireLimits.heartbeatMs;
    if (!again) this.#toldAt = now;
    if (this.#outflow.behind) return;
    this.#frames?.beat();
    this.#parts.handlers.changeCounter(session.account).then(
      (change) => {
        this.answer(answers.heartbeat(change, this.#parts.wall.now()));
        this.answer(pingFrame);
      },
      (error) => this.#parts.events.fault('heartbeat', error),
    );
  }

  #undecodable(decoded: Exclude<Decoded, { ok: true }>, now: number): void {
    this.refuse(decoded, decoded.code, { path: decoded.path });
    if (this.#phase === 'silent') this.close(1008, decoded.code);
    else if (decoded.code !== 'frame.malformed') this.tooFast(now);
    else {
      this.#malformedAt = [...this.#malformedAt.filter((at) => now - at < limits.malformedMs), now];
      if (this.#malformedAt.length >= wireLimits.malformedFramesPerMinute) this.end('frame.too_many_malformed');
    }
  }

  #limited({ frame, at }: Came, waitMs: number, now: number): void {
    const details = { retry_after_ms: waitMs };
    if (frame.type === 'message' && this.#frames !== null)
      this.#frames.refuseMessage({ frame, at }, 'rate.limited', details);
    else this.refuse(answers.refers(frame), 'rate.limited', details);
    this.tooFast(now);
  }

  #wait(came: Came): void {
    if (this.#waiting.push(came) > limits.maxWaitingFrames) this.end('frame.abuse');
    else if (this.#waiting.length > limits.pauseWaitingFrames) this.#pause();
  }

  /** Goes on with what waits, until something must be waited for again. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#phase === 'open' && !this.#frames?.busy) {
      const came = this.#waiting.shift();
      if (came === undefined) break;
      this.#dispatch(came, this.#parts.clock.now());
    }
    this.#draining = false;
    if (this.#waiting.length <= limits.pauseWaitingFrames && !this.#outflow.behind) this.#resume();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#wire.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#wire.resume();
  }

  /** Whatever throws in here is a bug of ours: this socket ends, and nothing else. */
  #dispatch(came: Came, now: number): void {
    try {
      this.#take(came, now);
    } catch (error) {
      this.#parts.events.fault(came.frame.type, error);
      this.end('internal');
    }
  }

  #take(came: Came, now: number): void {
    if (this.#frames !== null) this.#frames.take(came, now);
    else if (came.frame.type === 'hello') this.#greet(came.frame);
    else if (this.#token === null) this.end('hello.first');
    else {
      this.#wait(came);
      this.#greet(impliedHello);
    }
  }

  #greet(hello: FramesUp['hello']): void {
    this.#phase = 'greeting';
    this.#welcome(hello).catch((error) => {
      this.#parts.events.fault('hello', error);
      this.end(isOfTheWorld(error) ? 'server.overloaded' : 'internal');
    });
  }

  async #welcome(hello: FramesUp['hello']): Promise<void> {
    const token = hello.token ?? this.#token;
    if (hello.protocol < oldestServedVersion || token === null) {
      this.end(token === null ? 'auth.required' : 'hello.unsupported');
      return;
    }
    const identity = await this.#parts.authenticate(token);
    if (this.#phase !== 'greeting') return;
    const refused = identity.ok ? this.#parts.refuses(identity.value) : identity.code;
    if (!identity.ok || refused !== null) {
      this.end(refused ?? 'auth.required');
      return;
    }
    const session = this.#open(identity.value, hello.protocol);
    const { handlers, hub } = this.#parts;
    const rooms = hub.add(this);
    const up = this.#connect(session);
    this.proceed();
    // What was before is read once everything from now on comes here.
    await Promise.all([rooms, up]);
    const page = await handlers.changesSince(session, hello.since ?? null);
    if (page.ok) this.answer(framed(page.value));
    else this.end(page.code);
    this.wake();
  }

  async #connect(session: Session): Promise<void> {
    await this.#parts.handlers.connected(session);
    this.#isUp = true;
    if (this.#phase === 'over') this.#disconnect(session, 0);
  }

  #disconnect(session: Session, silentMs: number): void {
    const { events, handlers } = this.#parts;
    handlers.disconnected(session, silentMs).catch((error) => events.fault('disconnected', error));
  }

  #open({ account, device, admin, handle }: Identity, protocol: number): Session {
    const { allowances, clock, server, wall } = this.#parts;
    const now = clock.now();
    const session: Session = { account, device, admin, address: this.address };
    this.#session = session;
    this.#allowance = allowances.of(device, now);
    this.#frames = new SessionFrames(this, this.#parts, this.#allowance);
    this.#heartbeatAt = now + wireLimits.heartbeatMs;
    this.#toldAt = now;
    this.#phase = 'open';
    this.answer(answers.welcome({ account, device, admin, handle }, protocol, server(), wall.now()));
    return session;
  }
}

const impliedHello: FramesUp['hello'] = { type: 'hello', protocol: oldestServedVersion };

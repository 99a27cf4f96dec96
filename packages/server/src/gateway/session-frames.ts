// The frames of a socket that was welcomed, each given to its use case. It promises one answer to every request, and
// messages handed on in the order in which they came: the next one only when the place of the one before is fixed.
// It must never wait for the store before it lets a message go.
import { type ConversationId, type ErrorCode, type FramesUp, type FrameUp, limits as wire } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import type { DeviceFrames, FrameHandlers } from '../kernel/frame-handlers.ts';
import * as limits from '../kernel/limits.ts';
import { isOfTheWorld, type Result } from '../kernel/result.ts';
import type { Allowance, Allowances } from './allowance.ts';
import { type Refused, sent } from './answers.ts';
import type { Connected, Hub } from './hub.ts';
import { OrderGate } from './order.ts';
import { ToDeviceFlow } from './to-device-flow.ts';
import { type Framed, framed } from './wire.ts';

/** What the frames of all sessions share. */
export interface SessionFramesParts {
  readonly handlers: FrameHandlers;
  readonly devices: DeviceFrames;
  readonly hub: Hub;
  /** A steady one. */
  readonly clock: Clock;
  readonly events: Events;
  readonly allowances: Allowances;
}

/** The socket that asks, and the way back to it. After its end all of it does nothing. */
export interface Asker extends Connected {
  readonly bufferedBytes: number;
  answer(frame: Framed | string): void;
  refuse(refused: Refused, code: ErrorCode, details?: Readonly<Record<string, unknown>>): void;
  /** It went too fast; too often ends it. */
  tooFast(now: number): void;
  /** The frames that wait may go on. */
  proceed(): void;
}

type Message = FramesUp['message'];
/** A frame, and which one of its socket it is. */
export interface Came<Frame extends FrameUp = FrameUp> {
  readonly frame: Frame;
  readonly at: number;
}
type HintFrame = FramesUp['received' | 'read' | 'typing' | 'to_device_received'];

/** Serves the frames of one session. */
export class SessionFrames {
  readonly #asker: Asker;
  readonly #parts: SessionFramesParts;
  readonly #allowance: Allowance;
  readonly #order = new OrderGate();
  /** The message whose place in the log is not fixed yet. */
  #checking: Came<Message> | null = null;
  #messages = 0;
  #syncs = 0;
  #hints = 0;
  #watchGeneration = 0;
  readonly #toDevice: ToDeviceFlow;

  constructor(asker: Asker, parts: SessionFramesParts, allowance: Allowance) {
    this.#asker = asker;
    this.#parts = parts;
    this.#allowance = allowance;
    this.#toDevice = new ToDeviceFlow(asker, parts.devices, parts);
  }

  /** Must the next frame wait? */
  get busy(): boolean {
    return this.#checking !== null;
  }

  /** Something may wait that other devices sent. */
  wake(): void {
    this.#toDevice.wake();
  }

  /** A heartbeat is due. */
  beat(): void {
    this.#toDevice.beat();
  }

  /** Serves one frame. Not while `busy`. */
  take({ frame, at }: Came, now: number): void {
    switch (frame.type) {
      case 'message':
        this.#message({ frame, at }, now);
        break;
      case 'received':
      case 'read':
      case 'typing':
      case 'to_device_received':
        this.#hint(frame);
        break;
      case 'sync':
        this.#sync(frame);
        break;
      case 'watch':
        this.#watch(frame);
        break;
      case 'hello':
        this.#asker.refuse({}, 'hello.repeated');
        break;
      case 'heartbeat':
        break;
    }
  }

  /** Refuses a message. Later ones of its conversation wait for it if it may come again. */
  refuseMessage({ frame, at }: Came<Message>, code: ErrorCode, details?: Readonly<Record<string, unknown>>): void {
    const kept = code === 'message.out_of_order' || this.#order.refused(frame, code, at);
    this.#asker.refuse(frame, code, details);
    if (!kept) this.#asker.end('server.overloaded');
  }

  #message(came: Came<Message>, now: number): void {
    const { allowances, handlers } = this.#parts;
    const { frame, at } = came;
    if (this.#order.holds(frame, at)) {
      this.refuseMessage(came, 'message.out_of_order');
      return;
    }
    if (this.#messages >= wire.maxUnansweredMessages) {
      this.refuseMessage(came, 'queue.full', soon);
      return;
    }
    const waitMs = allowances.takeMessage(this.#allowance, frame.conversation_id, now);
    if (waitMs > 0) {
      this.refuseMessage(came, 'rate.limited', { retry_after_ms: waitMs });
      this.#asker.tooFast(now);
      return;
    }
    this.#messages++;
    this.#checking = came;
    handlers.message(this.#asker.session, frame, this.#ordered, this.#isHeld).then(
      (result) => this.#messageAnswered(came, result, now),
      (error) => this.#messageAnswered(came, { ok: false, code: this.#codeOf('message', error) }, now),
    );
  }

  /** Does the message being checked wait for an earlier one that was refused meanwhile? */
  readonly #isHeld = (): boolean =>
    this.#checking !== null && this.#order.holds(this.#checking.frame, this.#checking.at);

  /** The place of the message being checked is fixed. */
  readonly #ordered = (): void => {
    const came = this.#checking;
    if (came === null) return;
    this.#checking = null;
    this.#order.accepted(came.frame);
    this.#asker.proceed();
  };

  #messageAnswered(came: Came<Message>, result: Result<{ readonly id: string }, ErrorCode>, startedAt: number): void {
    const { frame } = came;
    this.#messages--;
    if (result.ok) {
      this.#parts.events.messageSent(this.#parts.clock.now() - startedAt);
      this.#asker.answer(sent(frame.ref, result.value.id, frame.conversation_id));
      if (this.#checking === came) this.#ordered();
      return;
    }
    this.refuseMessage(came, result.code, result.details);
    if (this.#checking !== came) return;
    this.#checking = null;
    this.#asker.proceed();
  }

  #hint(frame: HintFrame): void {
    if (this.#hints >= limits.maxUnansweredHints) {
      // Nobody waits for an answer to typing, and the next one says the same.
      if (frame.type !== 'typing') this.#asker.refuse({}, 'queue.full', soon);
      return;
    }
    this.#hints++;
    this.#serveHint(frame).then(
      (result) => {
        this.#hints--;
        if (!result.ok) this.#asker.refuse({}, result.code, result.details);
      },
      (error) => {
        this.#hints--;
        this.#asker.refuse({}, this.#codeOf(frame.type, error));
      },
    );
  }

  #serveHint(frame: HintFrame): Promise<Result<null, ErrorCode>> {
    const { handlers } = this.#parts;
    if (frame.type === 'to_device_received') return this.#toDevice.received(frame);
    if (frame.type === 'typing') return handlers.typing(this.#asker.session, frame);
    if (frame.type === 'read') return handlers.read(this.#asker.session, frame);
    return handlers.received(this.#asker.session, frame);
  }

  #sync(frame: FramesUp['sync']): void {
    if (this.#syncs >= limits.maxUnansweredSyncs || this.#asker.bufferedBytes > limits.dropPushesBytes) {
      this.#asker.refuse(frame, 'queue.full', soon);
      return;
    }
    this.#syncs++;
    this.#page(frame).then(
      (result) => {
        this.#syncs--;
        if (result.ok) this.#asker.answer(framed(result.value));
        else this.#asker.refuse(frame, result.code, result.details);
      },
      (error) => {
        this.#syncs--;
        this.#asker.refuse(frame, this.#codeOf('sync', error));
      },
    );
  }

  /** Who asks what changed may have missed that it joined a room: the hub reads its rooms again, too. */
  async #page(frame: FramesUp['sync']): Promise<Result<Uint8Array, ErrorCode>> {
    const { handlers, hub } = this.#parts;
    if (frame.conversation_id === undefined) await hub.refresh(this.#asker.session.account);
    return handlers.sync(this.#asker.session, frame);
  }

  #watch(frame: FramesUp['watch']): void {
    if (this.#hints >= limits.maxUnansweredHints) {
      this.#asker.refuse({}, 'queue.full', soon);
      return;
    }
    this.#hints++;
    this.#look(frame.accounts, frame.conversations ?? []).then(
      () => {
        this.#hints--;
      },
      (error) => {
        this.#hints--;
        this.#asker.refuse({}, this.#codeOf('watch', error));
      },
    );
  }

  async #look(accounts: FramesUp['watch']['accounts'], conversations: readonly ConversationId[]): Promise<void> {
    const { handlers, hub } = this.#parts;
    const generation = ++this.#watchGeneration;
    const [allowed] = await Promise.all([
      handlers.watchable(this.#asker.session.account, conversations),
      hub.watchers.watchAccounts(this.#asker, accounts),
    ]);
    if (generation === this.#watchGeneration) hub.watchers.watchConversations(this.#asker, allowed);
  }

  #codeOf(where: string, error: unknown): ErrorCode {
    this.#parts.events.fault(where, error);
    return isOfTheWorld(error) ? 'unavailable' : 'internal';
  }
}

const soon = { retry_after_ms: 1_000 };

// How fast a device, and a conversation, may go on this gateway. A device keeps its meters when it connects again.
import { type ConversationId, type DeviceId, limits as wire } from '@parley/protocol';
import * as limits from '../kernel/limits.ts';
import { ByName, Meter, type Rate, scaled } from './rate.ts';

/** The meters of one device. */
export class Allowance {
  readonly frames = new Meter();
  readonly messages = new Meter();
  /** Refusals for going too fast; when they are used up it is abuse. */
  readonly refusals = new Meter();

  isIdle(now: number): boolean {
    return this.frames.isIdle(now) && this.messages.isIdle(now) && this.refusals.isIdle(now);
  }
}

/** Rates and meters of the sockets here. */
export class Allowances {
  readonly frames: Rate;
  readonly messages: Rate;
  readonly conversation: Rate;
  readonly refusals: Rate;
  readonly #devices = new ByName(limits.maxTrackedBuckets, () => new Allowance());
  readonly #conversations = new ByName(limits.maxTrackedBuckets, () => new Meter());

  /** `factor` makes every rate that many times as generous (1: what the protocol says). */
  constructor(factor: number) {
    this.frames = scaled({ burst: wire.framesBurst, perSecond: wire.framesPerSecond }, factor);
    this.messages = scaled({ burst: wire.messagesBurst, perSecond: wire.messagesPerSecond }, factor);
    const perSecond = wire.conversationMessagesPerSecond;
    this.conversation = scaled({ burst: perSecond * 2, perSecond }, factor);
    this.refusals = scaled({ burst: limits.refusalsBurst, perSecond: limits.refusalsPerSecond }, factor);
  }

  /** The meters of a device, or of an address that has not said hello yet. */
  of(name: DeviceId | string, now: number): Allowance {
    return this.#devices.of(name, now);
  }

  /** Takes a message of this device in this conversation; milliseconds to wait, or 0. */
  takeMessage(allowance: Allowance, conversation: ConversationId, now: number): number {
    const waitMs = allowance.messages.take(this.messages, now);
    return waitMs > 0 ? waitMs : this.#conversations.of(conversation, now).take(this.conversation, now);
  }
}

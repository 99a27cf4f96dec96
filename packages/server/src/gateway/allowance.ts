// How fast a device, and a conversation, may go on this gateway. A device keeps its meters when it connects again.
import { type ConversationId, type DeviceId, limits as wire } from '@parley/protocol';
import * as limits from '../kernel/limits.ts';
import { type Meter, Meters, type Rate, scaled } from './rate.ts';

/** The meters of one device. */
export interface Allowance {
  readonly frames: Meter;
  readonly messages: Meter;
  /** Refusals for going too fast; when they are used up it is abuse. */
  readonly refusals: Meter;
}

/** Rates and meters of the sockets here. */
export class Allowances {
  readonly frames: Rate;
  readonly messages: Rate;
  readonly conversation: Rate;
  readonly refusals: Rate;
  readonly #meters = new Meters(limits.maxTrackedBuckets);
  readonly #conversations = new Meters(limits.maxTrackedBuckets);

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
    return {
      frames: this.#meters.of(`frames ${name}`, now),
      messages: this.#meters.of(`messages ${name}`, now),
      refusals: this.#meters.of(`refusals ${name}`, now),
    };
  }

  /** Takes a message of this device in this conversation; milliseconds to wait, or 0. */
  takeMessage(allowance: Allowance, conversation: ConversationId, now: number): number {
    const waitMs = allowance.messages.take(this.messages, now);
    return waitMs > 0 ? waitMs : this.#conversations.of(conversation, now).take(this.conversation, now);
  }
}

// What leaves one socket: the frames of a turn in one write, and the policy for a reader that is slower than the
// server. It promises bounded memory; a slow reader loses pushes, never answers, and is told to catch up.
import * as limits from '../kernel/limits.ts';
import type { Turn } from './turn.ts';
import { type Framed, headerBytes, type Wire, writeHeader } from './wire.ts';

/** `flowing`; `behind`: pushes are dropped until the reader has caught up; `stuck`: close it. */
export type Pace = 'flowing' | 'behind' | 'stuck';

/** The way out of one socket. */
export class Outflow {
  readonly #wire: Wire;
  readonly #turn: Turn;
  #pending: (Framed | string)[] = [];
  #pendingBytes = 0;
  #marked = false;
  #behind = false;
  #written = 0;
  #taken = 0;
  #stalledSince: number;

  constructor(wire: Wire, turn: Turn, now: number) {
    this.#wire = wire;
    this.#turn = turn;
    this.#stalledSince = now;
  }

  /** Bytes that the reader has not taken, those of this turn included. */
  get bufferedBytes(): number {
    return this.#wire.bufferedBytes + this.#pendingBytes;
  }

  /** Are pushes being dropped? */
  get behind(): boolean {
    return this.#behind;
  }

  /** Did the reader take something since it was looked at before, or is there nothing to take? */
  isMoving(now: number): boolean {
    return this.#stalledSince === now;
  }

  /** A frame that the client waits for, or a whole JSON text of ASCII characters. Never dropped. */
  answer(frame: Framed | string): void {
    this.#pending.push(frame);
    this.#pendingBytes += typeof frame === 'string' ? headerBytes(frame.length) + frame.length : frame.length;
    if (this.#marked) return;
    this.#marked = true;
    this.#turn.mark(this);
  }

  /** A frame that can be had again by asking. Dropped while the reader is behind; `droppable` ones earlier. */
  push(frame: Framed, droppable: boolean): void {
    if (this.#behind) return;
    const buffered = this.bufferedBytes;
    if (buffered > limits.dropPushesBytes) {
      this.#behind = true;
      return;
    }
    if (droppable && buffered > limits.dropDroppableBytes) return;
    this.answer(frame);
  }

  /** Everything of this turn in one write. */
  flush(): void {
    this.#marked = false;
    const pending = this.#pending;
    const [only] = pending;
    if (only === undefined) return;
    this.#pending = [];
    this.#written += this.#pendingBytes;
    const bytes = pending.length === 1 && typeof only !== 'string' ? only : joined(pending, this.#pendingBytes);
    this.#pendingBytes = 0;
    this.#wire.write(bytes);
  }

  /** Looks at the reader's progress; called about once a second. Returns `caught up` once after it was behind. */
  check(now: number): Pace | 'caught up' {
    const buffered = this.bufferedBytes;
    const taken = this.#written - this.#wire.bufferedBytes;
    if (buffered === 0 || taken > this.#taken) this.#stalledSince = now;
    this.#taken = taken;
    const stalledMs = now - this.#stalledSince;
    if (buffered > limits.closeSlowBytes || stalledMs >= limits.closeStalledMs) return 'stuck';
    if (stalledMs >= limits.dropPushesStalledMs) this.#behind = true;
    if (!this.#behind) return 'flowing';
    if (buffered > limits.dropDroppableBytes || stalledMs > 0) return 'behind';
    this.#behind = false;
    return 'caught up';
  }
}

function joined(frames: readonly (Framed | string)[], length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const frame of frames) {
    if (typeof frame === 'string') {
      at = writeHeader(bytes, at, frame.length);
      at += bytes.write(frame, at, frame.length, 'latin1');
    } else {
      bytes.set(frame, at);
      at += frame.length;
    }
  }
  return bytes;
}

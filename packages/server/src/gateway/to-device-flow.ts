// What other devices sent to the device of one socket, a page at a time: the next one when the one before is kept. It
// looks when it is told that something may wait, and otherwise seldom: quiet sockets must cost no reads. It promises that no page is sent twice on a socket,
// and that one which is not acknowledged comes again on the next.
import type { FramesUp } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import type { DeviceFrames, Session } from '../kernel/frame-handlers.ts';
import { dropPushesBytes, toDeviceLookMs } from '../kernel/limits.ts';
import { ok, type Result } from '../kernel/result.ts';
import { type Framed, framed } from './wire.ts';

/** The socket, as the flow sees it. After its end all of it does nothing. */
export interface Outlet {
  readonly session: Session;
  readonly bufferedBytes: number;
  answer(frame: Framed | string): void;
}

/** What all flows share. */
export interface FlowParts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'fault'>;
}

/** The flow of one socket. */
export class ToDeviceFlow {
  readonly #outlet: Outlet;
  readonly #frames: DeviceFrames;
  readonly #clock: Clock;
  readonly #events: Pick<Events, 'fault'>;
  /** Where the page ends that was sent last, and how far the client has got. */
  #sent = 0;
  #kept = 0;
  #reading = false;
  /** Something may wait that was not looked for. */
  #owed = false;
  #lookedAt: number;

  constructor(outlet: Outlet, frames: DeviceFrames, { clock, events }: FlowParts) {
    this.#outlet = outlet;
    this.#frames = frames;
    this.#clock = clock;
    this.#events = events;
    this.#lookedAt = clock.now();
  }

  /** Something may wait. */
  wake(): void {
    this.#owed = true;
    if (this.#reading) return;
    if (this.#kept >= this.#sent && this.#outlet.bufferedBytes <= dropPushesBytes) this.#read();
  }

  /** Time passes: looks when that is owed, or was long ago. Called at every heartbeat. */
  beat(): void {
    if (this.#owed || this.#clock.now() - this.#lookedAt >= toDeviceLookMs) this.wake();
  }

  /** The client keeps what it got. Resolves when the server has forgotten it. */
  async received(frame: FramesUp['to_device_received']): Promise<Result<null, never>> {
    await this.#frames.received(this.#outlet.session, frame);
    this.#kept = Math.max(this.#kept, Math.min(frame.n, this.#sent));
    this.wake();
    return ok(null);
  }

  #read(): void {
    this.#reading = true;
    this.#owed = false;
    this.#lookedAt = this.#clock.now();
    this.#frames.waiting(this.#outlet.session).then(
      (page) => {
        this.#reading = false;
        // What was acknowledged while it was read may be in the page still: it is not sent again.
        if (page !== null && page.upTo > this.#sent) {
          this.#sent = page.upTo;
          this.#outlet.answer(framed(page.frame));
        } else if (this.#owed) this.wake();
      },
      (error) => {
        this.#reading = false;
        this.#owed = true;
        this.#events.fault('to_device', error);
      },
    );
  }
}

// What other devices sent to the device of one socket, a page at a time: the next one when the one before is kept. A
// lost word of something new is made up for by the next heartbeat. It promises that no page is sent twice on a socket,
// and that one which is not acknowledged comes again on the next.
import type { FramesUp } from '@parley/protocol';
import type { Events } from '../kernel/events.ts';
import type { DeviceFrames, Session } from '../kernel/frame-handlers.ts';
import { dropPushesBytes } from '../kernel/limits.ts';
import { ok, type Result } from '../kernel/result.ts';
import { type Framed, framed } from './wire.ts';

/** The socket, as the flow sees it. After its end all of it does nothing. */
export interface Outlet {
  readonly session: Session;
  readonly bufferedBytes: number;
  answer(frame: Framed | string): void;
}

/** The flow of one socket. */
export class ToDeviceFlow {
  readonly #outlet: Outlet;
  readonly #frames: DeviceFrames;
  readonly #events: Pick<Events, 'fault'>;
  /** Where the page ends that was sent last, and how far the client has got. */
  #sent = 0;
  #kept = 0;
  #reading = false;
  #again = false;

  constructor(outlet: Outlet, frames: DeviceFrames, events: Pick<Events, 'fault'>) {
    this.#outlet = outlet;
    this.#frames = frames;
    this.#events = events;
  }

  /** Something may wait. */
  wake(): void {
    if (this.#reading) this.#again = true;
    else if (this.#kept >= this.#sent && this.#outlet.bufferedBytes <= dropPushesBytes) this.#read();
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
    this.#frames.waiting(this.#outlet.session).then(
      (page) => {
        this.#reading = false;
        const again = this.#again;
        this.#again = false;
        // What was acknowledged while it was read may be in the page still: it is not sent again.
        if (page !== null && page.upTo > this.#sent) {
          this.#sent = page.upTo;
          this.#outlet.answer(framed(page.frame));
        } else if (again) this.wake();
      },
      (error) => {
        this.#reading = false;
        this.#again = false;
        this.#events.fault('to_device', error);
      },
    );
  }
}

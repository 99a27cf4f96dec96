// How a transfer waits for a server that cannot be reached or is busy: longer each time, or until the connection is back,
// and not for ever.
import { chance } from '../chance.ts';
import { backoffMs } from '../connection.ts';
import type { Core } from '../core.ts';
import type { ChatError } from '../error.ts';
import * as limits from '../limits.ts';
import { until } from '../live.ts';
import type { Ends } from './transfer.ts';

export class Patience {
  readonly #core: Core;
  readonly #ends: Ends;
  #since: number;
  #attempt = 0;

  constructor(core: Core, ends: Ends) {
    this.#core = core;
    this.#ends = ends;
    this.#since = core.clock.now();
  }

  /** Something has got through. */
  renew(): void {
    this.#since = this.#core.clock.now();
    this.#attempt = 0;
  }

  /** Resolves when it is time to try again. Throws the fault where that is of no use, or has been for too long. */
  async outlast(fault: ChatError): Promise<void> {
    const { clock, host, replica } = this.#core;
    const mayPass = fault.advice === 'retry' || fault.advice === 'wait';
    if (!mayPass || clock.now() - this.#since > limits.uploadPatienceMs) throw fault;
    const ms = Math.max(fault.retryAfterMs ?? 0, backoffMs(this.#attempt++, chance(host.random)));
    let isOver = false;
    let tell = () => {};
    const end = () => {
      isOver = true;
      tell();
    };
    const stopTimer = clock.after(ms, end);
    const stopHints = replica.onHint((hint) => {
      if (fault.advice === 'retry' && hint.hint === 'state' && hint.state.phase === 'online') end();
    });
    const subscribe = (listener: () => void) => {
      tell = listener;
      return () => {};
    };
    await until(subscribe, () => isOver, this.#ends).finally(() => {
      stopTimer();
      stopHints();
    });
  }
}

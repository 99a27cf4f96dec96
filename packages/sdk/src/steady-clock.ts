// A clock for measuring how long ago something was. The host's own may be set back; then this one goes on from where it
// was, so nothing that waits for a time waits longer than it was told to.
import type { Clock } from './ports.ts';

/** The same timers; the time never falls. */
export function steadyClock(clock: Clock): Clock {
  let last = Number.NEGATIVE_INFINITY;
  let shiftMs = 0;
  return {
    now: () => {
      const now = clock.now() + shiftMs;
      if (now < last) shiftMs += last - now;
      last = Math.max(last, now);
      return last;
    },
    after: (delayMs, task) => clock.after(delayMs, task),
  };
}

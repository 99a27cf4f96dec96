// What is asked for; or, while whoever is asked is silent or cannot answer, what is held of it. It must never hide a fault
// of anything that is not held.
import type { Clock } from './clock.ts';
import { stateWaitMs } from './engine-limits.ts';
import { Unavailable } from './result.ts';

/** Waits for the answer a moment; `held` is asked again when it is needed, and says undefined for nothing. */
export function orHeld<T>(answer: Promise<T>, held: () => T | undefined, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(stateWaitMs, () => {
      const found = held();
      if (found !== undefined) resolve(found);
    });
    answer.then(resolve, (error: Error) => {
      const found = error instanceof Unavailable ? held() : undefined;
      if (found === undefined) reject(error);
      else resolve(found);
    });
    answer.then(cancel, cancel);
  });
}

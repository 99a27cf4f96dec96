// Engines that start together with this process, or are busy because all start at once, are waited for: a process that
// ends would only be started again, and everybody who asks the engines anew keeps them busy.
import type { Clock } from '../kernel/clock.ts';
import { engineRetryMs, engineStartMs } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';

/**
 * What `open` resolves to, tried again while it is `Unavailable`; each time `fault` is told. `clock` is a steady one.
 * @throws the last {Unavailable} after half a minute or when `stopping` is aborted, and at once whatever else `open` throws
 */
export async function whenThere<T>(
  open: () => Promise<T>,
  clock: Clock,
  fault: (error: Unavailable) => void,
  stopping: AbortSignal,
): Promise<T> {
  const until = clock.now() + engineStartMs;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof Unavailable) || clock.now() >= until) throw error;
      fault(error);
      await new Promise<void>((resolve) => void clock.after(engineRetryMs, resolve));
      if (stopping.aborted) throw error;
    }
  }
}

// Faults that come again and again, told once in a while: an engine that is away fails everything that is asked of it.
import { type Clock, hostClock } from './clock.ts';
import { faultQuietMs, maxQuietFaults } from './engine-limits.ts';

/** Tells a fault, and one with the same words again only after a while. */
export function calmly(
  fault: (error: unknown) => void,
  clock: Pick<Clock, 'now'> = hostClock.steady,
): (error: unknown) => void {
  const toldAt = new Map<string, number>();
  return (error) => {
    const text = String(error);
    const now = clock.now();
    if (now - (toldAt.get(text) ?? Number.NEGATIVE_INFINITY) < faultQuietMs) return;
    toldAt.delete(text);
    toldAt.set(text, now);
    const [oldest] = toldAt.keys();
    if (toldAt.size > maxQuietFaults && oldest !== undefined) toldAt.delete(oldest);
    fault(error);
  };
}

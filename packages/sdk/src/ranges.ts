// Which stretches of a conversation this device has: sorted, disjoint, not touching. Pure.
import { maxRanges } from './limits.ts';

/** From and to, both included. */
export type Range = readonly [from: number, to: number];

/** Adds a stretch. Order of additions does not matter and repeating one changes nothing. */
export function cover(ranges: readonly Range[], from: number, to: number): readonly Range[] {
  if (to < from) return ranges;
  const next: Range[] = [];
  let [low, high] = [from, to];
  let placed = false;
  for (const range of ranges) {
    if (range[1] < low - 1) next.push(range);
    else if (range[0] > high + 1) {
      if (!placed) next.push([low, high]);
      placed = true;
      next.push(range);
    } else [low, high] = [Math.min(low, range[0]), Math.max(high, range[1])];
  }
  if (!placed) next.push([low, high]);
  return next.length > maxRanges ? next.slice(next.length - maxRanges) : next;
}

/** Removes everything above `seq`. */
export function cutAbove(ranges: readonly Range[], seq: number): readonly Range[] {
  return ranges.flatMap(([from, to]): readonly Range[] => (from > seq ? [] : [[from, Math.min(to, seq)]]));
}

/** The stretch that holds `seq`. */
export function rangeAt(ranges: readonly Range[], seq: number): Range | null {
  return ranges.find(([from, to]) => from <= seq && seq <= to) ?? null;
}

/** The newest stretch: what is followed live. */
export function newest(ranges: readonly Range[]): Range | null {
  return ranges.at(-1) ?? null;
}

/** Newest seq without a hole below it down to the baseline; 0 when there is nothing. */
export function reached(ranges: readonly Range[]): number {
  return newest(ranges)?.[1] ?? 0;
}

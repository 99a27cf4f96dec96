// A server that keeps back what devices send each other, turns it around and repeats it, for tests.
import type { ToDeviceItem } from '@parley/protocol';
import type { Man } from './man.ts';

/** From here on nothing of it arrives; resolves to what was kept. The server sends nothing else before that is taken. */
export function keepsItems(man: Man): readonly ToDeviceItem[] {
  const kept: ToDeviceItem[] = [];
  man.down = (frame) => {
    if (frame.type !== 'to_device') return [frame];
    kept.push(...frame.items);
    return [];
  };
  return kept;
}

/** What was kept comes, the newest first, and again, and twice at once. */
export function turnsItems(man: Man, kept: readonly ToDeviceItem[]): void {
  const turned = [...new Map(kept.map((item) => [item.n, item])).values()].reverse();
  for (const items of [turned, [...turned, ...turned], turned]) man.say({ type: 'to_device', items, has_more: false });
}

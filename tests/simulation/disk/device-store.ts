// The disk of a device as its program sees it: writes take their time, fail while there is no room, and are whole or
// not there when the program ends in the middle.
import type { LocalStore } from '@parley/sdk';
import type { Chance } from '../chance.ts';
import type { Life } from '../life.ts';
import type { WorldTime } from '../timeline-clock.ts';

/** How this device's disk behaves. */
export interface DeviceDisk {
  /** At most so long before, and again after, a write is done. Milliseconds. */
  slowMs: number;
  full: boolean;
}

/** `store` through the life of one program. */
export function deviceStore(
  store: LocalStore,
  parts: { readonly disk: DeviceDisk; readonly life: Life; readonly time: WorldTime; readonly chance: Chance },
): LocalStore {
  const { disk, life, time, chance } = parts;
  const wait = () =>
    new Promise<void>((resolve) => {
      time.after(chance.below(disk.slowMs + 1), resolve);
    });
  const write: LocalStore['write'] = async (writes, options) => {
    if (disk.slowMs > 0) await wait();
    if (life.over) return;
    if (disk.full) throw new Error('no room on this device');
    await store.write(writes, options);
    if (disk.slowMs > 0) await wait();
  };
  return {
    get: (table, key) => life.hold(store.get(table, key)),
    list: (table, range) => life.hold(store.list(table, range)),
    write: (writes, options) => life.hold(write(writes, options)),
    clear: () => life.hold(store.clear()),
    close: () => life.hold(store.close()),
  };
}

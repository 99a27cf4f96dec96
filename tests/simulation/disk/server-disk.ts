// The folder of the log of the simulated server: each operation takes its time, fails now and then, and the machine
// may go down in the middle of any of them.
import { DiskFull } from '../../../packages/server/src/log/disk.ts';
import { type DiskFault, type DiskOperation, MemoryDisk } from '../../../packages/server/src/log/memory-disk.ts';
import type { Chance } from '../chance.ts';
import { type Life, never } from '../life.ts';
import type { WorldTime } from '../timeline-clock.ts';

/** How the disk behaves. Probabilities are by operation. */
export interface DiskFaults {
  /** A sync takes at most so long. Milliseconds. */
  readonly syncMs: number;
  /** Probability that a sync takes a hundred times as long. */
  readonly stalls: number;
  readonly failsToSync: number;
}

export const soundDisk: DiskFaults = { syncMs: 2, stalls: 0, failsToSync: 0 };

/** The disk of the server's machine. */
export class ServerDisk {
  #current = new MemoryDisk();
  faults: DiskFaults = soundDisk;
  full = false;
  /** Called before this many more operations are done, once: the machine goes down in the middle of its work. */
  trap: { left: number; readonly spring: () => void } | null = null;

  /** The folder as one program has it. */
  open(life: Life, time: WorldTime, chance: Chance): MemoryDisk {
    const disk = this.#current;
    disk.fate = (operation) => {
      if (life.over || this.#springs()) return never;
      if (operation.kind === 'write' && this.full) return { error: new DiskFull('the disk is full') };
      if (operation.kind !== 'datasync' && operation.kind !== 'sync_folder') return undefined;
      return this.#sync(operation, life, time, chance);
    };
    return disk;
  }

  /** The program is gone; with `power` what was not synced may be, too. */
  crash(power: boolean, chance: Chance): void {
    this.#current = power ? this.#current.powerCut((options) => chance.below(options)) : this.#current.fork();
    this.trap = null;
  }

  /** What is synced, as a backup copies it. */
  copy(): MemoryDisk {
    return this.#current.powerCut(() => 0);
  }

  restore(copied: MemoryDisk): void {
    this.#current = copied.fork();
  }

  #springs(): boolean {
    const { trap } = this;
    if (trap === null || trap.left-- > 0) return false;
    this.trap = null;
    trap.spring();
    return true;
  }

  async #sync(operation: DiskOperation, life: Life, time: WorldTime, chance: Chance): Promise<DiskFault | undefined> {
    const { syncMs, stalls, failsToSync } = this.faults;
    const stalled = stalls > 0 && chance.happens(stalls);
    await new Promise<void>((resolve) => {
      time.after(chance.between(1, syncMs) * (stalled ? 100 : 1), resolve);
    });
    if (life.over) return never;
    if (operation.kind === 'datasync' && failsToSync > 0 && chance.happens(failsToSync))
      return { error: new Error('the disk does not answer') };
    return undefined;
  }
}

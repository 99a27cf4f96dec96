// Time of a simulated run: nothing happens but tasks in the order of their due time, and between two tasks everything
// that was set going runs to its end. Each machine may have a clock that is off or jumps.

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** What a machine sees of time: the server's and the SDK's `Clock` at once. */
export interface MachineClock {
  now(): number;
  elapsed(): number;
  after(delayMs: number, task: () => void): () => void;
  /** The wall clock jumps by so many milliseconds; timers do not care. */
  jump(ms: number): void;
  /** The machine is gone: its timers never fire. */
  stop(): void;
}

/** The world's time in milliseconds, and what is due. */
export class WorldTime {
  #now = Date.UTC(2026, 0, 5, 9);
  #order = 0;
  #tasks: Task[] = [];

  now(): number {
    return this.#now;
  }

  /** Runs `task` once, `delayMs` from now, unless the returned function is called first. */
  after(delayMs: number, task: () => void): () => void {
    const entry: Task = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run: task, cancelled: false };
    this.#insert(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** A clock that is `skewMs` off. */
  machine(skewMs: number): MachineClock {
    let skew = skewMs;
    let alive = true;
    return {
      now: () => this.#now + skew,
      elapsed: () => this.#now,
      after: (delayMs, task) =>
        this.after(delayMs, () => {
          if (alive) task();
        }),
      jump: (ms) => {
        skew += ms;
      },
      stop: () => {
        alive = false;
      },
    };
  }

  /** Runs the next task and everything that follows from it at once; false when nothing is due before `until`. */
  async step(until: number): Promise<boolean> {
    for (let next = this.#tasks[0]; next !== undefined && next.at <= until; next = this.#tasks[0]) {
      this.#tasks.shift();
      if (next.cancelled) continue;
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settle();
      return true;
    }
    this.#now = Math.max(this.#now, until);
    return false;
  }

  #insert(entry: Task): void {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#tasks[middle] as Task;
      if (other.at < entry.at || (other.at === entry.at && other.order < entry.order)) low = middle + 1;
      else high = middle;
    }
    this.#tasks.splice(low, 0, entry);
  }
}

/** Resolves when every promise that can go on has gone on. Everything simulated is made of promises and tasks only. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

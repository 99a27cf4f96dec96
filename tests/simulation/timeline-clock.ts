// Time of a simulated run: nothing happens but tasks in the order of their due time, and between two tasks everything
// that was set going runs to its end. Each machine may have a clock that is off or jumps.
import type { Life } from './life.ts';

interface Task {
  readonly at: number;
  readonly order: number;
  /** Null when it was cancelled. */
  run: (() => void) | null;
}

/** What a program sees of time: the server's and the SDK's `Clock` at once. */
export interface ProgramClock {
  now(): number;
  elapsed(): number;
  after(delayMs: number, task: () => void): () => void;
  readonly steady: Pick<ProgramClock, 'now' | 'after'>;
}

/** The clock of a machine. It outlives the programs on it. */
export interface MachineClock {
  /** How far the wall clock is off. Timers do not care. Milliseconds. */
  offMs: number;
  /** The clock as one program sees it: its timers end with it. */
  for(life: Life): ProgramClock;
}

/** The world's time in milliseconds, and what is due. */
export class WorldTime {
  #now = Date.UTC(2026, 0, 5, 9);
  #order = 0;
  /** A heap, the earliest on top. */
  readonly #tasks: Task[] = [];

  now(): number {
    return this.#now;
  }

  /** Runs `task` once, `delayMs` from now, unless the returned function is called first. */
  after(delayMs: number, task: () => void): () => void {
    const entry: Task = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run: task };
    this.#push(entry);
    return () => {
      entry.run = null;
    };
  }

  machine(offMs: number): MachineClock {
    const machine: MachineClock = {
      offMs,
      for: (life) => {
        const elapsed = () => this.#now;
        const after: ProgramClock['after'] = (delayMs, task) =>
          this.after(delayMs, () => {
            if (!life.over) task();
          });
        return { now: () => this.#now + machine.offMs, elapsed, after, steady: { now: elapsed, after } };
      },
    };
    return machine;
  }

  /** Runs the next task and everything that follows from it at once; false when nothing is due before `until`. */
  async step(until: number): Promise<boolean> {
    let next = this.#next(until);
    if (next === null) {
      // What was set going from outside may still be about to ask for time.
      await settle();
      next = this.#next(until);
    }
    if (next === null) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#now = Math.max(this.#now, next.at);
    next.run?.();
    await settle();
    return true;
  }

  /** Takes the next task that is due before `until`. */
  #next(until: number): Task | null {
    for (let next = this.#tasks[0]; next !== undefined && next.at <= until; next = this.#tasks[0]) {
      this.#pop();
      if (next.run !== null) return next;
    }
    return null;
  }

  #push(task: Task): void {
    const tasks = this.#tasks;
    let at = tasks.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(tasks[parent] as Task, task)) break;
      tasks[at] = tasks[parent] as Task;
      at = parent;
    }
    tasks[at] = task;
  }

  #pop(): void {
    const tasks = this.#tasks;
    const last = tasks.pop() as Task;
    if (tasks.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= tasks.length) break;
      if (child + 1 < tasks.length && isBefore(tasks[child + 1] as Task, tasks[child] as Task)) child++;
      if (isBefore(last, tasks[child] as Task)) break;
      tasks[at] = tasks[child] as Task;
      at = child;
    }
    tasks[at] = last;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Resolves when every promise that can go on has gone on. Everything simulated is made of promises and tasks only. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

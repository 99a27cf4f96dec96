// The end of an event-loop turn. Whatever a socket has to say within a turn leaves in one write when it ends: a
// system call per frame is what a relay spends most of its time on. It must never keep anything for a later turn.

/** Something with frames to write when the turn ends. */
export interface Flushable {
  flush(): void;
}

/** Runs a task once, after everything that is happening now (`setImmediate`, or the simulation's equal). */
export type Defer = (task: () => void) => void;

/** Collects who has something to write. One per process. */
export class Turn {
  readonly #defer: Defer;
  #waiting: Flushable[] = [];
  readonly #end = () => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.flush();
  };

  constructor(defer: Defer) {
    this.#defer = defer;
  }

  /** `flush` will be called once at the end of this turn. The caller marks itself once only. */
  mark(each: Flushable): void {
    if (this.#waiting.push(each) === 1) this.#defer(this.#end);
  }
}

// Work in lanes: what is asked under one name happens one after the other, in the order in which it was asked.

/** Lanes by name; an empty one takes no memory. */
export class Lanes {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` when all before it in this lane has ended, well or not. */
  run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(lane) ?? Promise.resolve();
    const mine = (async () => {
      await before;
      return work();
    })();
    const leave = (): void => {
      if (this.#last.get(lane) === ended) this.#last.delete(lane);
    };
    const ended: Promise<void> = mine.then(leave, leave);
    this.#last.set(lane, ended);
    return mine;
  }
}

// Lets those go together who would each go now: a while after the first of them, so that few wakes carry what comes
// meanwhile.

/** One for all who may go together. */
export class Gathering {
  readonly #ms: number;
  #next: Promise<void> | null = null;

  /** `ms`: how long after the first. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Resolves when those who wait go. */
  next(): Promise<void> {
    this.#next ??= new Promise<void>((resolve) => setTimeout(resolve, this.#ms)).finally(() => {
      this.#next = null;
    });
    return this.#next;
  }
}

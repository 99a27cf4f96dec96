// One run of a machine's program. A crash cannot stop code that is waiting for a promise, so everything that the
// program could still reach goes through its life: once that is over, calls have no effect and answers never come.

/** Resolves never. */
export const never: Promise<never> = new Promise(() => {});

/** From the start of a program to its end, whatever ends it. */
export class Life {
  #over = false;
  #ends: (() => void)[] = [];

  get over(): boolean {
    return this.#over;
  }

  /** The program is gone, in the middle of whatever it did. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    const ends = this.#ends;
    this.#ends = [];
    for (const end of ends) end();
  }

  /** Called when the program is gone; at once when it is gone already. */
  onEnd(task: () => void): void {
    if (this.#over) task();
    else this.#ends.push(task);
  }

  /** Settles as the promise does, or never when the life ends before it. */
  hold<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          if (!this.#over) resolve(value);
        },
        (error: unknown) => {
          if (!this.#over) reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** The same object, its methods and those of the objects in it, for as long as the life lasts. */
  fence<T extends object>(port: T): T {
    const inner = new Map<PropertyKey, unknown>();
    return new Proxy(port, {
      get: (target, name) => {
        const known = inner.get(name);
        if (known !== undefined) return known;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value === 'object' && value !== null) return kept(inner, name, this.fence(value));
        if (typeof value !== 'function') return value;
        return kept(inner, name, (...args: readonly unknown[]) => this.#call(target, value, args));
      },
    });
  }

  #call(target: object, method: unknown, args: readonly unknown[]): unknown {
    if (this.#over) return never;
    const result: unknown = Reflect.apply(method as (...all: unknown[]) => unknown, target, args);
    return result instanceof Promise ? this.hold(result) : result;
  }
}

function kept<T>(inner: Map<PropertyKey, unknown>, name: PropertyKey, value: T): T {
  inner.set(name, value);
  return value;
}

// Work that nobody waits for, and the failures of those whom this code knows nothing of.

/** Lets work run that handles its own failures. One that escapes is a bug of ours, and must be seen: it is thrown where the host sees it. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    throw error;
  });
}

/** Calls a listener of the app. What it throws is the app's failure: it shows where the host sees it, and stops nobody else. */
export function tell<A extends readonly unknown[]>(listener: (...args: A) => void, ...args: A): void {
  try {
    listener(...args);
  } catch (error) {
    inBackground(
      Promise.resolve().then(() => {
        throw error;
      }),
    );
  }
}

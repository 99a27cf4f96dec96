// Work that nobody waits for.

/** Lets work run that shows its own failures. One that escapes is a bug, and is thrown where the page sees it. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    throw error;
  });
}

// Work that nobody waits for.

/** Lets work run that handles its own failures. One that escapes is a bug of ours, and must be seen: it is thrown where the host sees it. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    throw error;
  });
}

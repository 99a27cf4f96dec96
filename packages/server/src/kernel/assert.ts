// Invariants, checked in production too. A failed assert is a bug of ours: the request dies, never the data.

/** Raised when an invariant does not hold. The message names the invariant and carries no content. */
export class AssertionFailure extends Error {
  override name = 'AssertionFailure';
}

/** Throws when `condition` is false. One condition a call. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new AssertionFailure(invariant);
}

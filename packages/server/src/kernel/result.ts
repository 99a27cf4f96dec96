// Refusals are values (`Result`), faults of the world are these exceptions, bugs are failed asserts.

/** A value, or the code of a refusal with its optional details. */
export type Result<T, Code extends string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: Code; readonly details?: Readonly<Record<string, unknown>> };

/** The good outcome. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** The refusal. */
export function refuse<Code extends string>(
  code: Code,
  details?: Readonly<Record<string, unknown>>,
): { readonly ok: false; readonly code: Code; readonly details?: Readonly<Record<string, unknown>> } {
  return details === undefined ? { ok: false, code } : { ok: false, code, details };
}

/** The world cannot serve this now (disk full, engine away). Nothing was accepted; trying again is right. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** Somebody else was first (a unique name, a version). Trying the same again is wrong. */
export class Conflict extends Error {
  override name = 'Conflict';
}

/** The world failed meanwhile: it may have been done or not, which shows later. Trying the same again is right. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown';
}

/** The operator must do something first, and the message says what: it neither passes by itself nor is it a bug of ours. */
export class Refused extends Error {
  override name = 'Refused';
}

/** Did the world refuse, and not a bug of ours? Then nothing was done. */
export function isOfTheWorld(error: unknown): boolean {
  return error instanceof Unavailable || error instanceof Conflict;
}

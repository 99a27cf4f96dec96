// Port of what calls with an Idempotency-Key were answered, so that the same call again gets the same answer after a
// restart. Promise: what was kept is on disk and bounded. It holds sealed text only, which it cannot read.

/** An answer under the id of its call. `until`: milliseconds since the Unix epoch, as `time` below. */
export interface AnswerRow {
  readonly id: string;
  /** The account that called, or what stands for those without one. */
  readonly caller: string;
  readonly sealed: string;
  readonly until: number;
}

/** So many are kept; beyond, the oldest go. */
export interface AnswerBounds {
  readonly ofCaller: number;
  readonly ofAll: number;
}

/** Answers by the id of their call. */
export interface Answers {
  /** Undefined: none, or it is over at `time`. [DIR17] */
  get(id: string, time: number): Promise<AnswerRow | undefined>;
  /** Keeps it in the place of one with the same id. What is over at `time` goes, and what is beyond the bounds. [DIR17] */
  keep(row: AnswerRow, time: number, most: AnswerBounds): Promise<void>;
}

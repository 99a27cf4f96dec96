// Work of one account, one after the other: what was counted before a record was appended still holds when it is
// written. Within this process; it promises order and never holds up another account.
import { maxTurnsWaiting } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';

interface Line {
  readonly last: Promise<void>;
  readonly length: number;
}

/** Lines, one for each account that does something now. */
export class Turns {
  readonly #lines = new Map<string, Line>();

  /**
   * Does it when everything before it in this line is done. Never from inside a turn of the same line.
   * @throws {Unavailable} too much waits in this line already
   */
  async run<T>(line: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(line);
    const length = (before?.length ?? 0) + 1;
    if (length > maxTurnsWaiting) throw new Unavailable('too much of one account is being done already');
    const turn = Promise.withResolvers<void>();
    this.#lines.set(line, { last: turn.promise, length });
    try {
      await before?.last;
      return await work();
    } finally {
      turn.resolve();
      this.#leave(line, turn.promise);
    }
  }

  #leave(line: string, turn: Promise<void>): void {
    const now = this.#lines.get(line);
    if (now === undefined || now.last === turn) this.#lines.delete(line);
    else this.#lines.set(line, { last: now.last, length: now.length - 1 });
  }
}

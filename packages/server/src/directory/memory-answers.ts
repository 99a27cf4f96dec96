// Answers to keyed calls in memory. Every method does all of its work before it yields, so it is atomic.
import type { Answers } from './answers.ts';
import type { Rows } from './memory-rows.ts';

/** Answers by the id of their call, oldest first. */
export function memoryAnswers({ answers }: Rows): Answers {
  return {
    get: async (id, time) => {
      const row = answers.get(id);
      return row !== undefined && row.until > time ? row : undefined;
    },
    keep: async (row, time, { ofCaller, ofAll }) => {
      for (const one of [...answers.values()]) if (one.until <= time || one.id === row.id) answers.delete(one.id);
      answers.set(row.id, row);
      const own = [...answers.values()].filter(({ caller }) => caller === row.caller);
      for (const { id } of own.slice(0, Math.max(0, own.length - ofCaller))) answers.delete(id);
      for (const id of [...answers.keys()].slice(0, Math.max(0, answers.size - ofAll))) answers.delete(id);
    },
  };
}

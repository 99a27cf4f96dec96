// Facts of a machine that are gone with it: for tests, and where nothing is to be kept.
import type { KeyFacts } from '../key-machine.ts';

/** Facts in memory. */
export function memoryFacts(): KeyFacts {
  const facts = new Map<string, string>();
  return {
    get: async (names) => names.map((name) => JSON.parse(facts.get(name) ?? 'null') as unknown),
    async put(entries) {
      for (const [name, value] of entries) facts.set(name, JSON.stringify(value));
    },
    together: (work) => work(),
    close() {},
  };
}

// Keys in memory, in this very thread: for programs that keep nothing, and for tests. The crypto library is loaded when
// the first machine is opened. [ENC]
import type { KeyPlace } from '../crypto/encryption.ts';

/** A place whose keys are gone with the machine. */
export function memoryKeys(): KeyPlace {
  return {
    async open({ account, device, http, clock, random }, events) {
      const [{ openMachine }, { memoryFacts }] = await Promise.all([
        import('../crypto/olm/machine.ts'),
        import('../crypto/olm/memory-facts.ts'),
      ]);
      const call = (request: Parameters<typeof http.call>[0]) => http.call(request);
      return openMachine({ account, device, store: null, facts: memoryFacts(), call, clock, random }, events);
    },
    wipe: async () => {},
  };
}

// Keys whose state and answers the test gives; it remembers what was done with them. Nothing is sealed.
import type { EncryptionView } from '@parley/sdk';
import type { DeedName } from '../../sdk/src/deeds.ts';
import type { CryptoProvider } from '../../sdk/src/ports.ts';

/** The provider of one client. */
export class Keys {
  readonly done: (readonly unknown[])[] = [];
  readonly answers: Partial<Record<DeedName, unknown>> = {};
  readonly snapshot: EncryptionView;

  constructor(view: Partial<EncryptionView>) {
    this.snapshot = { phase: 'opening', recovery: 'none', changed: [], comparison: null, pairing: null, ...view };
  }

  get provider(): Partial<CryptoProvider> {
    return {
      start: () => {},
      desk: {
        snapshot: this.snapshot,
        // It stands from the beginning, and that is told once.
        subscribe: (listener) => {
          queueMicrotask(listener);
          return () => {};
        },
        ask: async (name, ...given) => {
          if (name !== 'saved') this.done.push([name, ...given]);
          return (this.answers[name] ?? null) as never;
        },
      },
    };
  }
}

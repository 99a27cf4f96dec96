// Keys whose state and answers the test gives; it remembers what was done with them. Nothing is sealed.
import type { EncryptionView } from '@parley/sdk';
import type { DeedAnswer, DeedArguments, DeedName } from '../../sdk/src/deeds.ts';
import type { CryptoProvider } from '../../sdk/src/ports.ts';

/** The provider of one client. */
export class Keys {
  readonly done: (readonly unknown[])[] = [];
  readonly answers: Partial<Record<DeedName, unknown>> = {};
  snapshot: EncryptionView;
  readonly #listeners = new Set<() => void>();

  constructor(view: Partial<EncryptionView>) {
    this.snapshot = { phase: 'opening', recovery: 'none', changed: [], comparison: null, pairing: null, ...view };
  }

  /** It stands in another way, and that is told. */
  change(view: Partial<EncryptionView>): void {
    this.snapshot = { ...this.snapshot, ...view };
    for (const listener of this.#listeners) listener();
  }

  get provider(): Partial<CryptoProvider> {
    return { start: () => {}, desk: this };
  }

  /** It stands from the beginning, and that is told once. */
  subscribe(listener: () => void): () => void {
    queueMicrotask(listener);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ask<N extends DeedName>(name: N, ...given: DeedArguments<N>): Promise<DeedAnswer<N>> {
    if (name !== 'saved') this.done.push([name, ...given]);
    const answer = this.answers[name] ?? null;
    return (typeof answer === 'function' ? (answer as () => unknown)() : answer) as never;
  }
}

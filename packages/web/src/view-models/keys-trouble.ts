// Keys that could not be opened: the library was not loaded, another tab has them, the disk is full. A person is told, in
// words, and may try again before the client does so by itself.
import type { Client } from '@parley/sdk';
import { words } from '../words/words.ts';
import { Model, Stops } from './model.ts';
import { errorText } from './recovery-key.ts';

export interface KeysTroubleView {
  /** Why, in words; null: nothing is wrong. */
  readonly why: string | null;
  readonly busy: boolean;
}

export interface KeysTrouble extends Pick<Model<KeysTroubleView>, 'snapshot' | 'subscribe'> {
  again(): Promise<void>;
  close(): void;
}

/** Of one client. */
export function createKeysTrouble({ encryption }: Pick<Client, 'encryption'>): KeysTrouble {
  const model = new Model<KeysTroubleView>({ why: null, busy: false });
  const stops = new Stops();
  const look = () => {
    const { problem = null } = encryption.snapshot;
    const why = problem === null ? null : words.error(problem);
    if (why !== model.snapshot.why) model.update({ why });
  };
  stops.add(encryption.subscribe(look));
  look();
  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    async again() {
      if (model.snapshot.busy) return;
      model.update({ busy: true });
      const why = await encryption.openKeys().then(() => null, errorText);
      model.update({ busy: false, why });
    },
    close: () => stops.end(),
  };
}

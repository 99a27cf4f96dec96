// A device without keys: "Get your chats here". By the recovery key, or by starting over. It shows that it works and
// that it is done, so that nobody stares at messages that are still on their way.
import type { Client, DevicesBefore } from '@parley/sdk';
import { inBackground } from './background.ts';
import type { Host } from './host.ts';
import { type KeyReading, nothingRead, readSoFar } from './key-reading.ts';
import { Model, Stops } from './model.ts';
import { errorText } from './recovery-key.ts';

/** Which way is being gone. */
export type LinkingStep = 'choose' | 'device' | 'code' | 'key' | 'over' | 'working' | 'done';

export interface LinkingView {
  /** Chats cannot be shown: the keys are missing, or on their way. */
  readonly locked: boolean;
  readonly step: LinkingStep;
  /** What works, or was done. */
  readonly way: 'key' | 'over';
  readonly text: string;
  readonly reading: KeyReading;
  readonly error: string | null;
}

export interface Linking extends Pick<Model<LinkingView>, 'snapshot' | 'subscribe'> {
  go(step: 'choose' | 'device' | 'code' | 'key' | 'over'): void;
  write(text: string): void;
  /** With what is written, or with the key that somebody signed in with. */
  recover(key?: string): Promise<void>;
  startOver(password: string, before: DevicesBefore): Promise<void>;
  /** It was seen that it is done. */
  finish(): void;
  close(): void;
}

/** Keys that have not come by then may never come: whoever has them is away. */
const keysPatienceMs = 60_000;
const begin = { step: 'choose', way: 'key', text: '', reading: nothingRead, error: null } as const;

/** The keys of one client. */
export function createLinking(
  { encryption, conversations }: Pick<Client, 'encryption' | 'conversations'>,
  host: Pick<Host, 'after'>,
): Linking {
  const stops = new Stops();
  const needed = () => encryption.snapshot.phase === 'needs_linking';
  const model = new Model<LinkingView>({ ...begin, locked: needed() });
  const set = (fields: Partial<LinkingView>) => {
    const next = { ...model.snapshot, ...fields };
    model.set({ ...next, locked: needed() || next.step === 'working' || next.step === 'done' });
  };
  const read = async (text: string) => {
    const reading = await readSoFar(text);
    if (model.snapshot.text === text) set({ reading });
  };
  const run = async (way: LinkingView['way'], action: () => Promise<void>) => {
    const from = way === 'key' ? 'key' : 'over';
    if (model.snapshot.step === 'working') return;
    set({ step: 'working', way, error: null });
    try {
      await action();
      set({ ...begin, way, step: 'done' });
    } catch (error) {
      set({ step: from, error: errorText(error) });
    }
  };
  /** Another device has vouched for this one, and what it sends is on its way. */
  let isLinked = false;
  let hasWaited = false;
  const look = () => {
    const { step } = model.snapshot;
    if ((step === 'device' || step === 'code') && !needed()) {
      isLinked = true;
      set({ ...begin, step: 'working' });
      stops.add(
        host.after(keysPatienceMs, () => {
          hasWaited = true;
          look();
        }),
      );
    } else set({});
    if (!isLinked || (!hasWaited && isKeyMissing())) return;
    isLinked = false;
    set({ ...begin, step: 'done' });
  };
  const isKeyMissing = () =>
    encryption.undecryptable.snapshot.waiting > 0 ||
    conversations.snapshot.some(({ last }) => last?.unreadable === 'no_key');
  for (const source of [encryption, encryption.undecryptable, conversations]) stops.add(source.subscribe(look));

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    go: (step) => set({ ...begin, step }),
    write: (text) => {
      set({ text, error: null });
      inBackground(read(text));
    },
    recover: (key) => {
      const text = key ?? model.snapshot.text;
      if (key !== undefined) set({ text });
      return run('key', () => encryption.recover(text));
    },
    startOver: (password, before) => run('over', () => encryption.startOver(password, before)),
    finish: () => {
      if (model.snapshot.step === 'done') set(begin);
    },
    close: () => stops.end(),
  };
}

/** Recovers with the key that somebody signed in with, once it is clear that it is needed. */
export function recoverWhenNeeded({ encryption }: Pick<Client, 'encryption'>, linking: Linking, key: string): void {
  const stops = new Stops();
  const look = () => {
    const { phase } = encryption.snapshot;
    if (phase === 'opening' || stops.ended) return;
    stops.end();
    // Nobody has to be told that it is done: nothing was asked for.
    if (phase === 'needs_linking') inBackground(linking.recover(key).then(() => linking.finish()));
  };
  stops.add(encryption.subscribe(look));
  look();
}

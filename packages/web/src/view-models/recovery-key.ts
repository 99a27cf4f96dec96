// The recovery key as a person meets it: offered once the first message was sent, shown until it is written down,
// asked for to be sure, and made anew with the password. The words are held only while they are on screen.
import type { Client, RecoveryKeyView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { inBackground } from './background.ts';
import type { Host } from './host.ts';
import { Model, Stops } from './model.ts';

/** `saved`: it was written down. `unknown`: this device does not know it. */
export type RecoveryStep = 'loading' | 'show' | 'check' | 'done' | 'saved' | 'unfinished' | 'unknown';

export interface RecoveryView {
  /** Worth a line: something was sent, it is not written down, and nobody said "later". */
  readonly offered: boolean;
  /** There is none yet for new keys: until there is, a device that was lost may read on. */
  readonly unfinished: boolean;
  readonly step: RecoveryStep;
  readonly key: RecoveryKeyView | null;
  /** Places of the two words that are asked for, counted from 1. */
  readonly asked: readonly number[];
  /** The first place whose answer was another word. */
  readonly wrong: number | null;
  readonly busy: boolean;
  readonly error: string | null;
}

export interface RecoveryKey extends Pick<Model<RecoveryView>, 'snapshot' | 'subscribe'> {
  /** It is to be seen. */
  begin(): void;
  /** It is off the screen: nothing of it stays here. */
  end(): void;
  /** Not offered again for a week. */
  later(): void;
  /** It was written down: two words are asked for. */
  check(): void;
  showAgain(): void;
  /** With both words, in the order of `asked`. */
  confirm(answers: readonly string[]): Promise<void>;
  renew(password: string): Promise<void>;
  close(): void;
}

type Parts = Pick<Client, 'encryption' | 'settings' | 'conversations'>;

/** When it is to be offered; all devices of the account agree. */
const offerSetting = 'recovery.offer';
const laterMs = 7 * 86_400_000;
const nothing = { step: 'loading', key: null, asked: [], wrong: null, busy: false, error: null } as const;

/** With what it begins where there is nothing to show. */
const steps = { none: 'unknown', confirmed: 'saved', unfinished: 'unfinished' } as const;

/** The recovery key of one client. */
export function createRecoveryKey(client: Parts, host: Pick<Host, 'now' | 'pick'>): RecoveryKey {
  const { encryption, settings, conversations } = client;
  const model = new Model<RecoveryView>({ offered: false, unfinished: false, ...nothing });
  const stops = new Stops();

  const offer = () => {
    const at = settings.get(offerSetting);
    const { recovery } = encryption.snapshot;
    const isOpen = recovery === 'offered';
    const offered = isOpen && at !== null && host.now() >= Number(at);
    const unfinished = recovery === 'unfinished';
    if (offered !== model.snapshot.offered || unfinished !== model.snapshot.unfinished)
      model.update({ offered, unfinished });
    if (isOpen && at === null && hasSent(client)) inBackground(settings.set(offerSetting, String(host.now())));
  };
  const run = async (action: () => Promise<Partial<RecoveryView>>) => {
    if (model.snapshot.busy) return;
    model.update({ busy: true, error: null, wrong: null });
    try {
      model.update({ ...(await action()), busy: false });
    } catch (error) {
      model.update({ error: errorText(error), busy: false });
    }
  };

  for (const source of [encryption, settings, conversations]) stops.add(source.subscribe(offer));
  offer();

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    begin: () => {
      const { recovery } = encryption.snapshot;
      if (recovery !== 'offered') return model.update({ step: steps[recovery] });
      inBackground(
        run(async () => {
          const key = await encryption.recoveryKey();
          return { key, step: key === null ? 'saved' : 'show' };
        }),
      );
    },
    end: () => model.update(nothing),
    later: () => inBackground(settings.set(offerSetting, String(host.now() + laterMs))),
    check: () => {
      const count = model.snapshot.key?.words.length ?? 0;
      if (count > 1) model.update({ step: 'check', asked: twoOf(count, host), wrong: null, error: null });
    },
    showAgain: () => model.update({ step: 'show', wrong: null, error: null }),
    confirm: async (answers) => {
      const { asked, key } = model.snapshot;
      const wrong = asked.find((place, at) => plain(answers[at]) !== key?.words[place - 1]);
      if (wrong !== undefined) return model.update({ wrong });
      await run(async () => {
        await encryption.confirmRecoveryKey();
        return { step: 'done', key: null };
      });
    },
    renew: (password) => run(async () => ({ key: await encryption.newRecoveryKey(password), step: 'show' })),
    close: () => stops.end(),
  };
}

/** What is wrong, where a password was asked for. */
export function errorText(error: unknown): string {
  const { code = '' } = error as { readonly code?: string };
  return code === 'auth.refused' ? words.encryption.recovery.wrongPassword : words.error(code);
}

/** Has this account said something that others could miss? */
function hasSent({ conversations }: Parts): boolean {
  return conversations.snapshot.some(
    ({ kind, last }) => kind !== 'room' && last?.own === true && last.type !== 'change' && last.state !== 'rejected',
  );
}

/** Two places of so many, the lower one first. */
function twoOf(count: number, { pick }: Pick<Host, 'pick'>): readonly number[] {
  const first = pick(count);
  const second = (first + 1 + pick(count - 1)) % count;
  return [first + 1, second + 1].sort((a, b) => a - b);
}

function plain(answer: string | undefined): string {
  return (answer ?? '').trim().toLowerCase();
}

// The encryption of a client as a test sets it: how it stands, and every deed that was done.
import type {
  Client,
  ComparisonView,
  ConversationView,
  DevicesBefore,
  EncryptionView,
  IdentityView,
  PairingView,
  ScanResult,
} from '@parley/sdk';
import { ChatError } from '@parley/sdk';
import { Model } from './model.ts';

export const recoveryWords = Array.from({ length: 24 }, (_, n) => `word${n + 1}`);

/** Deeds are kept in `done`; a deed whose name is in `refusals` rejects with that code. */
export class HandEncryption extends Model<EncryptionView> {
  readonly done: string[] = [];
  readonly refusals = new Map<string, ConstructorParameters<typeof ChatError>[0]>();
  readonly identities = new Map<string, IdentityView>();
  readonly linked = new Set<string>();
  readonly undecryptable = new Model({ waiting: 0 });
  /** A deed that begins waits for this. */
  gate: Promise<void> = Promise.resolve();

  constructor(view: Partial<EncryptionView> = {}) {
    super({ phase: 'ready', recovery: 'none', changed: [], comparison: null, pairing: null, ...view });
  }

  recoveryKey = () => this.#do('recoveryKey', () => ({ words: recoveryWords, groups: 'AAAA BBBB' }));
  confirmRecoveryKey = () => this.#do('confirmRecoveryKey', () => this.update({ recovery: 'confirmed' }));
  newRecoveryKey = (password: string) =>
    this.#do(`newRecoveryKey ${password}`, () => {
      this.update({ recovery: 'offered' });
      return { words: recoveryWords, groups: 'CCCC' };
    });
  recover = (key: string) => this.#do(`recover ${key}`, () => this.update({ phase: 'ready' }));
  startOver = (password: string, before: DevicesBefore) =>
    this.#do(`startOver ${password} ${before}`, () => this.update({ phase: 'ready', recovery: 'offered' }));
  identity = (account: string) => this.#do(`identity ${account}`, () => this.identities.get(account) as IdentityView);
  confirmIdentity = (account: string) => this.#do(`confirmIdentity ${account}`, () => this.#seen(account));
  scanIdentity = (account: string, text: string) =>
    this.#do(`scanIdentity ${account} ${text}`, (): ScanResult => (text === 'right' ? 'match' : 'their_key_differs'));
  acceptIdentity = (account: string) => this.#do(`acceptIdentity ${account}`, () => this.#seen(account));
  openKeys = () => this.#do('openKeys', () => this.update({ phase: 'ready', problem: null }));
  devices = () =>
    this.#do('devices', () => [...this.linked].map((device) => ({ device, linked: true, current: false })));

  shutOut = (password: string) =>
    this.#do(`shutOut ${password}`, () => {
      this.update({ recovery: 'offered' });
      return { words: recoveryWords, groups: 'DDDD' };
    });
  compare = (device: string) =>
    this.#do(`compare ${device}`, (): ComparisonView => ({ flow: 'f1', device, state: 'waiting', emoji: [] }));
  joinComparison = (flow: string, password: string) => this.#do(`joinComparison ${flow} ${password}`, () => {});
  showPairing = (server: string) =>
    this.#do(`showPairing ${server}`, () => this.#pair({ role: 'new', state: 'shown', text: 'parley-link:AAAA' }));
  scanPairing = (text: string, password: string) =>
    this.#do(`scanPairing ${text} ${password}`, () => this.#pair({ role: 'old', state: 'waiting' }));
  typePairing = (digits: string) => this.#do(`typePairing ${digits}`, () => {});
  endPairing = () => this.#do('endPairing', () => {});
  endComparison = (flow: string, same: boolean) => this.#do(`endComparison ${flow} ${same}`, () => {});

  close(): void {}

  /** As the part of a client. */
  get view(): Client['encryption'] {
    return this as unknown as Client['encryption'];
  }

  async #do<T>(name: string, answer: () => T): Promise<T> {
    this.done.push(name);
    await this.gate;
    const code = this.refusals.get(name.split(' ')[0] ?? '');
    if (code !== undefined) throw new ChatError(code);
    return answer();
  }

  #pair(fields: Pick<PairingView, 'role' | 'state'> & Partial<PairingView>): PairingView {
    const pairing = { text: null, digits: null, device: null, problem: null, ...fields };
    this.update({ pairing });
    return pairing;
  }

  #seen(account: string): void {
    this.update({ changed: this.snapshot.changed.filter((one) => one.account !== account) });
  }
}

/** Private settings that keep what they are given. */
export function handSettings(): Client['settings'] {
  const values = new Model<ReadonlyMap<string, string>>(new Map());
  return {
    snapshot: {},
    subscribe: (listener: () => void) => values.subscribe(listener),
    get: (name: string) => values.snapshot.get(name) ?? null,
    set: async (name: string, value: string) => values.set(new Map(values.snapshot).set(name, value)),
  } as unknown as Client['settings'];
}

/** A list of chats of which only what is asked for is there. */
export function handConversations(): Model<readonly ConversationView[]> {
  return new Model<readonly ConversationView[]>([]);
}

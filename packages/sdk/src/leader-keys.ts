// The leader's keys: opens them for the other parts, takes in what other devices send, opens again what waited, and does
// with them what any client of the store asks. It must never know how anything is sealed. [ENC]
import type { AccountId, FrameUp, ToDevice } from '@parley/protocol';
import { inBackground } from './background.ts';
import { ChatError } from './error.ts';
import type { Inbox } from './inbox.ts';
import { Parcels } from './parcels.ts';
import type { CryptoProvider, Host } from './ports.ts';
import type { Replica, Want } from './replica.ts';
import { put } from './rows.ts';
import type { AccountSettings } from './settings.ts';
import { Unopened } from './unopened.ts';

/** For whom a client leads. */
export interface Led {
  readonly me: AccountId;
  readonly token: string | null;
  readonly program: string | null;
  readonly settings: AccountSettings;
  /** The keys of this device are gone. */
  readonly onLost: () => void;
}

interface KeysParts extends Pick<Led, 'me' | 'settings' | 'onLost'> {
  readonly host: Host;
  readonly replica: Replica;
  readonly inbox: Inbox;
  readonly send: (frame: FrameUp) => boolean;
  /** What could not be sealed can be now. */
  readonly onReady: () => void;
}

/** The provider of a client that leads. */
export class LeaderKeys {
  readonly #parts: KeysParts;
  readonly #crypto: CryptoProvider;
  readonly #unopened: Unopened;
  readonly #parcels: Parcels;
  #stop: () => void = () => {};

  constructor(parts: KeysParts) {
    const { host, replica, inbox, send } = parts;
    this.#parts = parts;
    this.#crypto = host.crypto;
    this.#unopened = new Unopened(replica, inbox, host.crypto);
    this.#parcels = new Parcels(host.crypto, host.clock, send);
  }

  /** Keys are opened beside everything else: what needs them waits for them. */
  start(): void {
    const { host, replica, me, settings, onReady, onLost } = this.#parts;
    const { http, clock, random } = host;
    const { store, tables } = replica;
    const device = tables.fact('me')?.device;
    if (device === undefined) return;
    this.#crypto.start({
      account: me,
      device,
      http,
      clock,
      random,
      secrets: {
        get: (name) => store.get('secrets', [name]),
        put: (name, value) => store.write([put('secrets', [name], value)]),
      },
      settings: {
        read: (key) => settings.standing(key),
        write: (key, value) => settings.setValue(key, value),
        onChange: (keys, listener) =>
          replica.onBatch(({ writes }) => {
            if (writes.some(({ table, key: [name] }) => table === 'settings' && keys.includes(String(name))))
              listener();
          }),
      },
      onKey: (conversation, session) => this.#unopened.onKey(conversation, session),
      onReady: () => {
        onReady();
        return this.#unopened.start();
      },
      onChanged: onReady,
      onUnopened: () => replica.hint({ hint: 'unopened' }),
      onLost,
    });
    this.#stop = this.#crypto.desk?.subscribe(() => this.tell()) ?? this.#stop;
    inBackground(this.#unopened.start());
  }

  /** The server's list of changes reaches to here; null: nobody knows how far. */
  changed(n: number | null): void {
    this.#crypto.keysChanged(n);
  }

  /** What other devices sent. */
  take(frame: ToDevice): void {
    this.#parcels.take(frame);
  }

  /** How the keys stand, for every client of this store. */
  tell(): void {
    const { desk } = this.#crypto;
    if (desk !== null) this.#parts.replica.hint({ hint: 'encryption', view: desk.snapshot });
  }

  /** Does what another client of this store was asked to do. */
  deed(want: Want & { readonly want: 'deed' }): void {
    inBackground(this.#deed(want));
  }

  close(): void {
    this.#stop();
    inBackground(this.#crypto.close().catch(() => {}));
  }

  /** Never rejects. */
  async #deed({ from, name, given }: Want & { readonly want: 'deed' }): Promise<void> {
    const { replica } = this.#parts;
    const { desk } = this.#crypto;
    try {
      if (desk === null) throw new ChatError('not_found');
      const answer: unknown = await desk.ask(name, ...given);
      replica.hint({ hint: 'deed', from, answer });
    } catch (error) {
      replica.hint({ hint: 'deed', from, code: error instanceof ChatError ? error.code : 'client.crypto' });
    }
  }
}

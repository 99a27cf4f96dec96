// Keys that a test gives and takes, for a client whose chats are encrypted.
import type { AccountId, Body, Envelope } from '@parley/protocol';
import { plainCrypto } from './crypto/plain.ts';
import { ChatError } from './error.ts';
import { Listeners } from './live.ts';
import type { CryptoParts, CryptoProvider, Opened, Opening, Sealing } from './ports.ts';
import type { EncryptionView } from './views.ts';

export const session = 'S'.repeat(43);

/** Content is the session and the body in clear; it opens when the session is known. */
export class HandKeys {
  readonly known = new Set<string>();
  readonly sealedFor: (readonly AccountId[])[] = [];
  readonly told: (number | null)[] = [];
  readonly received: number[] = [];
  readonly opened: Opening[] = [];
  readonly #listeners = new Listeners();
  parts: CryptoParts | null = null;
  /** `receive` waits for it. */
  kept: Promise<void> = Promise.resolve();
  snapshot: EncryptionView = { phase: 'ready', recovery: 'offered', changed: [], comparison: null, pairing: null };

  readonly provider: Partial<CryptoProvider> = this.#provider();

  #provider(): Partial<CryptoProvider> {
    const standing = () => this.snapshot;
    return {
      name: 'keys',
      start: (parts) => {
        this.parts = parts;
      },
      seal: async (sealing) => this.#seal(sealing),
      open: async (opening) => this.#open(opening),
      sealsSetting: (key) => key.startsWith('draft/'),
      sealSetting: async (_key, value) => `sealed ${value}`,
      openSetting: async (_key, value) => value.replace(/^sealed /, ''),
      receive: async (items) => {
        await this.kept;
        this.received.push(...items.map(({ n }) => n));
      },
      keysChanged: (n) => this.told.push(n),
      desk: {
        get snapshot() {
          return standing();
        },
        subscribe: (listener) => this.#listeners.add(listener),
        ask: async (name, ...given) => {
          if (name === 'recover') throw new ChatError('recovery.wrong');
          return [name, ...given] as never;
        },
      },
    };
  }

  stands(view: Partial<EncryptionView>): void {
    this.snapshot = { ...this.snapshot, ...view };
    this.#listeners.call();
  }

  async #seal(sealing: Sealing) {
    if (sealing.kind !== 'direct' && sealing.kind !== 'group') return plainCrypto.seal(sealing);
    const { memberN, accounts } = await sealing.readers();
    this.sealedFor.push(accounts);
    const content = `${session} ${JSON.stringify(sealing.body)}`;
    return { content, format: 'sealed', memberN, keysN: 7 } as const;
  }

  async #open(opening: Opening): Promise<Opened> {
    this.opened.push(opening);
    if (opening.format !== 'sealed') return plainCrypto.open(opening);
    const [id = '', ...text] = opening.content.split(' ');
    if (!this.known.has(id)) return { body: null, reason: 'no_key', session: id };
    return { body: JSON.parse(text.join(' ')) as Body };
  }
}

/** Content that these keys open when its session is known. */
export function sealed(body: object, more: Partial<Envelope> = {}): Partial<Envelope> {
  return { content: `${session} ${JSON.stringify(body)}`, format: 'sealed', ...more };
}

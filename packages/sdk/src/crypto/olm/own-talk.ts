// What the devices of one account say to each other, sealed to each. It promises that only those for which the identity
// vouches are spoken to or heard, that nothing which was heard is lost, and nobody before this device knows the identity by its seeds or by a comparison: until
// then it is whatever the server says.
import { OwnUserIdentity } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { DeviceId } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { DecryptedEvent } from './arrivals.ts';
import type { Core } from './core.ts';
import type { Courier } from './courier.ts';
import type { KeyList } from './key-list.ts';
import * as limits from './limits.ts';
import { deviceId, userId } from './names.ts';
import type { Origins, SessionName } from './origins.ts';

export const ownType = 'parley.own';
const wordsFact = 'own words';

interface Word {
  readonly device: string;
  readonly text: string;
}

interface Parts {
  readonly keys: KeyList;
  readonly origins: Origins;
  readonly courier: Courier;
}

/** The talk of own devices. */
export class OwnTalk {
  readonly #core: Core;
  readonly #parts: Parts;

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** @throws {ChatError} `not_found`: it is no linked device of this account, as far as this one can know */
  async tell(device: string, text: string): Promise<void> {
    const { account, olm } = this.#core;
    await this.#parts.keys.ensure([account]);
    const found = await this.#core.ask(olm.getDevice(userId(account), deviceId(device)));
    if (device === this.#core.device || !found?.isCrossSignedByOwner() || found.isDehydrated)
      throw new ChatError('not_found');
    if (!(await this.#isSure())) throw new ChatError('not_found');
    await this.#parts.courier.send({ account, device: device as DeviceId }, ownType, { text });
  }

  /** Heard from an own device; from anybody else it is nothing. */
  async onOwn({ sender, curve25519, content }: DecryptedEvent): Promise<readonly SessionName[]> {
    const { account, events } = this.#core;
    const { text } = content;
    if (sender !== account || typeof text !== 'string' || !(await this.#isSure())) return [];
    const maker = await this.#parts.origins.vouchedFor({ curve25519, ed25519: null }, account);
    if (maker === null || maker.device === this.#core.device) return [];
    // Kept before it is acknowledged: whoever dies now is told at the next start.
    const word = { device: maker.device, text };
    await this.#change((words) => [...words, word].slice(-limits.maxOwnWords));
    events.told(maker.device, text);
    return [];
  }

  /** Tells everything that was heard and is not done with. */
  async again(): Promise<void> {
    for (const { device, text } of await this.#words()) this.#core.events.told(device, text);
  }

  /** It is done with. */
  heard(device: string, text: string): Promise<void> {
    return this.#change((words) => words.filter((word) => word.device !== device || word.text !== text));
  }

  #change(next: (words: readonly Word[]) => readonly Word[]): Promise<void> {
    return this.#core.lanes.run('own words', async () => {
      await this.#core.facts.put([[wordsFact, next(await this.#words())]]);
    });
  }

  async #words(): Promise<readonly Word[]> {
    const [words] = await this.#core.facts.get([wordsFact]);
    return (words ?? []) as readonly Word[];
  }

  /** Is the identity the account's, whatever the server says? */
  async #isSure(): Promise<boolean> {
    const identity = await this.#core.ask(this.#core.olm.getIdentity(userId(this.#core.account)));
    return identity instanceof OwnUserIdentity && identity.isVerified();
  }
}

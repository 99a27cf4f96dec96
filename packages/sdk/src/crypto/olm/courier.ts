// Carries what is for one device alone, sealed to it: a session with it is opened first, where there is none. Nothing
// goes to a device for which its account does not vouch.
import { CollectStrategy } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, DeviceId } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { Random } from '../../ports.ts';
import { encodeBytes } from '../base64.ts';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import { deviceId, userId, userIds } from './names.ts';
import { type LibraryRequest, perform } from './requests.ts';

interface Parts {
  readonly keys: KeyList;
  readonly random: Random;
}

/** Sends sealed things to single devices. */
export class Courier {
  readonly #core: Core;
  readonly #parts: Parts;

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** Nothing, when there is no such device. @throws {ChatError} `client.queue_full`: it has not fetched what it got */
  async send(
    to: { readonly account: AccountId; readonly device: DeviceId },
    type: string,
    content: object,
  ): Promise<void> {
    const { olm, lanes, rest } = this.#core;
    await this.#parts.keys.ensure([to.account]);
    await lanes.run('claim', async () => {
      const missing = await this.#core.ask(olm.getMissingSessions(userIds([to.account])));
      if (missing) await perform(this.#core, missing as LibraryRequest);
    });
    const device = await this.#core.ask(olm.getDevice(userId(to.account), deviceId(to.device)));
    if (device === undefined) return;
    const strategy = CollectStrategy.identityBasedStrategy();
    const encrypted = await this.#core.ask(device.encryptToDeviceEvent(type, content, strategy));
    const txn = encodeBytes(this.#parts.random.bytes(16), 'base64url');
    const { full } = await rest('sendToDevice', {
      body: { txn, event_type: 'm.room.encrypted', messages: [{ ...to, content: encrypted }] },
    });
    if (full.length > 0) throw new ChatError('client.queue_full');
  }
}

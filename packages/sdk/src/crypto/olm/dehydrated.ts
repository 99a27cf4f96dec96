// A device that receives room keys while all others are off. Its private half stands on the server, sealed to a key of
// the vault. A live device takes in what it got, and replaces it.
import {
  DecryptionSettings,
  DehydratedDeviceKey,
  type RehydratedDevice,
  type RoomKeyInfo,
  TrustRequirement,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import type { ConversationId, DeviceKeys, OneTimeKey, ToDeviceItem } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import { roundsOf } from './arrivals.ts';
import type { Core } from './core.ts';
import type { Former } from './former.ts';
import { deviceId, idInName } from './names.ts';
import type { KnownSession, Origins, SessionName } from './origins.ts';
import { listOf } from './wire.ts';

interface PutJson {
  readonly device_id: string;
  readonly device_data: unknown;
  readonly device_keys: DeviceKeys;
  readonly one_time_keys?: Readonly<Record<string, OneTimeKey>>;
  readonly fallback_keys?: Readonly<Record<string, OneTimeKey>>;
}

/** The dehydrated device of the own account. */
export class Dehydrated {
  readonly #core: Core;
  readonly #former: Former;
  readonly #origins: Origins;

  constructor(core: Core, parts: { readonly former: Former; readonly origins: Origins }) {
    this.#core = core;
    this.#former = parts.former;
    this.#origins = parts.origins;
  }

  /** Puts a new one there; the queue of the one before is gone. */
  async put(key: Uint8Array): Promise<string> {
    const device = await this.#core.ask(this.#core.olm.dehydratedDevices().create());
    const request = await this.#core.ask(device.keysForUpload('', DehydratedDeviceKey.createKeyFromArray(key)));
    const json = JSON.parse(request.body) as PutJson;
    const fallback = listOf(json.fallback_keys)[0];
    await this.#core.rest('putDehydratedDevice', {
      body: {
        device: json.device_keys.device_id,
        data: JSON.stringify(json.device_data),
        device_keys: json.device_keys,
        one_time_keys: listOf(json.one_time_keys),
        ...(fallback && { fallback_key: fallback }),
      },
    });
    return json.device_id;
  }

  /** Takes in what it got; how many room keys that were. 0 without one. `keys.invalid`: it is not sealed to this key. */
  async take(key: Uint8Array): Promise<number> {
    const found = await this.#core.rest('getDehydratedDevice').catch((error: unknown) => {
      if (error instanceof ChatError && error.code === 'not_found') return null;
      throw error;
    });
    if (found === null) return 0;
    const device = await this.#core.olm
      .dehydratedDevices()
      .rehydrate(DehydratedDeviceKey.createKeyFromArray(key), deviceId(found.device), found.data)
      .catch((cause: unknown) => {
        throw new ChatError('keys.invalid', { cause });
      });
    let taken = 0;
    for await (const items of this.#pages(found.device)) {
      const sessions = await this.#core.lanes.run('feed', async () => {
        const asked = await this.#former.makeKnown(items);
        return this.#former.present(items, asked, async () => this.#note(await this.#feed(device, items)));
      });
      for (const { conversation, session } of sessions) this.#core.events.readable(conversation, session);
      taken += sessions.length;
    }
    return taken;
  }

  async #feed(device: RehydratedDevice, items: readonly ToDeviceItem[]): Promise<readonly RoomKeyInfo[]> {
    const received: RoomKeyInfo[] = [];
    for (const events of roundsOf(items)) {
      const settings = new DecryptionSettings(TrustRequirement.CrossSigned);
      received.push(...(await this.#core.ask(device.receiveEvents(`[${events.join()}]`, settings))));
    }
    return received;
  }

  async *#pages(device: DeviceKeys['device_id']): AsyncIterable<readonly ToDeviceItem[]> {
    let after: number | undefined;
    for (;;) {
      const page = await this.#core.rest('listDehydratedEvents', {
        query: { device, ...(after !== undefined && { after }) },
      });
      if (page.items.length > 0) yield page.items;
      const before = after;
      after = page.items.at(-1)?.n;
      // What does not get on has no end.
      if (!page.has_more || after === undefined || after <= (before ?? -1)) return;
    }
  }

  /** Writes who made them; the sessions. */
  async #note(infos: readonly RoomKeyInfo[]): Promise<readonly SessionName[]> {
    const known: KnownSession[] = [];
    const readable: SessionName[] = [];
    for (const info of infos) {
      const conversation = idInName<ConversationId>(info.roomId.toString());
      if (conversation === null) continue;
      const session = { conversation, session: info.sessionId };
      readable.push(session);
      const maker = { curve25519: info.senderKey.toBase64(), ed25519: null };
      const origin = await this.#origins.vouchedFor(maker, null);
      if (origin !== null) known.push({ ...session, origin });
    }
    await this.#origins.put(known);
    return readable;
  }
}

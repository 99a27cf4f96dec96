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
import { byWord, roundsOf, type Senders } from './arrivals.ts';
import type { Core } from './core.ts';
import { deviceId, idInName } from './names.ts';
import type { KnownSession, Maker, SessionName } from './origins.ts';
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
  readonly #parts: Senders;

  constructor(core: Core, parts: Senders) {
    this.#core = core;
    this.#parts = parts;
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
        const { former, predecessors } = this.#parts;
        const asked = await former.makeKnown(items);
        const makers = await predecessors.makersOf(items, asked);
        return former.present(items, asked, async () => {
          const [usual, before] = byWord(items, makers);
          const received = await this.#feed(device, usual, TrustRequirement.CrossSigned);
          const others = await this.#feed(device, before, TrustRequirement.Untrusted);
          return [...(await this.#note(received)), ...(await this.#note(others, makers))];
        });
      });
      for (const { conversation, session } of sessions) this.#core.events.readable(conversation, session);
      taken += sessions.length;
    }
    return taken;
  }

  async #feed(
    device: RehydratedDevice,
    items: readonly ToDeviceItem[],
    trust: TrustRequirement,
  ): Promise<readonly RoomKeyInfo[]> {
    const received: RoomKeyInfo[] = [];
    for (const events of roundsOf(items)) {
      const settings = new DecryptionSettings(trust);
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

  /** Writes who made them; the sessions. `makers`: nobody else can have made them. */
  async #note(infos: readonly RoomKeyInfo[], makers: readonly Maker[] | null = null): Promise<readonly SessionName[]> {
    const known: KnownSession[] = [];
    const readable: SessionName[] = [];
    for (const info of infos) {
      const conversation = idInName<ConversationId>(info.roomId.toString());
      if (conversation === null) continue;
      const session = { conversation, session: info.sessionId };
      readable.push(session);
      const maker = { curve25519: info.senderKey.toBase64(), ed25519: null };
      const origin =
        makers === null
          ? await this.#parts.origins.vouchedFor(maker, null)
          : makers.find(({ curve25519 }) => curve25519 === maker.curve25519);
      if (origin) known.push({ ...session, origin });
    }
    await this.#parts.heldBack.put(known, makers === null ? 'here' : 'before');
    return readable;
  }
}

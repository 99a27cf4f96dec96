// Sealing. One conversation at a time: who reads it, their keys, a session with each of their devices, the room key to
// those that lack it, and only when the server has all that is the message itself encrypted. The room key is offered
// before every single one: the library panics on a session that ran out, and this is what renews it.
import { CollectStrategy, EncryptionSettings } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, ConversationId } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { SealOrder, SealOutcome } from '../key-machine.ts';
import { printInner, printSealed, sealedEventType } from '../sealed-content.ts';
import type { Core } from './core.ts';
import type { Identities } from './identities.ts';
import type { KeyList } from './key-list.ts';
import * as limits from './limits.ts';
import { roomId, userId, userIds } from './names.ts';
import { masterKeyOf, type Origins } from './origins.ts';
import type { OwnIdentity } from './own-identity.ts';
import { type LibraryRequest, perform } from './requests.ts';

/** Who reads a conversation, as worked out for one generation of keys. */
interface Room {
  readonly generation: number;
  readonly members: string;
  readonly readers: readonly AccountId[];
  readonly settings: EncryptionSettings;
  seals: number;
}

interface Parts {
  readonly keys: KeyList;
  readonly identities: Identities;
  readonly own: OwnIdentity;
  readonly origins: Origins;
}

/** Seals messages of all conversations. */
export class Sender {
  readonly #core: Core;
  readonly #parts: Parts;
  readonly #rooms = new Map<ConversationId, Room>();
  /** The newest own session of a conversation whose origin is written. */
  readonly #sessions = new Map<ConversationId, string>();

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  seal(order: SealOrder): Promise<SealOutcome> {
    if (order.members.length > limits.maxMembers) throw new ChatError('client.crypto');
    return this.#core.lanes.run(`seal ${order.conversation}`, () => this.#seal(order));
  }

  async #seal(order: SealOrder): Promise<SealOutcome> {
    const { keys, own } = this.#parts;
    // The first start may not have got through.
    const state = own.state === 'opening' ? await own.settle() : own.state;
    if (state !== 'ready') return { content: null, reason: 'needs_linking' };
    // Read before anything else: what changes while this is sealed is not in it.
    const keysN = keys.n;
    const room = await this.#room(order);
    if (room === null) return { content: null, reason: 'identity_changed' };
    await this.#share(order.conversation, room);
    const content = await this.#encrypt(order);
    return { content, memberN: order.memberN, keysN };
  }

  /** Who is to read it and has sessions; null when a direct conversation is held. */
  async #room(order: SealOrder): Promise<Room | null> {
    const { keys, identities } = this.#parts;
    const members = [...new Set([...order.members, this.#core.account])].sort();
    const joined = members.join();
    await keys.ensure(members);
    const { generation } = this.#core;
    const known = this.#rooms.get(order.conversation);
    if (known?.generation === generation && known.members === joined) {
      known.seals += 1;
      if (known.seals % limits.sealsBetweenClaims === 0) await this.#claim(known.readers);
      return known;
    }
    const leftOut = await identities.leftOut(members);
    if (order.kind === 'direct' && leftOut.length > 0) return null;
    const readers = members.filter((account) => !leftOut.includes(account));
    await this.#claim(readers);
    const settings = settingsFor(await this.#countDevices(readers));
    const room: Room = { generation, members: joined, readers, settings, seals: 1 };
    this.#remember(order.conversation, room);
    return room;
  }

  #remember(conversation: ConversationId, room: Room): void {
    this.#rooms.delete(conversation);
    this.#rooms.set(conversation, room);
    const oldest = this.#rooms.keys().next();
    if (this.#rooms.size > limits.maxRooms && !oldest.done) this.#rooms.delete(oldest.value);
  }

  /** Opens sessions with devices that have none. Two claims at once would take two keys of each. */
  #claim(readers: readonly AccountId[]): Promise<void> {
    return this.#core.lanes.run('claim', async () => {
      const request = await this.#core.ask(this.#core.olm.getMissingSessions(userIds(readers)));
      if (request) await perform(this.#core, request);
    });
  }

  async #countDevices(readers: readonly AccountId[]): Promise<number> {
    let devices = 0;
    for (const account of readers)
      devices += (await this.#core.ask(this.#core.olm.getUserDevices(userId(account)))).keys().length;
    return devices;
  }

  /** The room key reaches all devices that lack it; a new one begins when somebody left, or the old one ran out. */
  async #share(conversation: ConversationId, room: Room): Promise<void> {
    const requests = await this.#core.ask(
      this.#core.olm.shareRoomKey(roomId(conversation), userIds(room.readers), room.settings),
    );
    for (let at = 0; at < requests.length; at += limits.parallelCalls)
      await Promise.all(
        requests.slice(at, at + limits.parallelCalls).map((request) => perform(this.#core, request as LibraryRequest)),
      );
  }

  async #encrypt(order: SealOrder): Promise<string> {
    const { conversation, id, body, entry = null, witness = null } = order;
    const { account: sender, device } = this.#core;
    const text = printInner({ conversation, id, sender, device, entry, witness, body });
    if (text === null) throw new ChatError('message.too_large');
    const encrypted = await this.#core.ask(
      this.#core.olm.encryptRoomEvent(roomId(conversation), sealedEventType, text),
    );
    const { session_id: session, ciphertext } = JSON.parse(encrypted) as { session_id: string; ciphertext: string };
    if (this.#sessions.get(conversation) !== session) await this.#own(conversation, session);
    return printSealed({ session, ciphertext });
  }

  /** Writes that a session is this device's own. */
  async #own(conversation: ConversationId, session: string): Promise<void> {
    const { olm, account, device } = this.#core;
    const { ed25519, curve25519 } = olm.identityKeys;
    const origin = {
      account,
      device,
      ed25519: ed25519.toBase64(),
      curve25519: curve25519.toBase64(),
      master_key: (await masterKeyOf(this.#core, account)) ?? '',
      vouched_by: device,
    };
    await this.#parts.origins.put([{ conversation, session, origin }]);
    this.#sessions.set(conversation, session);
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size > limits.maxRooms && !oldest.done) this.#sessions.delete(oldest.value);
  }
}

function settingsFor(devices: number): EncryptionSettings {
  const few = devices <= limits.fewDevices;
  const settings = new EncryptionSettings();
  settings.sharingStrategy = CollectStrategy.identityBasedStrategy();
  settings.rotationPeriodMessages = BigInt(few ? limits.fewMessages : limits.manyMessages);
  // The library counts microseconds.
  settings.rotationPeriod = BigInt(few ? limits.fewMs : limits.manyMs) * 1_000n;
  return settings;
}

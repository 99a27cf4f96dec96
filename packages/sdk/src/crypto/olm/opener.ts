// Opening. A session that its maker sent opens only what a vouched-for device of the envelope's sender made; one that
// came from a backup opens only what its record says. And whatever opens has to say itself where it belongs.
import {
  DecryptionErrorCode,
  DecryptionSettings,
  MegolmDecryptionError,
  TrustRequirement,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Unreadable } from '../../ports.ts';
import type { OpenOrder, OpenOutcome } from '../key-machine.ts';
import { parseSealed, readInner, type SealedParts, sealedEventType } from '../sealed-content.ts';
import type { Blocked } from './blocked.ts';
import type { Core } from './core.ts';
import type { Healing } from './healing.ts';
import type { Identities } from './identities.ts';
import type { KeyList } from './key-list.ts';
import { nameOfAccount, roomId } from './names.ts';
import type { Maker, Origins } from './origins.ts';

interface Decrypted {
  readonly event: string;
  readonly device: string | null;
  readonly curve25519: string;
  readonly ed25519: string | null;
}

interface Parts {
  readonly keys: KeyList;
  readonly origins: Origins;
  readonly blocked: Blocked;
  readonly healing: Healing;
  readonly identities: Identities;
}

type Failure = { readonly code: DecryptionErrorCode };
const notTrusted: Failure = { code: DecryptionErrorCode.UnsignedSenderDevice };

/** Opens messages of all conversations. */
export class Opener {
  readonly #core: Core;
  readonly #keys: KeyList;
  readonly #origins: Origins;
  readonly #blocked: Blocked;
  readonly #healing: Healing;
  readonly #identities: Identities;

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#keys = parts.keys;
    this.#origins = parts.origins;
    this.#blocked = parts.blocked;
    this.#healing = parts.healing;
    this.#identities = parts.identities;
  }

  async open(order: OpenOrder): Promise<OpenOutcome> {
    const wire = parseSealed(order.content);
    if (wire === null || order.device === null) return this.#unreadable('broken', null);
    const event = eventOf(order, wire);
    let opened = await this.#decrypt(order, event, TrustRequirement.CrossSigned);
    if ('code' in opened && lacksKeys(opened.code) && (await this.#askFor(order)))
      opened = await this.#decrypt(order, event, TrustRequirement.CrossSigned);
    if ('code' in opened && lacksKeys(opened.code))
      opened = await this.#decryptByRecord(order, event, wire.session, opened);
    else if (!('code' in opened) && !(await this.#isMaker(order, wire.session, opened))) opened = notTrusted;
    if ('code' in opened) return this.#refuse(order, wire.session, opened.code);
    if (opened.device !== null && opened.device !== order.device) return this.#unreadable('altered', wire.session);
    const inner = innerOf(opened.event);
    if (inner === null) return this.#unreadable('broken', wire.session);
    const reading = readInner(inner, { ...order, device: order.device });
    if (!reading.ok) return this.#unreadable(reading.reason, wire.session);
    const { body, entry, witness } = reading.inner;
    return { body, entry, witness };
  }

  async #decrypt(order: OpenOrder, event: string, trust: TrustRequirement): Promise<Decrypted | Failure> {
    try {
      const settings = new DecryptionSettings(trust);
      const room = roomId(order.conversation);
      const found = await this.#core.ask(this.#core.olm.decryptRoomEvent(event, room, settings));
      return {
        event: found.event,
        device: found.senderDevice?.toString() ?? null,
        curve25519: found.senderCurve25519Key ?? '',
        ed25519: found.senderClaimedEd25519Key ?? null,
      };
    } catch (error) {
      const cause = error instanceof Error ? error.cause : null;
      return { code: cause instanceof MegolmDecryptionError ? cause.code : DecryptionErrorCode.UnableToDecrypt };
    }
  }

  /**
   * Of somebody of whom it was decided by which key they are known the library does not decide alone: whom it once saw in
   * their place it believes for good.
   */
  async #isMaker(order: OpenOrder, session: string, opened: Decrypted): Promise<boolean> {
    if (!(await this.#identities.isPinned(order.sender))) return true;
    const [origin] = await this.#origins.get([{ conversation: order.conversation, session }]);
    if (origin) return agrees(origin, order, opened);
    if ((await this.#identities.leftOut([order.sender])).length > 0) return false;
    return (await this.#origins.vouchedFor(opened, order.sender)) !== null;
  }

  /** A session that its maker did not send: whoever vouches for it said whose it is. */
  async #decryptByRecord(
    order: OpenOrder,
    event: string,
    session: string,
    failure: Failure,
  ): Promise<Decrypted | Failure> {
    const [origin] = await this.#origins.get([{ conversation: order.conversation, session }]);
    if (!origin) return failure;
    const opened = await this.#decrypt(order, event, TrustRequirement.Untrusted);
    if ('code' in opened) return opened;
    if (!agrees(origin, order, opened)) return { code: DecryptionErrorCode.MismatchedSender };
    return { ...opened, device: origin.device };
  }

  /** Whether their keys were not known and are now. */
  async #askFor(order: OpenOrder): Promise<boolean> {
    const { generation } = this.#core;
    try {
      await this.#keys.ensure([order.sender]);
    } catch {
      // It waits for them among the blocked ones.
      return false;
    }
    return this.#core.generation !== generation;
  }

  #refuse(order: OpenOrder, session: string, code: DecryptionErrorCode): OpenOutcome {
    const reason = reasonOf(code);
    if (reason === 'not_trusted') this.#blocked.add(order.sender, { conversation: order.conversation, session });
    if (reason === 'no_key') {
      // The library now asks the other own devices for the key.
      this.#keys.pump.soon();
      this.#healing.want(order, session);
    }
    return this.#unreadable(reason, session);
  }

  #unreadable(reason: Unreadable, session: string | null): OpenOutcome {
    this.#core.events.undecryptable(reason);
    return { body: null, reason, session };
  }
}

function eventOf(order: OpenOrder, wire: SealedParts): string {
  return JSON.stringify({
    type: 'm.room.encrypted',
    event_id: `$${order.id}`,
    sender: nameOfAccount(order.sender),
    origin_server_ts: 0,
    content: { algorithm: 'm.megolm.v1.aes-sha2', session_id: wire.session, ciphertext: wire.ciphertext },
  });
}

/** The inner object as text, if it is of our type. */
function innerOf(event: string): string | null {
  const { type, content } = JSON.parse(event) as { readonly type?: unknown; readonly content?: unknown };
  return type === sealedEventType ? JSON.stringify(content) : null;
}

function agrees(origin: Maker, order: OpenOrder, opened: Decrypted): boolean {
  return (
    origin.account === order.sender &&
    origin.device === order.device &&
    origin.curve25519 === opened.curve25519 &&
    origin.ed25519 === opened.ed25519
  );
}

function lacksKeys(code: DecryptionErrorCode): boolean {
  return code === DecryptionErrorCode.UnknownSenderDevice || code === DecryptionErrorCode.UnsignedSenderDevice;
}

function reasonOf(code: DecryptionErrorCode): Unreadable {
  switch (code) {
    case DecryptionErrorCode.MissingRoomKey:
    case DecryptionErrorCode.UnknownMessageIndex:
      return 'no_key';
    case DecryptionErrorCode.UnknownSenderDevice:
    case DecryptionErrorCode.UnsignedSenderDevice:
    case DecryptionErrorCode.SenderIdentityVerificationViolation:
      return 'not_trusted';
    case DecryptionErrorCode.MismatchedSender:
    case DecryptionErrorCode.MismatchedIdentityKeys:
      return 'altered';
    default:
      // The signature does not hold, or it is no ciphertext at all: what was sealed has arrived as something else.
      return 'altered';
  }
}

// Who made each session, and how this device knows: written when a key arrives, carried in the backup. A session that
// did not come from its maker itself opens only what its record and the envelope agree on.
import type { Device } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Origin } from '../backup-blob.ts';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import { type Meeting, type Met, MetKeys } from './met.ts';
import { userId } from './names.ts';

/** A session of a conversation. */
export interface SessionName {
  readonly conversation: ConversationId;
  readonly session: string;
}

/** An origin, but for the session that it is of. */
export type Maker = Omit<Origin, 'session' | 'account'> & { readonly account: AccountId };

/** A session whose maker is known. */
export interface KnownSession extends SessionName {
  readonly origin: Maker;
}

/** Keys that a session claims to come from. */
export interface ClaimedMaker {
  readonly curve25519: string;
  /** Null where only the other key is told. */
  readonly ed25519: string | null;
}

/** Records of where sessions come from. */
export class Origins {
  readonly #core: Core;
  readonly #keys: KeyList;
  readonly #met: MetKeys;
  /** Owners of devices by their key, of one generation. */
  #owners: { readonly generation: number; readonly byCurve: Map<string, AccountId> } | null = null;

  constructor(core: Core, keys: KeyList) {
    this.#core = core;
    this.#keys = keys;
    this.#met = new MetKeys(core);
  }

  /** In the order of the names. */
  async get(names: readonly SessionName[]): Promise<readonly (Maker | null)[]> {
    const found = await this.#core.facts.get(names.map(nameOf));
    return found.map((value) => (value ?? null) as Maker | null);
  }

  /** `how`: they are from here, or from before. Whose keys are others than were known. */
  async put(sessions: readonly KnownSession[], how: keyof Met = 'here'): Promise<readonly AccountId[]> {
    if (sessions.length === 0) return [];
    const people = sessions.flatMap(({ origin }) => (origin.for ? [origin, origin.for] : [origin]));
    const meetings = people.map(({ account, master_key }): Meeting => [account as AccountId, master_key]);
    return this.#met.add(
      meetings,
      how,
      sessions.map((one) => [nameOf(one), one.origin] as const),
    );
  }

  /** Did this account hear from somebody by this master key, or write to them alone? */
  async hasMet(account: AccountId, masterKey: string): Promise<boolean> {
    const met = (await this.#met.of([account])).get(account);
    return met !== undefined && (met.here.includes(masterKey) || met.before.includes(masterKey));
  }

  /** Others are known as devices than before, without anything that was heard of their keys. */
  ownersChanged(): void {
    this.#owners = null;
  }

  /** The device with this key, of this account or of anybody known, if its identity vouches for it. */
  async vouchedFor(
    maker: ClaimedMaker,
    account: AccountId | null,
    vouchedBy: string = this.#core.device,
  ): Promise<Maker | null> {
    const owner = account ?? (await this.#ownerOf(maker.curve25519));
    if (owner === null) return null;
    const device = (await this.#devicesOf(owner)).find((one) => one.curve25519Key?.toBase64() === maker.curve25519);
    const ed25519 = device?.ed25519Key?.toBase64();
    if (!device?.isCrossSignedByOwner() || ed25519 === undefined) return null;
    if (maker.ed25519 !== null && maker.ed25519 !== ed25519) return null;
    const master = await masterKeyOf(this.#core, owner);
    if (master === null) return null;
    return {
      account: owner,
      device: device.deviceId.toString(),
      ed25519,
      curve25519: maker.curve25519,
      master_key: master,
      vouched_by: vouchedBy,
    };
  }

  async #devicesOf(account: AccountId): Promise<Device[]> {
    return (await this.#core.ask(this.#core.olm.getUserDevices(userId(account)))).devices();
  }

  async #ownerOf(curve25519: string): Promise<AccountId | null> {
    if (this.#owners?.generation !== this.#core.generation) {
      const byCurve = new Map<string, AccountId>();
      const { generation } = this.#core;
      for (const account of this.#keys.tracked)
        for (const device of await this.#devicesOf(account)) {
          const curve = device.curve25519Key?.toBase64();
          if (curve !== undefined) byCurve.set(curve, account);
        }
      this.#owners = { generation, byCurve };
    }
    return this.#owners.byCurve.get(curve25519) ?? null;
  }
}

/** The public half of an account's master key, base64; null when it has none. */
export async function masterKeyOf(core: Core, account: AccountId): Promise<string | null> {
  const identity = await core.ask(core.olm.getIdentity(userId(account)));
  if (identity === undefined) return null;
  return masterIn(identity.masterKey);
}

/** The public half in a master key as the library tells it. */
export function masterIn(json: string): string | null {
  const { keys } = JSON.parse(json) as { readonly keys: Readonly<Record<string, string>> };
  return Object.values(keys)[0] ?? null;
}

/** Two records that say the same of who made a session. */
export function sameMaker(one: Maker, other: Origin): boolean {
  return (
    one.account === other.account &&
    one.device === other.device &&
    one.ed25519 === other.ed25519 &&
    one.curve25519 === other.curve25519
  );
}

function nameOf({ conversation, session }: SessionName): string {
  return `origin:${conversation}:${session}`;
}

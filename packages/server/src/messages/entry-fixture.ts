// Accounts with an identity for tests: keys from fixed seeds, published as a directory would have them, and entries
// signed as a client signs them. Tests only.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type EntryAction,
  entryText,
  type MembershipEntry,
  type SignedEntry,
} from '@parley/protocol';
import type { DeviceKeysRow, IdentityRow } from '../directory/keys.ts';
import { EntrySigners } from '../keys/entry-signers.ts';
import { entryHash } from '../sequencer/entry-hash.ts';
import { deviceOf } from '../sequencer/stage.ts';

/** A key pair from a seed, with its public half as it goes over the wire. */
export class KeyPair {
  readonly key: string;
  readonly #secret: KeyObject;

  constructor(seed: Uint8Array) {
    const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
    this.#secret = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
    const { x = '' } = this.#secret.export({ format: 'jwk' }) as { x?: string };
    this.key = Buffer.from(x, 'base64url').toString('base64').replaceAll('=', '');
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#secret).toString('base64').replaceAll('=', '');
  }
}

/** A key pair from the bytes n, n + 1, … */
export function keyPair(n: number): KeyPair {
  return new KeyPair(Uint8Array.from({ length: 32 }, (_, i) => (n + i) % 256));
}

/** Somebody who signs. */
export interface Signatory {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly deviceKey: KeyPair;
  readonly master: KeyPair;
}

/** The newest entry, as far as its author knows. */
export interface Newest {
  readonly conversation: ConversationId;
  readonly n: number;
  readonly head: string;
}

/** Who has an identity, and their keys. */
export class Signatories {
  readonly #people = new Map<AccountId, Signatory>();
  readonly signers = new EntrySigners({
    devices: async (accounts) => this.#of(accounts).map(deviceRow),
    identities: async (accounts) => this.#of(accounts).map(identityRow),
  });

  /** From now on the account has an identity, and its first device keys; another one with another seed. */
  publish(account: AccountId, seed = 3 * this.#people.size + 1): Signatory {
    const signatory = {
      account,
      device: deviceOf(1),
      deviceKey: this.#people.get(account)?.deviceKey ?? keyPair(seed),
      master: keyPair(seed + 1),
    };
    this.#people.set(account, signatory);
    return signatory;
  }

  #of(accounts: readonly AccountId[]): readonly Signatory[] {
    return accounts.flatMap((account) => this.#people.get(account) ?? []);
  }
}

/** The entry of this person that comes next, signed. */
export function signedEntry(
  by: Signatory,
  { conversation, n, head }: Newest,
  fields: Partial<MembershipEntry> & { readonly action: EntryAction },
  link?: KeyPair,
): Required<SignedEntry> {
  return signedBy(by, { conversation, n: n + 1, prev: head, ...authorOf(by), ...fields }, link);
}

/** The first entry of a group, signed. */
export function firstEntry(by: Signatory, fields: Pick<MembershipEntry, 'id' | 'members' | 'invited'>) {
  return signedBy(by, { n: 1, ...authorOf(by), action: 'create', ...fields });
}

/** Signs what somebody says. */
export function signedBy(by: Signatory, entry: MembershipEntry, link?: KeyPair): Required<SignedEntry> {
  const text = entryText(entry) ?? '';
  const both = { device: by.deviceKey.sign(text), master: by.master.sign(text) };
  return { entry, signatures: { ...both, ...(link !== undefined && { link: link.sign(text) }) } };
}

/** What comes after this entry. */
export function newestOf(conversation: ConversationId, { entry }: SignedEntry): Newest {
  return { conversation, n: entry.n, head: entryHash(entry) };
}

function authorOf({ account, device, master }: Signatory) {
  return { actor: account, device, actor_key: master.key };
}

function deviceRow({ account, device, deviceKey }: Signatory): DeviceKeysRow {
  return { account, device, json: JSON.stringify({ keys: { [`ed25519:${device}`]: deviceKey.key } }), former: false };
}

function identityRow({ account, master }: Signatory): IdentityRow {
  const json = JSON.stringify({ keys: { [`ed25519:${master.key}`]: master.key } });
  return { account, version: 1, master: json, selfSigning: json, userSigning: json, former: '[]' };
}

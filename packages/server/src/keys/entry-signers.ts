// Who signs for people, as messages ask it: the identity of an account, the key of a device, and whether a key signed a
// text. Read from the directory each time. It must never take a weak key, which signs anything.
import { verify } from 'node:crypto';
import { type AccountId, type DeviceId, type DeviceKeys, type IdentityKey, limits as wire } from '@parley/protocol';
import type { Directory } from '../directory/directory.ts';
import { signerOf } from './signed.ts';

/** The keys that sign entries of member lists. */
export class EntrySigners {
  readonly #keys: Pick<Directory['keys'], 'devices' | 'identities'>;

  constructor(keys: Pick<Directory['keys'], 'devices' | 'identities'>) {
    this.#keys = keys;
  }

  /** Master keys of those who have an identity now, in base64. */
  async identities(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, string>> {
    const found = new Map<AccountId, string>();
    for (let at = 0; at < accounts.length; at += wire.maxAccountsPerLookup)
      for (const { account, master } of await this.#keys.identities(accounts.slice(at, at + wire.maxAccountsPerLookup)))
        for (const key of Object.values((JSON.parse(master) as IdentityKey).keys)) found.set(account, key);
    return found;
  }

  /** The key by which a device signs that is signed in; null: there is none. */
  async deviceKey(account: AccountId, device: DeviceId): Promise<string | null> {
    const row = (await this.#keys.devices([account])).find((each) => each.device === device && !each.former);
    return row === undefined ? null : ((JSON.parse(row.json) as DeviceKeys).keys[`ed25519:${device}`] ?? null);
  }

  /** Did this key sign this text? */
  hasSigned(key: string, text: string, signature: string): boolean {
    const signer = signerOf(key, key);
    return signer !== null && verify(null, Buffer.from(text), signer.key, Buffer.from(signature, 'base64'));
  }
}

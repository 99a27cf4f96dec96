// The keys that a device publishes, checked: they are its own, strong, and signed by itself. What fails here was made
// by a broken or hostile client, and is never stored.
import type { AccountId, DeviceKeys, OneTimeKey } from '@parley/protocol';
import type { OneTimeKeyRow } from '../directory/keys.ts';
import { isSignedBy, keptJson, type Signer, signerOf, userOf } from './signed.ts';
import { keyBytes } from './weak-keys.ts';

/** Whose keys they must be. */
export interface Owner {
  readonly account: AccountId;
  readonly device: string;
}

/** Keys as they are kept, and who signs for the device. */
export interface CheckedDevice {
  readonly json: string;
  readonly signer: Signer;
}

/** The keys of this device, with the signatures of itself and of those of `others` that are there; null when they are not good. */
export function checkDevice(keys: DeviceKeys, owner: Owner, others: readonly Signer[] = []): CheckedDevice | null {
  const { account, device } = owner;
  const user = userOf(account);
  if (keys.user_id !== user || keys.device_id !== device) return null;
  const signer = deviceSigner(keys);
  if (signer === null || keyBytes('curve25519', keys.keys[`curve25519:${device}`] ?? '') === null) return null;
  if (!isSignedBy(keys, user, signer)) return null;
  const json = keptJson(keys, user, [signer, ...others]);
  return json === null ? null : { json, signer };
}

/** Who signs for a device. */
export function deviceSigner({ device_id, keys }: DeviceKeys): Signer | null {
  return signerOf(device_id, keys[`ed25519:${device_id}`] ?? '');
}

/** One-time keys or (`fallback`) the key for when none is left, as they are kept; null when one of them is not good. */
export function checkOneTime(
  keys: readonly { readonly id: string; readonly key: OneTimeKey }[],
  { account, signer, fallback }: { readonly account: AccountId; readonly signer: Signer; readonly fallback: boolean },
): readonly OneTimeKeyRow[] | null {
  const user = userOf(account);
  const rows: OneTimeKeyRow[] = [];
  for (const { id, key } of keys) {
    if ((key.fallback === true) !== fallback || keyBytes('curve25519', key.key) === null) return null;
    const json = isSignedBy(key, user, signer) ? keptJson(key, user, [signer]) : null;
    if (json === null) return null;
    rows.push({ id, json });
  }
  return new Set(rows.map(({ id }) => id)).size === rows.length ? rows : null;
}

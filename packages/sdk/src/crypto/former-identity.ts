// Identities that an account had before, as far as the present one speaks for them: what their devices sent before their
// owner set up afresh is theirs. Signed when somebody starts over and nobody else can have a device of before. [ENC]
import type { AccountId, AccountKeys, DeviceKeys, FormerIdentity, IdentityKey } from '@parley/protocol';
import { canonicalJson } from '@parley/protocol/canonical-json';
import { formerIdentityText } from '@parley/protocol/former-identity';
import { maxFormerIdentities } from '@parley/protocol/limits';
import { masterVerifier, type Sign } from './vault-items.ts';

/** What a new identity signs of the present one of this account, and of those for which that one speaks; newest first. */
export async function signFormer(
  { account, master_key, self_signing_key, former_identities = [] }: AccountKeys,
  present: string,
  sign: Sign,
): Promise<FormerIdentity[]> {
  const master = publicKey(master_key);
  if (master === null || self_signing_key === undefined) return [];
  const all = [{ master_key: master, self_signing_key }, ...former_identities].slice(0, maxFormerIdentities);
  return Promise.all(
    all.map(async (one) => ({
      master_key: one.master_key,
      self_signing_key: one.self_signing_key,
      signature: await sign(formerIdentityText(account, one.master_key, present) ?? ''),
    })),
  );
}

/** Those of which the present master key says that they were of this account. */
export async function formerOf(
  account: AccountId,
  all: readonly FormerIdentity[],
  present: string,
): Promise<readonly FormerIdentity[]> {
  const isByPresent = masterVerifier(present);
  const signed = await Promise.all(
    all.slice(0, maxFormerIdentities).map(async (one) => {
      const text = formerIdentityText(account, one.master_key, present);
      return text !== null && (await isByPresent(text, one.signature));
    }),
  );
  return all.filter((_, at) => signed[at] === true);
}

/** Did this identity vouch for the device? Its self-signing key did, which its master key signed. */
export async function isVouchedBy(
  { master_key, self_signing_key }: FormerIdentity,
  device: DeviceKeys,
  user: string,
): Promise<boolean> {
  const self = publicKey(self_signing_key);
  if (self === null || device.user_id !== user || self_signing_key.user_id !== user) return false;
  if (self_signing_key.usage.join() !== 'self_signing') return false;
  return (await isSignedBy(self_signing_key, user, master_key)) && (await isSignedBy(device, user, self));
}

type Signed = Pick<DeviceKeys, 'signatures'> | Pick<IdentityKey, 'signatures'>;

async function isSignedBy(object: Signed, user: string, key: string): Promise<boolean> {
  const { signatures, unsigned: _, ...rest } = object as Signed & { readonly unsigned?: unknown };
  const signature = signatures?.[user]?.[`ed25519:${key}`];
  const text = canonicalJson(rest);
  return signature !== undefined && text !== null && (await masterVerifier(key)(text, signature));
}

/** The one key of an identity; null: it is not named as it has to be. */
function publicKey(key: IdentityKey | undefined): string | null {
  const [[name, value] = ['', '']] = Object.entries(key?.keys ?? {});
  return name === `ed25519:${value}` ? value : null;
}

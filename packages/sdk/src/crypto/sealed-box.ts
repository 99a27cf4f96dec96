// Something of the vault, sealed to the public half of the recovery key: any device can put it there, only the recovery
// key takes it out. It is bound to its account and its name, so it cannot be put in another's place. Who sealed it, a box
// does not say; what must come from the account itself is signed beside it (`vault.ts`).
import type { AccountId } from '@parley/protocol';
import type { Random } from '../ports.ts';
import { decodeBytes, decodeExactly, encodeBytes } from './base64.ts';
import { hpkeOpen, hpkeSeal } from './primitives.ts';
import { utf8 } from './signing.ts';

/** Whose it is, and what. */
export interface BoxName {
  readonly account: AccountId;
  readonly name: string;
}

/** Sealed to a public key (X25519, base64): `1.<key of this box>.<ciphertext>`. */
export async function sealBox(
  to: BoxName & { readonly publicKey: string },
  plain: Uint8Array,
  random: Random,
): Promise<string> {
  const publicKey = decodeExactly(32, to.publicKey);
  if (publicKey === null) throw new RangeError('no public key');
  const { enc, sealed } = await hpkeSeal({ publicKey, info: infoOf(to) }, plain, random.bytes(32));
  return `1.${encodeBytes(enc, 'base64url')}.${encodeBytes(sealed, 'base64url')}`;
}

/** What is in the box; null for another key, account or name, and when anything was altered. */
export async function openBox(of: BoxName & { readonly secret: Uint8Array }, box: string): Promise<Uint8Array | null> {
  const [version, first, second, ...more] = box.split('.');
  const enc = decodeExactly(32, first, 'base64url');
  const sealed = decodeBytes(second ?? '', 'base64url');
  if (version !== '1' || enc === null || sealed === null || more.length > 0) return null;
  return hpkeOpen({ secret: of.secret, info: infoOf(of) }, { enc, sealed });
}

function infoOf({ account, name }: BoxName): Uint8Array {
  return utf8(`parley.vault.v1\0${account}\0${name}`);
}

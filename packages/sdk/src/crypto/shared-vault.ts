// What one own device hands to another one of the vault, as text: everything but the recovery key. And how it is asked
// for. What makes no sense is nothing. [ENC]
import type { DeviceId } from '@parley/protocol';
import { decodeExactly } from './base64.ts';
import { asFields, type Fields, fieldsOf, isCount } from './json-fields.ts';
import type { IdentitySecrets } from './key-machine.ts';
import { maxEpochs, type RecoveryHalf } from './vault-items.ts';

/** Keys in base64. */
export interface SharedVault {
  readonly half: RecoveryHalf;
  /** Oldest first. */
  readonly epochs: readonly { readonly epoch: number; readonly key: string; readonly madeBy: DeviceId }[];
  readonly dehydrated: string | null;
  readonly settings: string | null;
}

/** A question for the vault, and an answer to it. */
export type OwnWord =
  | { readonly say: 'ask' }
  | { readonly say: 'vault'; readonly vault: SharedVault; readonly identity: IdentitySecrets };

/** The word in the text, or null when it is none. */
export function parseWord(text: string): OwnWord | null {
  const fields = fieldsOf(text);
  if (fields.say === 'ask') return { say: 'ask' };
  if (fields.say !== 'vault') return null;
  const [vault, identity] = [vaultIn(asFields(fields.vault)), identityIn(asFields(fields.identity))];
  return vault === null || identity === null ? null : { say: 'vault', vault, identity };
}

function vaultIn(fields: Fields): SharedVault | null {
  const { half, epochs, dehydrated, settings } = fields;
  if (!isHalf(half) || !Array.isArray(epochs) || epochs.length === 0 || epochs.length > maxEpochs) return null;
  if (!(epochs as readonly unknown[]).every(isEpoch) || !isKeyOrNull(dehydrated) || !isKeyOrNull(settings)) return null;
  return { half, epochs: epochs as SharedVault['epochs'], dehydrated, settings };
}

/** Seeds, or null when there are none. */
export function identityIn({ master, selfSigning, userSigning }: Fields): IdentitySecrets | null {
  return isKey(master) && isKey(selfSigning) && isKey(userSigning) ? { master, selfSigning, userSigning } : null;
}

function isHalf(value: unknown): value is RecoveryHalf {
  const { version, x25519, ed25519, madeAt, epoch } = asFields(value);
  return isCount(version) && isCount(madeAt) && isCount(epoch) && isKey(x25519) && isKey(ed25519);
}

function isEpoch(value: unknown): boolean {
  const { epoch, key, madeBy } = asFields(value);
  return isCount(epoch) && isKey(key) && typeof madeBy === 'string';
}

function isKey(value: unknown): value is string {
  return decodeExactly(32, value) !== null;
}

function isKeyOrNull(value: unknown): value is string | null {
  return value === null || isKey(value);
}

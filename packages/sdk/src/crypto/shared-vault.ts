// What one own device hands to another one of the vault, as text: everything but the recovery key. And what else they
// say to each other. What makes no sense is nothing. [ENC]
import type { DeviceId } from '@parley/protocol';
import { decodeExactly } from './base64.ts';
import { asFields, type Fields, fieldsOf, isCount } from './json-fields.ts';
import type { Acceptance, Confirmation, IdentitySecrets } from './key-machine.ts';
import { maxEpochs, type RecoveryHalf } from './vault-items.ts';

/** Keys in base64. */
export interface SharedVault {
  readonly half: RecoveryHalf;
  /** Oldest first. */
  readonly epochs: readonly { readonly epoch: number; readonly key: string; readonly madeBy: DeviceId }[];
  readonly dehydrated: string | null;
  readonly settings: string | null;
}

/** A question for the vault, an answer to it, whom this account confirmed, and whose change it accepted. */
export type OwnWord =
  | { readonly say: 'ask' }
  | { readonly say: 'vault'; readonly vault: SharedVault; readonly identity: IdentitySecrets }
  | { readonly say: 'confirmed'; readonly confirmations: readonly Confirmation[] }
  | { readonly say: 'accepted'; readonly acceptances: readonly Acceptance[] };

/** Confirmations of one word: it has to fit into what is sent to a device. */
export const maxConfirmationsPerWord = 25;
const maxKeyCharacters = 1_024;

/** The word in the text, or null when it is none. */
export function parseWord(text: string): OwnWord | null {
  const fields = fieldsOf(text);
  if (fields.say === 'ask') return { say: 'ask' };
  if (fields.say === 'vault') {
    const [vault, identity] = [vaultIn(asFields(fields.vault)), identityIn(asFields(fields.identity))];
    return vault === null || identity === null ? null : { say: 'vault', vault, identity };
  }
  if (fields.say === 'accepted' && Array.isArray(fields.acceptances)) {
    const all = (fields.acceptances as readonly unknown[]).slice(0, maxConfirmationsPerWord);
    return { say: 'accepted', acceptances: all.filter(isAcceptance) };
  }
  if (fields.say !== 'confirmed' || !Array.isArray(fields.confirmations)) return null;
  const given = (fields.confirmations as readonly unknown[]).slice(0, maxConfirmationsPerWord);
  return { say: 'confirmed', confirmations: given.filter(isConfirmation) };
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

function isConfirmation(value: unknown): value is Confirmation {
  const { account, key } = asFields(value);
  if (typeof account !== 'string' || typeof key !== 'string' || key.length > maxKeyCharacters) return false;
  return Object.keys(asFields(fieldsOf(key).keys)).length > 0;
}

function isAcceptance(value: unknown): value is Acceptance {
  const { account, fingerprint } = asFields(value);
  return typeof account === 'string' && isKey(fingerprint);
}

function isKey(value: unknown): value is string {
  return decodeExactly(32, value) !== null;
}

function isKeyOrNull(value: unknown): value is string | null {
  return value === null || isKey(value);
}

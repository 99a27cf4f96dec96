// Opens a vault with the recovery key. What it believes comes from the key in the hand: the public halves must be its own,
// the identity must be in its box, and everything else must be signed by that identity. What cannot be opened is named,
// and the rest is opened all the same.
import type { AccountId } from '@parley/protocol';
import { decodeExactly } from './base64.ts';
import { fieldsOf } from './json-fields.ts';
import { textOf } from './primitives.ts';
import { recoveryPairs } from './recovery-key.ts';
import { openBox } from './sealed-box.ts';
import { publicHalf, utf8, verifyBytes } from './signing.ts';
import {
  attestationText,
  bytesOfSeed,
  type EpochKey,
  epochName,
  type IdentitySeeds,
  isSignedItem,
  masterVerifier,
  parseIdentity,
  parseRecovery,
  parseSecret,
  type RecoveryHalf,
  readEpochs,
  type VaultContents,
  type VaultName,
  type VaultValues,
  type Verify,
} from './vault-items.ts';

/** Not there, of another form, sealed to another recovery key, altered, or not signed by the account. */
export type VaultProblem = 'missing' | 'malformed' | 'other_key' | 'altered' | 'unsigned' | 'other_identity';

export type VaultReading =
  | {
      readonly ok: true;
      readonly contents: VaultContents;
      readonly half: RecoveryHalf;
      /** The public half of the master key in the vault. */
      readonly masterKey: string;
      /** The recovery key itself has signed this identity: no server can have made it. */
      readonly attested: boolean;
      /** What could not be opened; `backup` when an epoch is not of this account. */
      readonly problems: readonly { readonly item: VaultName; readonly problem: VaultProblem }[];
    }
  | { readonly ok: false; readonly item: VaultName; readonly problem: VaultProblem };

/** What is known of the account once the recovery key has opened its vault. */
export interface OpenedVault {
  /** The key of private settings. */
  readonly settings: Uint8Array | null;
  readonly masterKey: string;
}

/** Opens all of it. `masterKey`: the identity that the account is known to have, where it is known. */
export async function openVault(
  account: AccountId,
  recoveryKey: Uint8Array,
  from: { readonly values: VaultValues; readonly masterKey: string | null },
): Promise<VaultReading> {
  const { values } = from;
  const pairs = await recoveryPairs(recoveryKey);
  if (values.recovery === undefined) return fail('recovery', 'missing');
  const half = parseRecovery(values.recovery);
  if (half === null) return fail('recovery', 'malformed');
  if (half.x25519 !== pairs.box.publicKey || half.ed25519 !== pairs.signing.publicKey)
    return fail('recovery', 'other_key');
  const opener: Opener = { account, secret: pairs.box.secret };
  const identity = await openIdentity(opener, values.identity);
  if (typeof identity === 'string') return fail('identity', identity);
  const { seeds, masterKey, attestation } = identity;
  if (from.masterKey !== null && from.masterKey !== masterKey) return fail('identity', 'other_identity');
  const verify = masterVerifier(masterKey);
  if (!(await isSignedItem(account, 'recovery', values.recovery, verify))) return fail('recovery', 'unsigned');
  const [epochs, dehydrated, settings] = await Promise.all([
    openEpochs(opener, values.backup, verify),
    openSecret(opener, 'dehydrated', { value: values.dehydrated, verify }),
    openSecret(opener, 'settings', { value: values.settings, verify }),
  ]);
  const signing = decodeExactly(32, half.ed25519) as Uint8Array;
  return {
    ok: true,
    half,
    masterKey,
    attested: attestation !== null && (await isAttested(account, masterKey, { signing, attestation })),
    contents: { identity: seeds, epochs: epochs.epochs, dehydrated: keyIn(dehydrated), settings: keyIn(settings) },
    problems: [
      ...(epochs.problem === null ? [] : [{ item: 'backup', problem: epochs.problem } as const]),
      ...(typeof dehydrated === 'string' ? [{ item: 'dehydrated', problem: dehydrated } as const] : []),
      ...(typeof settings === 'string' ? [{ item: 'settings', problem: settings } as const] : []),
    ],
  };
}

interface Opener {
  readonly account: AccountId;
  readonly secret: Uint8Array;
}

function fail(item: VaultName, problem: VaultProblem): VaultReading {
  return { ok: false, item, problem };
}

async function openIdentity(
  opener: Opener,
  value: string | undefined,
): Promise<
  VaultProblem | { readonly seeds: IdentitySeeds; readonly masterKey: string; readonly attestation: string | null }
> {
  if (value === undefined) return 'missing';
  const box = parseIdentity(value);
  if (box === null) return 'malformed';
  const plain = await openBox({ ...opener, name: 'identity' }, box.key);
  const seeds = plain && parseSeeds(textOf(plain));
  if (seeds === null) return 'altered';
  const masterKey = await publicHalf('Ed25519', bytesOfSeed(seeds.master));
  if (!(await isSignedItem(opener.account, 'identity', value, masterVerifier(masterKey)))) return 'unsigned';
  return { seeds, masterKey, attestation: box.attestation };
}

async function openEpochs(
  opener: Opener,
  value: string | undefined,
  verify: Verify,
): Promise<{ readonly epochs: readonly EpochKey[]; readonly problem: VaultProblem | null }> {
  if (value === undefined) return { epochs: [], problem: 'missing' };
  const { epochs: boxes, refused } = await readEpochs(opener.account, value, verify);
  const epochs: EpochKey[] = [];
  for (const { epoch, key: box, madeBy } of boxes) {
    const key = await openBox({ ...opener, name: epochName(epoch) }, box);
    if (key?.length === 32) epochs.push({ epoch, key, madeBy });
  }
  if (refused > 0) return { epochs, problem: 'unsigned' };
  return { epochs, problem: epochs.length < boxes.length ? 'altered' : null };
}

async function openSecret(
  opener: Opener,
  name: 'dehydrated' | 'settings',
  { value, verify }: { readonly value: string | undefined; readonly verify: Verify },
): Promise<VaultProblem | Uint8Array> {
  if (value === undefined) return 'missing';
  const box = parseSecret(value);
  if (box === null) return 'malformed';
  if (!(await isSignedItem(opener.account, name, value, verify))) return 'unsigned';
  const key = await openBox({ ...opener, name }, box);
  return key?.length === 32 ? key : 'altered';
}

async function isAttested(
  account: AccountId,
  masterKey: string,
  by: { readonly signing: Uint8Array; readonly attestation: string },
): Promise<boolean> {
  const signature = decodeExactly(64, by.attestation);
  return signature !== null && verifyBytes(by.signing, utf8(attestationText(account, masterKey)), signature);
}

function keyIn(opened: VaultProblem | Uint8Array): Uint8Array | null {
  return typeof opened === 'string' ? null : opened;
}

function parseSeeds(text: string | null): IdentitySeeds | null {
  const { master, self_signing, user_signing } = fieldsOf(text ?? '');
  if ([master, self_signing, user_signing].some((seed) => decodeExactly(32, seed) === null)) return null;
  return { master: master as string, selfSigning: self_signing as string, userSigning: user_signing as string };
}

// The vault of an account: what a person who holds nothing but the recovery key needs to be themselves again. Devices put
// things in with the public half alone; only the recovery key takes them out. Every item is checked against the master
// key, so a server that swaps one is noticed, and one that withholds one gains nothing but its absence.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { Random } from '../ports.ts';
import { encodeBytes } from './base64.ts';
import { newRecoveryKey, type RecoveryPairs, recoveryPairs } from './recovery-key.ts';
import { sealBox } from './sealed-box.ts';
import { publicHalf, signBytes, utf8 } from './signing.ts';
import {
  attestationText,
  bytesOfSeed,
  type EpochKey,
  epochName,
  type IdentitySeeds,
  isSignedItem,
  joinEpochs,
  maxEpochs,
  parseRecovery,
  printEpoch,
  printIdentity,
  printRecovery,
  printSecret,
  type RecoveryHalf,
  readEpochs,
  type Sign,
  type VaultContents,
  type VaultName,
  type VaultValues,
  type Verify,
  vaultNames,
} from './vault-items.ts';

/** Whose vault, and what it takes to write there. */
export interface VaultWriter {
  readonly account: AccountId;
  readonly random: Random;
  readonly sign: Sign;
}

/** A vault that is to be put on the server, and what opens it. */
export interface NewVault {
  readonly recoveryKey: Uint8Array;
  readonly half: RecoveryHalf;
  readonly contents: VaultContents;
  readonly values: VaultValues;
}

/** What the server's item `recovery` says, next to what this device knows. */
export type RecoveryCheck =
  | { readonly ok: true; readonly half: RecoveryHalf; readonly changed: boolean }
  | { readonly ok: false; readonly problem: 'malformed' | 'unsigned' | 'swapped' | 'older' };

/** One item as it stands on the server. `version` counts its changes there. */
export interface VaultItem {
  readonly name: VaultName;
  readonly value: string;
  readonly version: number;
}

/** The vault of an account that had none, under a new recovery key. */
export function makeVault(
  writer: VaultWriter,
  given: { readonly identity: IdentitySeeds; readonly device: DeviceId; readonly now: number },
): Promise<NewVault> {
  const { random } = writer;
  const contents: VaultContents = {
    identity: given.identity,
    epochs: [{ epoch: 1, key: newKey(random), madeBy: given.device }],
    dehydrated: newKey(random),
    settings: newKey(random),
  };
  return sealUnder(writer, contents, { version: 1, now: given.now });
}

/** The same things under a new recovery key. The old one opens only what a server kept of the old values. */
export function rotateVault(
  writer: VaultWriter,
  contents: VaultContents,
  from: { readonly half: RecoveryHalf; readonly now: number },
): Promise<NewVault> {
  return sealUnder(writer, contents, { version: from.half.version + 1, now: from.now });
}

async function sealUnder(
  writer: VaultWriter,
  contents: VaultContents,
  { version, now }: { readonly version: number; readonly now: number },
): Promise<NewVault> {
  const { account, sign } = writer;
  if (contents.epochs.length > maxEpochs) throw new RangeError('too many epochs');
  const recoveryKey = newRecoveryKey(writer.random);
  const pairs = await recoveryPairs(recoveryKey);
  const epoch = contents.epochs.at(-1)?.epoch ?? 0;
  const half = { version, x25519: pairs.box.publicKey, ed25519: pairs.signing.publicKey, madeAt: now, epoch };
  const epochs: string[] = [];
  for (const epoch of contents.epochs) epochs.push(await sealEpoch(writer, half, epoch));
  const values: VaultValues = {
    recovery: await printRecovery(account, half, sign),
    identity: await sealIdentity(writer, half, contents.identity, pairs),
    backup: joinEpochs(epochs),
    ...(contents.dehydrated !== null && {
      dehydrated: await sealSecret(writer, half, 'dehydrated', contents.dehydrated),
    }),
    ...(contents.settings !== null && { settings: await sealSecret(writer, half, 'settings', contents.settings) }),
  };
  return { recoveryKey, half, contents, values };
}

/** The item `identity`. Without the recovery key (`pairs`) at hand nothing attests the master key. */
export async function sealIdentity(
  { account, random, sign }: VaultWriter,
  half: RecoveryHalf,
  seeds: IdentitySeeds,
  pairs: RecoveryPairs | null,
): Promise<string> {
  const masterKey = await publicHalf('Ed25519', bytesOfSeed(seeds.master));
  const { master, selfSigning, userSigning } = seeds;
  const plain = utf8(JSON.stringify({ master, self_signing: selfSigning, user_signing: userSigning }));
  const key = await sealBox({ account, name: 'identity', publicKey: half.x25519 }, plain, random);
  const attested = pairs && (await signBytes(pairs.signing.secret, utf8(attestationText(account, masterKey))));
  return printIdentity(account, { key, attestation: attested && encodeBytes(attested) }, sign);
}

/** The items `dehydrated` and `settings`: a key of 32 bytes, sealed. */
export async function sealSecret(
  { account, random, sign }: VaultWriter,
  half: RecoveryHalf,
  name: 'dehydrated' | 'settings',
  key: Uint8Array,
): Promise<string> {
  return printSecret(account, name, await sealBox({ account, name, publicKey: half.x25519 }, key, random), sign);
}

/** A new epoch behind the others, by a device that has only the public half. Null: there are too many already. */
export async function addEpoch(
  writer: VaultWriter,
  half: RecoveryHalf,
  from: { readonly backup: string | null; readonly verify: Verify; readonly device: DeviceId; readonly above: number },
): Promise<{ readonly epoch: EpochKey; readonly value: string } | null> {
  const { epochs } = from.backup === null ? { epochs: [] } : await readEpochs(writer.account, from.backup, from.verify);
  if (epochs.length >= maxEpochs) return null;
  // A server may withhold the newest ones; what this device knew is never used again.
  const last = Math.max(from.above, epochs.at(-1)?.epoch ?? 0);
  const epoch = { epoch: last + 1, key: newKey(writer.random), madeBy: from.device };
  const texts = epochs.map(({ text }) => text);
  return { epoch, value: joinEpochs([...texts, await sealEpoch(writer, half, epoch)]) };
}

async function sealEpoch(writer: VaultWriter, half: RecoveryHalf, epoch: EpochKey): Promise<string> {
  const { account, random, sign } = writer;
  const name = epochName(epoch.epoch);
  const key = await sealBox({ account, name, publicKey: half.x25519 }, epoch.key, random);
  return printEpoch(account, { epoch: epoch.epoch, key, madeBy: epoch.madeBy }, sign);
}

/** Are the public halves that the server shows those of the account? `known`: what this device saw last. */
export async function checkRecovery(
  account: AccountId,
  value: string,
  by: { readonly verify: Verify; readonly known: RecoveryHalf | null },
): Promise<RecoveryCheck> {
  const half = parseRecovery(value);
  if (half === null) return { ok: false, problem: 'malformed' };
  if (!(await isSignedItem(account, 'recovery', value, by.verify))) return { ok: false, problem: 'unsigned' };
  const { known } = by;
  if (known === null || half.version > known.version) return { ok: true, half, changed: true };
  if (half.version < known.version) return { ok: false, problem: 'older' };
  const same = half.x25519 === known.x25519 && half.ed25519 === known.ed25519;
  return same ? { ok: true, half, changed: false } : { ok: false, problem: 'swapped' };
}

/** What to write so that the new values replace the ones that stand there, unless somebody was faster. */
export function nextItems(standing: readonly VaultItem[], values: VaultValues): readonly VaultItem[] {
  const next: VaultItem[] = [];
  for (const name of vaultNames) {
    const value = values[name];
    const now = standing.find((item) => item.name === name);
    if (value !== undefined) next.push({ name, value, version: (now?.version ?? 0) + 1 });
  }
  return next;
}

function newKey(random: Random): Uint8Array {
  return new Uint8Array(random.bytes(32));
}

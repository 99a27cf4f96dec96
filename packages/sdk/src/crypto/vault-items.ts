// What the items of the vault look like: JSON, in it boxes that only the recovery key opens (`sealed-box.ts`), each signed
// by the master key of the account. A box alone proves nothing, because everybody can seal to a public key: without the
// signature a server could put a key of its own there, and later read what is sealed with it.
import type { AccountId, DeviceId } from '@parley/protocol';
import { canonicalJson } from '@parley/protocol/canonical-json';
import { decodeExactly, encodeBytes } from './base64.ts';
import { asFields, type Fields, fieldsOf, isCount } from './json-fields.ts';
import { signBytes, utf8, verifyBytes } from './signing.ts';

export const vaultNames = ['recovery', 'identity', 'backup', 'dehydrated', 'settings'] as const;
export type VaultName = (typeof vaultNames)[number];
/** Values by name, as the server keeps them. */
export type VaultValues = Readonly<Partial<Record<VaultName, string>>>;

/** Signs a text with the master key of the account: Ed25519, base64. */
export type Sign = (text: string) => Promise<string>;
/** Does this signature of the text come from the master key of the account? */
export type Verify = (text: string, signature: string) => Promise<boolean>;

/** The public halves of the recovery key, as every device of the account knows them. */
export interface RecoveryHalf {
  /** Rises by one with each new recovery key. */
  readonly version: number;
  readonly x25519: string;
  readonly ed25519: string;
  readonly madeAt: number;
  /** The newest epoch of the backup when it was made: a device that was shut out then knows the ones before. */
  readonly epoch: number;
}

/** The private parts of the identity, as the library exports them: seeds of 32 bytes, base64. */
export interface IdentitySeeds {
  readonly master: string;
  readonly selfSigning: string;
  readonly userSigning: string;
}

/** The key of an epoch of the backup: 32 bytes. */
export interface EpochKey {
  readonly epoch: number;
  readonly key: Uint8Array;
  readonly madeBy: DeviceId;
}

/** Everything that the vault holds, open. */
export interface VaultContents {
  readonly identity: IdentitySeeds;
  /** Oldest first. */
  readonly epochs: readonly EpochKey[];
  /** 32 bytes: the dehydrated device is pickled with it. Null: there is none. */
  readonly dehydrated: Uint8Array | null;
  /** 32 bytes: private settings are sealed with it. Null: it was lost. */
  readonly settings: Uint8Array | null;
}

/** The box of an epoch's key, and which device made it. */
export interface EpochBox {
  readonly epoch: number;
  readonly key: string;
  readonly madeBy: DeviceId;
}

/** The box of the identity's seeds; `attestation`: the recovery key's own signature of the master key, if it was at hand. */
export interface IdentityBox {
  readonly key: string;
  readonly attestation: string | null;
}

/** The epochs that are kept in one item: older ones are sealed anew before. */
export const maxEpochs = 40;
const maxBoxCharacters = 2_048;

/** The bytes of a seed as the library exports it. */
export function bytesOfSeed(seed: string): Uint8Array {
  const bytes = decodeExactly(32, seed);
  if (bytes === null) throw new RangeError('no seed');
  return bytes;
}

/** Signs with the seed of a master key. */
export function seedSigner(seed: string): Sign {
  return async (text) => encodeBytes(await signBytes(bytesOfSeed(seed), utf8(text)));
}

/** Checks against a master key (base64). */
export function masterVerifier(masterKey: string): Verify {
  return async (text, signature) => {
    const [key, bytes] = [decodeExactly(32, masterKey), decodeExactly(64, signature)];
    return key !== null && bytes !== null && verifyBytes(key, utf8(text), bytes);
  };
}

/** What the recovery key signs of an identity. */
export function attestationText(account: AccountId, masterKey: string): string {
  return `parley.identity.v1\0${canonicalJson({ account, master_key: masterKey })}`;
}

/** Fields and their signature, for this account and this name only. */
async function signed(account: AccountId, name: string, fields: Fields, sign: Sign): Promise<Fields> {
  return { ...fields, signature: await sign(signedText(account, name, fields)) };
}

async function isSigned(account: AccountId, name: string, fields: Fields, verify: Verify): Promise<boolean> {
  const { signature, ...rest } = fields;
  return typeof signature === 'string' && verify(signedText(account, name, rest), signature);
}

function signedText(account: AccountId, name: string, value: Fields): string {
  return `parley.vault.v1\0${canonicalJson({ account, name, value })}`;
}

/** The name of an epoch's box. */
export function epochName(epoch: number): string {
  return `backup/${epoch}`;
}

/** The item `recovery`. */
export async function printRecovery(account: AccountId, half: RecoveryHalf, sign: Sign): Promise<string> {
  const { version, x25519, ed25519, madeAt, epoch } = half;
  const fields = { version, x25519, ed25519, made_at: madeAt, epoch };
  return JSON.stringify(await signed(account, 'recovery', fields, sign));
}

/** The public halves in the item, whoever wrote it; null when they make no sense. */
export function parseRecovery(text: string): RecoveryHalf | null {
  const { version, x25519, ed25519, made_at, epoch = 0 } = fieldsOf(text);
  if (!isCount(version) || !isCount(made_at) || !isCount(epoch)) return null;
  if (decodeExactly(32, x25519) === null || decodeExactly(32, ed25519) === null) return null;
  return { version, x25519: x25519 as string, ed25519: ed25519 as string, madeAt: made_at, epoch };
}

/** Did the account itself sign the item `recovery`? */
export function isSignedItem(account: AccountId, name: VaultName, text: string, verify: Verify): Promise<boolean> {
  return isSigned(account, name, fieldsOf(text), verify);
}

/** The item `identity`. */
export async function printIdentity(account: AccountId, box: IdentityBox, sign: Sign): Promise<string> {
  const { key, attestation } = box;
  const fields = { key, ...(attestation !== null && { attestation }) };
  return JSON.stringify(await signed(account, 'identity', fields, sign));
}

export function parseIdentity(text: string): IdentityBox | null {
  const { key, attestation } = fieldsOf(text);
  return isBox(key) ? { key, attestation: typeof attestation === 'string' ? attestation : null } : null;
}

/** The items `dehydrated` and `settings`: one box each. */
export async function printSecret(
  account: AccountId,
  name: 'dehydrated' | 'settings',
  key: string,
  sign: Sign,
): Promise<string> {
  return JSON.stringify(await signed(account, name, { key }, sign));
}

export function parseSecret(text: string): string | null {
  const { key } = fieldsOf(text);
  return isBox(key) ? key : null;
}

/** An epoch of the item `backup`, as text. */
export async function printEpoch(account: AccountId, { epoch, key, madeBy }: EpochBox, sign: Sign): Promise<string> {
  return JSON.stringify(await signed(account, epochName(epoch), { epoch, key, made_by: madeBy }, sign));
}

/** The item `backup` out of its epochs. */
export function joinEpochs(epochs: readonly string[]): string {
  return `{"epochs":[${epochs.join(',')}]}`;
}

/** Every epoch of the item that the account signed, oldest first, with its text; and how many others there are. */
export async function readEpochs(
  account: AccountId,
  text: string,
  verify: Verify,
): Promise<{ readonly epochs: readonly (EpochBox & { readonly text: string })[]; readonly refused: number }> {
  const { epochs: given } = fieldsOf(text);
  const entries = Array.isArray(given) ? (given as readonly unknown[]).slice(0, maxEpochs) : [];
  const found = new Map<number, EpochBox & { readonly text: string }>();
  for (const entry of entries) {
    const fields = asFields(entry);
    const { epoch, key, made_by } = fields;
    if (!isCount(epoch) || !isBox(key) || typeof made_by !== 'string') continue;
    if (!(await isSigned(account, epochName(epoch), fields, verify))) continue;
    found.set(epoch, { epoch, key, madeBy: made_by as DeviceId, text: JSON.stringify(entry) });
  }
  const epochs = [...found.values()].sort((a, b) => a.epoch - b.epoch);
  return { epochs, refused: (Array.isArray(given) ? given.length : 1) - epochs.length };
}

function isBox(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxBoxCharacters && /^1\.[\w-]+\.[\w-]+$/.test(value);
}

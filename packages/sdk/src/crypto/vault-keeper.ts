// The vault of the account on this device: made by its first device, opened by the recovery key, and kept open here
// beside the rows. It promises never to put anything there that an earlier version of it would undo, to use no epoch of
// the backup that another device has ended, and to give the recovery key out only until it was confirmed. [ENC]
import type { AccountId, DeviceId } from '@parley/protocol';
import { ChatError } from '../error.ts';
import type { Clock, CryptoParts, Random } from '../ports.ts';
import type { Rest } from '../rest.ts';
import type { EncryptionView, RecoveryKeyView } from '../views.ts';
import { decodeBytes, decodeExactly, encodeBytes } from './base64.ts';
import type { KeyMachine } from './key-machine.ts';
import { recoveryGroups, recoveryWords } from './recovery-key.ts';
import { readRecoveryKey } from './recovery-text.ts';
import type { SharedVault } from './shared-vault.ts';
import {
  addEpoch,
  checkRecovery,
  makeVault,
  nextItems,
  rotateVault,
  type VaultItem,
  type VaultWriter,
} from './vault.ts';
import {
  type EpochKey,
  masterVerifier,
  maxEpochs,
  parseRecovery,
  type RecoveryHalf,
  readEpochs,
  seedSigner,
  type VaultContents,
  type VaultName,
  type VaultValues,
} from './vault-items.ts';
import { type OpenedVault, openVault } from './vault-open.ts';

interface VaultParts {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly rest: Rest;
  readonly clock: Clock;
  readonly random: Random;
  readonly machine: KeyMachine;
  readonly secrets: CryptoParts['secrets'];
}

/** What this device keeps of the vault; bytes in base64. */
interface Kept extends SharedVault {
  /** Until it was confirmed. */
  readonly recoveryKey: string | null;
}

const keptName = 'vault';

/** The vault, open, closed, or not there. */
export class VaultKeeper {
  readonly #parts: VaultParts;
  #kept: Kept | null = null;
  #epochs: readonly EpochKey[] = [];
  #isCurrent = false;
  /** There is a new identity of the account, made here, and the vault is still that of the one before. */
  #isUnfinished = false;

  constructor(parts: VaultParts) {
    this.#parts = parts;
  }

  /** Keys of the backup, oldest first; empty while the vault is closed here. */
  get epochs(): readonly EpochKey[] {
    return this.#epochs;
  }

  get isOpen(): boolean {
    return this.#kept !== null;
  }

  /** What is kept here is what stands there, as far as is known: it may be used for what comes, and handed on. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** With what new room keys are sealed; null while another device may have begun a newer epoch. */
  get epoch(): EpochKey | null {
    return this.#isCurrent ? (this.#epochs.at(-1) ?? null) : null;
  }

  /** The key that the dehydrated device is pickled with. */
  get dehydratedKey(): Uint8Array | null {
    return bytesIn(this.#kept?.dehydrated ?? null);
  }

  /** The key of private settings. */
  get settingsKey(): Uint8Array | null {
    return bytesIn(this.#kept?.settings ?? null);
  }

  /** `offered`: the recovery key can still be shown here; `unfinished`: there is none yet for a new identity. */
  get recovery(): EncryptionView['recovery'] {
    if (this.#isUnfinished) return 'unfinished';
    if (this.#kept === null) return 'none';
    return this.#kept.recoveryKey === null ? 'confirmed' : 'offered';
  }

  /** Opens it with what is kept here. */
  async load(): Promise<void> {
    const kept = ((await this.#parts.secrets.get(keptName)) ?? null) as Kept | null;
    // Kept before halves named an epoch.
    if (kept !== null) this.#hold({ ...kept, half: { ...kept.half, epoch: kept.half.epoch ?? 0 } });
  }

  /** Looks whether it stands as it is kept here. Where the account has no vault at all it makes one. @throws {ChatError} */
  async open(): Promise<void> {
    const standing = await this.#standing();
    const { recovery, backup } = valuesOf(standing);
    if (recovery === undefined) return this.#make(standing);
    // Another device has made it, or made it anew: the recovery key opens it here, or that device does.
    const half = await this.#signedHalf(recovery);
    const isSame = half !== null && half.x25519 === this.#kept?.half.x25519;
    // Whoever has the seeds of the identity has made it, or was let in by who has; nobody else will sign the vault.
    this.#isUnfinished = half === null && (await this.#parts.machine.exportSecrets()) !== null;
    this.#isCurrent = isSame && half.epoch <= this.#newest && (await this.#newestSigned(backup)) <= this.#newest;
  }

  /** Another device may have made it anew. */
  doubt(): void {
    this.#isCurrent = false;
  }

  /** The identity is another one now, and the vault follows. */
  begin(): void {
    this.#isCurrent = false;
    this.#isUnfinished = true;
  }

  /** What another device of the account gets; null while this one does not know how it stands. */
  share(): SharedVault | null {
    if (this.#kept === null || !this.#isCurrent) return null;
    const { half, epochs, dehydrated, settings } = this.#kept;
    return { half, epochs, dehydrated, settings };
  }

  /** Keeps what a linked device of the account has handed over, if it is what stands there. @throws {ChatError} */
  async adopt(shared: SharedVault): Promise<boolean> {
    const kept = this.#kept;
    const { recovery, backup } = valuesOf(await this.#standing());
    const standing = await this.#signedHalf(recovery);
    if (standing === null || standing.x25519 !== shared.half.x25519 || standing.ed25519 !== shared.half.ed25519)
      return false;
    const theirs = new Set(shared.epochs.map(({ epoch }) => epoch));
    const former = (kept?.epochs ?? []).filter(({ epoch }) => !theirs.has(epoch));
    const epochs = [...former, ...shared.epochs].sort((one, other) => one.epoch - other.epoch).slice(-maxEpochs);
    const newest = epochs.at(-1)?.epoch ?? 0;
    if ((await this.#newestSigned(backup)) > newest || standing.epoch > newest) return false;
    const isSame = kept?.half.x25519 === standing.x25519;
    await this.#keep({
      half: standing,
      epochs,
      dehydrated: shared.dehydrated ?? kept?.dehydrated ?? null,
      settings: shared.settings ?? kept?.settings ?? null,
      recoveryKey: isSame ? (kept?.recoveryKey ?? null) : null,
    });
    return true;
  }

  /** The recovery key, while it may be shown. */
  key(): RecoveryKeyView | null {
    const key = bytesIn(this.#kept?.recoveryKey ?? null);
    return key === null ? null : viewOf(key);
  }

  /** It was written down: it is forgotten here. */
  async confirmKey(): Promise<void> {
    const isCurrent = this.#isCurrent;
    if (this.#kept !== null) await this.#keep({ ...this.#kept, recoveryKey: null });
    this.#isCurrent = isCurrent;
  }

  /**
   * Opens the vault with a recovery key as it was typed, and makes this device one of the account's. `before` has what it
   * says while nothing can be sealed here yet.
   * @throws {ChatError} `recovery.invalid`: it is none; `recovery.wrong`: it is not this account's
   */
  async recover(text: string, before: (opened: OpenedVault) => Promise<void>): Promise<void> {
    const { account, machine } = this.#parts;
    const typed = readRecoveryKey(text);
    if (!typed.ok) throw new ChatError('recovery.invalid');
    const values = valuesOf(await this.#standing());
    const [own] = await machine.identities([account]);
    const opened = await openVault(account, typed.key, { values, masterKey: own?.fingerprint ?? null });
    // Nobody here knows the identity yet but the server: only one that the recovery key has signed is the account's.
    if (!opened.ok || !opened.attested) throw new ChatError('recovery.wrong');
    await before({ settings: opened.contents.settings, masterKey: opened.masterKey });
    await machine.importSecrets(opened.contents.identity);
    await this.#keep(keptOf(opened.half, opened.contents, null));
  }

  /**
   * A new epoch of the backup, by a device that has the vault as it was before another one made it anew, and to which
   * nobody hands over how it stands. False: what stands there is not the account's, or has no room. @throws {ChatError}
   */
  async beginEpoch(): Promise<boolean> {
    const { device } = this.#parts;
    const [kept, masterKey] = [this.#kept, await this.#masterKey()];
    const standing = await this.#standing();
    const { recovery, backup = null } = valuesOf(standing);
    const half = await this.#signedHalf(recovery);
    if (kept === null || masterKey === null || half === null) return false;
    const writer = this.#writer((await this.#seeds()).master);
    const from = { backup, verify: masterVerifier(masterKey), device, above: Math.max(this.#newest, half.epoch) };
    const made = await addEpoch(writer, half, from);
    if (made === null) return false;
    await this.#write(standing, { backup: made.value });
    const epoch = { epoch: made.epoch.epoch, key: encodeBytes(made.epoch.key), madeBy: device };
    const isSame = kept.half.x25519 === half.x25519;
    const epochs = [...kept.epochs.filter((one) => one.epoch !== epoch.epoch), epoch].slice(-maxEpochs);
    await this.#keep({ ...kept, half, epochs, recoveryKey: isSame ? kept.recoveryKey : null });
    return true;
  }

  /** A new recovery key: everything is sealed anew, and the old one opens nothing more. @throws {ChatError} */
  async renew(password: string): Promise<RecoveryKeyView> {
    await this.open();
    if (this.#isUnfinished) return this.#finish(password);
    const kept = this.#kept;
    if (kept === null) throw new ChatError('client.crypto');
    // Another device has just made it anew, and says so.
    if (!this.#isCurrent) throw new ChatError('keys.conflict');
    const identity = await this.#seeds();
    const contents: VaultContents = {
      identity,
      epochs: this.#epochs,
      dehydrated: this.dehydratedKey,
      settings: this.settingsKey,
    };
    const made = await rotateVault(this.#writer(identity.master), contents, this.#from(kept.half));
    await this.#write(await this.#standing(), made.values, password);
    await this.#keep(keptOf(made.half, made.contents, made.recoveryKey));
    return viewOf(made.recoveryKey);
  }

  /**
   * After the identity was reset because a device was stolen: a new recovery key, a new epoch and a new key for the
   * dehydrated device, so that nothing which that device holds opens what comes. @throws {ChatError}
   */
  async shutOut(password: string): Promise<RecoveryKeyView> {
    const kept = this.#kept;
    if (kept === null) throw new ChatError('client.crypto');
    const { device, random } = this.#parts;
    const identity = await this.#seeds();
    const newest = this.#epochs.at(-1)?.epoch ?? 0;
    const epoch: EpochKey = { epoch: newest + 1, key: new Uint8Array(random.bytes(32)), madeBy: device };
    const contents: VaultContents = {
      identity,
      epochs: [...this.#epochs, epoch].slice(-maxEpochs),
      dehydrated: new Uint8Array(random.bytes(32)),
      settings: this.settingsKey,
    };
    const made = await rotateVault(this.#writer(identity.master), contents, this.#from(kept.half));
    await this.#write(await this.#standing(), made.values, password);
    await this.#keep(keptOf(made.half, made.contents, made.recoveryKey));
    return viewOf(made.recoveryKey);
  }

  /** What was begun with a new identity, and cut off. */
  async #finish(password: string): Promise<RecoveryKeyView> {
    if (this.#kept !== null) return this.shutOut(password);
    await this.makeAnew(password);
    const key = this.key();
    if (key === null) throw new ChatError('client.crypto');
    return key;
  }

  /** A vault with nothing of the old one, after the identity was reset. @throws {ChatError} */
  async makeAnew(password: string): Promise<void> {
    await this.#make(await this.#standing(), password);
  }

  async #make(standing: readonly VaultItem[], password?: string): Promise<void> {
    const { device, clock } = this.#parts;
    const identity = await this.#seeds();
    const writer = this.#writer(identity.master);
    const fresh = await makeVault(writer, { identity, device, now: clock.now() });
    const before = parseRecovery(valuesOf(standing).recovery ?? '');
    const first = newestEpoch(valuesOf(standing).backup ?? '') + 1;
    const epochs = fresh.contents.epochs.map((epoch, at) => ({ ...epoch, epoch: first + at }));
    // Versions and epochs of an earlier vault are not used again.
    const made = before === null ? fresh : await rotateVault(writer, { ...fresh.contents, epochs }, this.#from(before));
    await this.#write(standing, made.values, password);
    await this.#keep(keptOf(made.half, made.contents, made.recoveryKey));
  }

  get #newest(): number {
    return this.#epochs.at(-1)?.epoch ?? 0;
  }

  /** The public halves that stand there, if the account signed them and they are not older than what was seen here. */
  async #signedHalf(recovery: string | undefined): Promise<RecoveryHalf | null> {
    const masterKey = await this.#masterKey();
    if (recovery === undefined || masterKey === null) return null;
    const by = { verify: masterVerifier(masterKey), known: this.#kept?.half ?? null };
    const check = await checkRecovery(this.#parts.account, recovery, by);
    return check.ok ? check.half : null;
  }

  /** The newest epoch that the account signed. */
  async #newestSigned(backup: string | undefined): Promise<number> {
    const masterKey = await this.#masterKey();
    if (backup === undefined || masterKey === null) return 0;
    const { epochs } = await readEpochs(this.#parts.account, backup, masterVerifier(masterKey));
    return epochs.at(-1)?.epoch ?? 0;
  }

  async #masterKey(): Promise<string | null> {
    const { account, machine } = this.#parts;
    return (await machine.identities([account]))[0]?.fingerprint ?? null;
  }

  async #seeds() {
    const seeds = await this.#parts.machine.exportSecrets();
    if (seeds === null) throw new ChatError('client.crypto');
    return seeds;
  }

  #writer(master: string): VaultWriter {
    const { account, random } = this.#parts;
    return { account, random, sign: seedSigner(master) };
  }

  #from(half: RecoveryHalf) {
    return { half, now: this.#parts.clock.now() };
  }

  async #standing(): Promise<readonly VaultItem[]> {
    const { items } = await this.#parts.rest('getVault');
    return items as readonly VaultItem[];
  }

  async #write(standing: readonly VaultItem[], values: VaultValues, password?: string): Promise<void> {
    const items = nextItems(standing, values).map((item) => ({ ...item }));
    await this.#parts.rest('updateVault', { body: { items, ...(password !== undefined && { password }) } });
  }

  async #keep(kept: Kept): Promise<void> {
    await this.#parts.secrets.put(keptName, kept);
    this.#hold(kept);
    this.#isUnfinished = false;
    // A server may keep the newest epochs back: whoever was shut out would know what is put into an older one.
    this.#isCurrent = this.#newest >= kept.half.epoch;
  }

  #hold(kept: Kept): void {
    this.#kept = kept;
    this.#epochs = kept.epochs.map(({ epoch, key, madeBy }) => ({ epoch, key: bytesOf(key), madeBy }));
  }
}

function keptOf(half: RecoveryHalf, contents: VaultContents, recoveryKey: Uint8Array | null): Kept {
  const { epochs, dehydrated, settings } = contents;
  return {
    half,
    epochs: epochs.map(({ epoch, key, madeBy }) => ({ epoch, key: encodeBytes(key), madeBy })),
    dehydrated: dehydrated && encodeBytes(dehydrated),
    settings: settings && encodeBytes(settings),
    recoveryKey: recoveryKey && encodeBytes(recoveryKey),
  };
}

/** @throws {ChatError} what is kept here is damaged */
function bytesOf(text: string): Uint8Array {
  const bytes = decodeExactly(32, text);
  if (bytes === null) throw new ChatError('client.storage');
  return bytes;
}

function bytesIn(text: string | null): Uint8Array | null {
  return text === null ? null : decodeBytes(text);
}

function viewOf(key: Uint8Array): RecoveryKeyView {
  return { words: recoveryWords(key), groups: recoveryGroups(key).join(' ') };
}

function valuesOf(items: readonly VaultItem[]): VaultValues {
  return Object.fromEntries(items.map(({ name, value }) => [name, value])) as Partial<Record<VaultName, string>>;
}

/** The newest epoch that the item names, whoever wrote it; 0 when there is none. */
function newestEpoch(text: string): number {
  return [...text.matchAll(/"epoch":(\d{1,9})/g)].reduce((newest, [, epoch]) => Math.max(newest, Number(epoch)), 0);
}

// What keeps the keys of an account safe while people write: the vault, the backup, and the device that receives while
// the others are off; and what the own devices hand to each other of it. Everything here is tried again until it is
// done; nobody waits for it. [ENC]
import { inBackground } from '../background.ts';
import { ChatError } from '../error.ts';
import * as limits from '../limits.ts';
import type { CryptoParts } from '../ports.ts';
import { type Rest, restOver } from '../rest.ts';
import type { DevicesBefore, EncryptionView, RecoveryKeyView } from '../views.ts';
import { BackupKeeper } from './backup-keeper.ts';
import type { KeyMachine, Review } from './key-machine.ts';
import { OwnShare } from './own-share.ts';
import { proveRecovery } from './recovery-proof.ts';
import { readRecoveryKey } from './recovery-text.ts';
import { ReviewKeeper } from './review-keeper.ts';
import { TimedSessions } from './timed-sessions.ts';
import { VaultKeeper } from './vault-keeper.ts';

const dehydratedName = 'dehydrated';
/** What the vault opens and is not here yet: room keys, then what was sent while every device was off. */
const owedName = 'taking in';
type Owed = 'keys' | 'arrivals' | null;

/** Asked for before it was needed. */
type NewestPage = ReturnType<BackupKeeper['newest']> | null;

/** The backup is being taken in, its newest page or the rest: a key that is not here may be on its way. */
export type TakingIn = 'newest' | 'rest' | null;

/** Vault, backup and dehydrated device of one open machine. */
export class KeyKeeper {
  readonly vault: VaultKeeper;
  readonly #backup: BackupKeeper;
  /** Sessions whose messages disappear. */
  readonly timed: TimedSessions;
  readonly #share: OwnShare;
  readonly #reviews: ReviewKeeper;
  readonly #parts: CryptoParts;
  readonly #machine: KeyMachine;
  readonly #onRecovery: (recovery: EncryptionView['recovery']) => void;
  readonly #closing = new AbortController();
  readonly #rest: Rest;
  /** One thing after the other: a dehydrated device must not be replaced while it is being read. */
  #last: Promise<unknown> = Promise.resolve();
  #isSettling = false;
  #takingIn: TakingIn = null;
  #failures = 0;

  constructor(parts: CryptoParts, machine: KeyMachine, onRecovery: (recovery: EncryptionView['recovery']) => void) {
    const { account, device, clock, random, secrets, settings, onKey } = parts;
    const rest = restOver(parts.http, this.#closing.signal);
    this.#rest = rest;
    this.#parts = parts;
    this.#machine = machine;
    this.#onRecovery = onRecovery;
    this.vault = new VaultKeeper({ account, device, rest, clock, random, machine, secrets });
    const epochs = () => this.vault.epochs;
    const epoch = () => this.vault.epoch;
    this.timed = new TimedSessions({
      clock,
      secrets,
      onChanged: (sessions) => this.#backup.sealAgain(sessions),
      drop: (sessions) => this.#backup.drop(sessions),
    });
    const more = { timed: this.timed, epochs, epoch };
    this.#backup = new BackupKeeper({ account, rest, clock, random, machine, ...more, onKey });
    this.#share = new OwnShare({
      machine,
      vault: this.vault,
      clock,
      onVault: () => this.#opened(),
      onAlone: () => this.#alone(),
    });
    this.#reviews = new ReviewKeeper({ account, rest, clock, machine, secrets, settings, vault: this.vault });
  }

  /** Reads what is kept here of it all, before anything is sealed. */
  async load(): Promise<void> {
    await this.vault.load();
    await this.timed.load();
    await this.#reviews.load();
  }

  /** This device is one of the account's. */
  ready(): void {
    if (this.#isSettling || this.#closing.signal.aborted) return;
    this.#isSettling = true;
    inBackground(this.#inTurn(() => this.#settle()));
  }

  /** The identity does not vouch for this device (any more): the vault may be another one by now. */
  locked(): void {
    this.vault.doubt();
  }

  /** Another own device said something. What cannot be done now is told again at the next start. */
  heard(device: string, text: string): void {
    const heard = this.#inTurn(async () => {
      await this.#share.hear(device, text);
      await this.#machine.heardOwn(device, text);
    });
    inBackground(heard.catch(() => {}));
  }

  /** Somebody was confirmed here, or their change accepted: so it is on every device of the account. */
  reviewed(review: Review): Promise<void> {
    return this.#reviews.decided(review);
  }

  /** A new recovery key. @throws {ChatError} */
  renew(password: string): Promise<RecoveryKeyView> {
    return this.#inTurn(async () => {
      const wasUnfinished = this.vault.recovery === 'unfinished';
      const key = await this.vault.renew(password);
      this.#tell();
      await this.#share.renewed();
      if (wasUnfinished) await this.#restart();
      return key;
    });
  }

  /** Another own device has asked, and was told everything. */
  handedOver(device: string): Promise<void> {
    return this.#share.handedOver(device);
  }

  /** It is the owner who is here. @throws {ChatError} `auth.refused` */
  async confirmPassword(password: string): Promise<void> {
    await this.#rest('confirmMe', { body: { password } });
  }

  /** There may be new room keys. */
  keysMade(): void {
    if (this.vault.isOpen && this.#takingIn === null) this.#backup.putSoon();
  }

  /** Every room key is in the backup, where there is one. */
  saved(): Promise<void> {
    // Until the vault was looked at, nothing is put there.
    return this.#last.then(() => this.#backup.saved());
  }

  /** A message waits for the key of this session. */
  missing(session: string): void {
    if (this.vault.isOpen) this.#backup.find(session);
  }

  get takingIn(): TakingIn {
    return this.#takingIn;
  }

  /** The recovery key was typed here. Resolves when the newest room keys are here; the others follow. @throws {ChatError} */
  recover(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      inBackground(this.#inTurn(() => this.#recover(text, resolve)).then(resolve, reject));
    });
  }

  /** A new identity, and a vault of its own. @throws {ChatError} */
  startOver(password: string, before: DevicesBefore): Promise<void> {
    return this.#inTurn(() => this.#startOver(password, before));
  }

  /** A device was stolen: what it holds opens nothing that comes. @throws {ChatError} */
  shutOut(password: string): Promise<RecoveryKeyView> {
    return this.#inTurn(async () => {
      await this.#resetIdentity(password, 'lost');
      const key = await this.vault.shutOut(password);
      this.#tell();
      await this.#reviews.look();
      await this.#dehydrate();
      this.#backup.putSoon();
      return key;
    });
  }

  /** The recovery key is known, or confirmed, or another. */
  told(): void {
    this.#tell();
  }

  close(): void {
    this.#closing.abort();
    this.#backup.close();
    this.timed.close();
    this.#share.close();
    this.#reviews.close();
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #recover(text: string, onNewest: () => void): Promise<void> {
    this.#takingIn = 'rest';
    try {
      const newest = this.#backup.newest();
      const reviews = this.#reviews.fetch();
      reviews.catch(() => {});
      await this.#owe('keys');
      // Whom the account has confirmed is known before anything is sealed for anybody.
      await this.vault.recover(text, async (opened) => this.#reviews.take(await reviews, opened));
      this.#tell();
      // Without the proof it waits a day until it may end older devices.
      const proof = this.#prove(text).catch(() => {});
      const onPage = () => {
        this.#takingIn = 'rest';
        inBackground(proof.then(onNewest));
      };
      this.#takingIn = 'newest';
      await this.#takeIn(onPage, newest);
    } catch (error) {
      // It goes on as soon as it can.
      if (this.vault.isOpen) this.ready();
      throw error;
    } finally {
      this.#takingIn = null;
      if (this.vault.isOpen) inBackground(this.#parts.onReady());
    }
    await this.#dehydrate();
  }

  /** What the vault opens is taken in once, however often it takes. */
  async #takeIn(onPage: () => void = () => {}, newest: NewestPage = null): Promise<void> {
    const owed = ((await this.#parts.secrets.get(owedName)) ?? null) as Owed;
    if (owed === null) return;
    if (owed === 'keys') {
      await this.#restore(onPage, newest);
      await this.#owe('arrivals');
    }
    await this.#rehydrate();
    await this.#owe(null);
  }

  async #rehydrate(): Promise<void> {
    const key = this.vault.dehydratedKey;
    if (key === null) return;
    await this.#machine.rehydrate(key).catch((error: unknown) => {
      // What another key was sealed to never opens.
      if (!(error instanceof ChatError && error.code === 'keys.invalid')) throw error;
    });
  }

  /** What people look at is opened before more than the newest page is taken in. */
  async #restore(onPage: () => void, newest: NewestPage = null): Promise<void> {
    const taken = async (page: number) => {
      onPage();
      if (page === 0) await this.#parts.onReady();
    };
    await this.#backup.restore(taken, newest);
  }

  #owe(owed: Owed): Promise<void> {
    return this.#parts.secrets.put(owedName, owed);
  }

  async #prove(text: string): Promise<void> {
    const typed = readRecoveryKey(text);
    if (typed.ok) await proveRecovery(this.#rest, typed.key);
  }

  async #startOver(password: string, before: DevicesBefore): Promise<void> {
    await this.#resetIdentity(password, before);
    await this.vault.makeAnew(password);
    this.#tell();
    await this.#reviews.look();
    await this.#restart();
  }

  /** From here on no key goes where the old identity led. */
  async #resetIdentity(password: string, before: DevicesBefore): Promise<void> {
    await this.#machine.resetIdentity(password, before);
    this.vault.begin();
    this.#tell();
  }

  /** Every room key goes into the new vault's backup, and another device receives. */
  async #restart(): Promise<void> {
    await this.#machine.restartBackup();
    await this.#dehydrate();
    this.#backup.putSoon();
  }

  /** Opens the vault or makes it, then looks after what hangs on it. Never rejects. */
  async #settle(): Promise<void> {
    try {
      await this.vault.open();
      this.#tell();
      await this.#reviews.look();
      if (!this.vault.isCurrent) this.#share.ask();
      else {
        this.#backup.putSoon();
        await this.#takeIn();
        await this.#dehydrateWeekly();
      }
      this.#failures = 0;
      this.#isSettling = false;
    } catch {
      const wait = Math.min(limits.retryMaxMs, limits.retryMinMs * 2 ** Math.min(this.#failures++, 16));
      this.#parts.clock.after(wait, () => {
        this.#isSettling = false;
        this.ready();
      });
    }
  }

  /** Another own device handed the vault over. It receives for itself: what came while both were off, it puts there. */
  async #opened(): Promise<void> {
    this.#tell();
    await this.#reviews.look();
    await this.#parts.secrets.put(dehydratedName, this.#parts.clock.now());
    await this.#restore(() => {});
    inBackground(this.#parts.onReady());
    this.#backup.putSoon();
  }

  /** Nobody hands over how the vault stands: what is new goes into an epoch of this device's own. */
  async #alone(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.vault.isCurrent || !(await this.vault.beginEpoch())) return;
      this.#tell();
      this.#backup.putSoon();
      await this.#takeIn();
      await this.#dehydrateWeekly();
    });
  }

  #tell(): void {
    this.#onRecovery(this.vault.recovery);
  }

  async #dehydrateWeekly(): Promise<void> {
    const last = Number((await this.#parts.secrets.get(dehydratedName)) ?? 0);
    if (this.#parts.clock.now() - last < limits.dehydrateEveryMs) return;
    await this.#rehydrate();
    await this.#dehydrate();
  }

  /** What the one before had received is gone then: all that was taken in stands in the backup first. */
  async #dehydrate(): Promise<void> {
    const key = this.vault.dehydratedKey;
    if (key === null) return;
    await this.#backup.saved();
    await this.#machine.dehydrate(key);
    await this.#parts.secrets.put(dehydratedName, this.#parts.clock.now());
  }
}

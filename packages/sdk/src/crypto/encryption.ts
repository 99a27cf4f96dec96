// The provider of encrypted conversations: opens the machine that holds the keys, keeps it going, and says how things
// stand. Rooms and the account log stay readable. It promises that nothing of a direct conversation or a group is
// sealed in another way, and that what the server slips in unsealed is not shown. [ENC]
import type { AccountId, Body, ToDeviceItem } from '@parley/protocol';
import { isSealedSetting } from '@parley/protocol/settings';
import { inBackground } from '../background.ts';
import type { DeedAnswer, DeedArguments, DeedName, Deeds } from '../deeds.ts';
import { ChatError } from '../error.ts';
import * as limits from '../limits.ts';
import { Listeners } from '../live.ts';
import type { CryptoDesk, CryptoParts, CryptoProvider, Opened, Opening, Sealed, Sealing } from '../ports.ts';
import type { EncryptionView } from '../views.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { KeyEvents, KeyMachine, KeyState } from './key-machine.ts';
import { membershipKeys } from './membership-keys.ts';
import { messageIndex } from './message-index.ts';
import { plainCrypto } from './plain.ts';
import { parseSealed } from './sealed-content.ts';
import type { SettingPlace } from './settings-seal.ts';
import { lifetimeOf } from './timed-sessions.ts';

/** What a machine is opened with. */
export interface PlaceParts extends Pick<CryptoParts, 'account' | 'device' | 'http' | 'clock' | 'random'> {
  /** This device had keys here before: none are made anew. */
  readonly isKept: boolean;
  /** The machine has ended by itself: it may be opened again. */
  readonly onEnded: () => void;
}

/** Where a machine is opened: in a worker of the host, or in this very thread. */
export interface KeyPlace {
  /** @throws {ChatError} `client.crypto`, or `client.keys_lost` when keys existed here and are gone */
  open(parts: PlaceParts, events: KeyEvents): Promise<KeyMachine>;
  /** Forgets the keys of an account. */
  wipe(account: AccountId): Promise<void>;
}

/** Encryption whose keys live in this place. */
export function encryptedCrypto(place: KeyPlace): CryptoProvider {
  return new Encryption(place);
}

/** The device whose keys are kept here. */
const keptName = 'keys';
/** The device whose keys here are those that the server has. */
const publishedName = 'keys published';
const unopened = { phase: 'opening', recovery: 'none', changed: [], comparison: null, pairing: null } as const;

class Encryption implements CryptoProvider, CryptoDesk {
  readonly name = 'olm';
  readonly desk = this;
  readonly membership = membershipKeys(
    () => this.#ready(),
    () => this.#parts?.account ?? null,
  );
  readonly #place: KeyPlace;
  readonly #listeners = new Listeners();
  #parts: CryptoParts | null = null;
  #machine: KeyMachine | null = null;
  #keeper: KeyKeeper | null = null;
  #opening: Promise<KeyMachine> | null = null;
  #deeds: Deeds | null = null;
  #view: EncryptionView = unopened;
  #closed = false;
  #failures = 0;
  /** What is to be tried again is tried now. */
  #now: () => void = () => {};
  #reading = false;
  #readAgain = false;
  /** It began without any room key, and only these sessions have come since. Null: it may have any. */
  #came: Set<string> | null = null;

  constructor(place: KeyPlace) {
    this.#place = place;
  }

  get snapshot(): EncryptionView {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  start(parts: CryptoParts): void {
    this.#parts = parts;
    this.#opening = this.#open(parts);
    this.#opening.catch(() => {});
  }

  async seal(sealing: Sealing): Promise<Sealed> {
    const { conversation, kind, id, body, timerSeconds = 0 } = sealing;
    if (kind !== 'direct' && kind !== 'group') return plainCrypto.seal(sealing);
    const machine = await this.#ready();
    const { memberN, accounts: members, entry, witness } = await sealing.readers();
    const known = { ...(entry && { entry }), ...(witness && { witness }) };
    const outcome = await machine.seal({ conversation, kind, id, body, timerSeconds, members, memberN, ...known });
    if (outcome.content === null) throw new ChatError('client.crypto');
    this.#keeper?.keysMade();
    return { content: outcome.content, format: 'sealed', memberN: outcome.memberN, keysN: outcome.keysN };
  }

  async open(opening: Opening): Promise<Opened> {
    const { conversation, kind, id, sender, device, content, format } = opening;
    if (kind !== 'direct' && kind !== 'group')
      return format === 'sealed' ? { body: null, reason: 'broken', session: null } : plainCrypto.open(opening);
    // Whoever has the server could have written it.
    if (format !== 'sealed') return { body: null, reason: 'altered', session: null };
    const session = parseSealed(content)?.session ?? null;
    // Nothing here can open it, and nobody has to be asked: it waits, and holds nothing up.
    if (session !== null && this.#came?.has(session) === false) return { body: null, reason: 'no_key', session };
    const machine = await this.#opened();
    if (machine === null) return { body: null, reason: 'no_key', session };
    const outcome = await machine.open({ conversation, id, sender, device, content }).catch(() => null);
    if (outcome === null) return { body: null, reason: 'no_key', session };
    if (outcome.body !== null) this.seen(opening, outcome.body);
    if (outcome.body !== null) return outcome;
    if (outcome.reason === 'no_key' && outcome.session !== null) this.#keeper?.missing(outcome.session);
    return outcome;
  }

  /** How long a message lives says how long its session is needed. */
  seen({ content, expiresAt }: Opening, body: Body): void {
    const sealed = parseSealed(content);
    if (sealed !== null)
      this.#keeper?.timed.opened(sealed.session, messageIndex(sealed.ciphertext), lifetimeOf(body, expiresAt ?? null));
  }

  sealsSetting(key: string): boolean {
    return isSealedSetting(key);
  }

  async sealSetting(setting: string, value: string): Promise<string> {
    const place = await this.#settingPlace(setting);
    if (place === null || this.#parts === null) throw new ChatError('client.crypto');
    const { sealSetting } = await import('./settings-seal.ts');
    return sealSetting(place, value, this.#parts.random);
  }

  async openSetting(setting: string, value: string): Promise<string | null> {
    const place = await this.#settingPlace(setting);
    if (place === null) return null;
    const { openSetting } = await import('./settings-seal.ts');
    return openSetting(place, value);
  }

  async receive(items: readonly ToDeviceItem[]): Promise<void> {
    const machine = await this.#ready();
    await machine.receive(items);
    this.#keeper?.keysMade();
  }

  keysChanged(_n: number | null): void {
    if (this.#machine === null) return;
    if (this.#reading) this.#readAgain = true;
    else inBackground(this.#read(this.#machine));
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A machine that is just being opened is closed by whoever opens it.
    await this.#opening?.catch(() => {});
    this.#keeper?.close();
    await this.#machine?.close();
    this.#machine = null;
  }

  async wipe(account: AccountId): Promise<void> {
    await this.close();
    await this.#place.wipe(account);
  }

  async ask<N extends DeedName>(name: N, ...given: DeedArguments<N>): Promise<DeedAnswer<N>> {
    if (name === 'openKeys') this.#now();
    await this.#ready();
    const deed = this.#deeds?.[name];
    if (deed === undefined) throw new ChatError('client.closed');
    return (deed as (...given: DeedArguments<N>) => Promise<DeedAnswer<N>>)(...given);
  }

  /** Null while the vault is closed here. */
  async #settingPlace(setting: string): Promise<SettingPlace | null> {
    await this.#opened();
    const key = this.#keeper?.vault.settingsKey ?? null;
    return key === null || this.#parts === null ? null : { key, account: this.#parts.account, setting };
  }

  /** The machine, once it is open. @throws {ChatError} it cannot be opened */
  async #ready(): Promise<KeyMachine> {
    const machine = await this.#opened();
    if (machine === null) throw new ChatError(this.#closed ? 'client.closed' : 'client.crypto');
    return machine;
  }

  async #opened(): Promise<KeyMachine | null> {
    if (this.#machine !== null || this.#closed) return this.#machine;
    return (await this.#opening?.catch(() => null)) ?? null;
  }

  /** Opens the machine; when that is not possible now, again after a while. Never two on one store. */
  async #open(parts: CryptoParts): Promise<KeyMachine> {
    let machine: KeyMachine | null = null;
    try {
      const isKept = await this.#isKept(parts);
      if (!isKept) this.#came = new Set();
      const furniture = loadFurniture();
      furniture.catch(() => {});
      machine = await this.#place.open(
        { ...placePartsOf(parts), isKept, onEnded: () => this.#ended(parts) },
        this.#events(parts),
      );
      if (!isKept) await parts.secrets.put(keptName, parts.device);
      await this.#furnish(parts, machine, await furniture);
      if (this.#closed) throw new ChatError('client.closed');
      this.#machine = machine;
      this.#change({ problem: null });
      inBackground(this.#begin(machine));
      return machine;
    } catch (error) {
      await machine?.close().catch(() => {});
      if (error instanceof ChatError && error.code === 'client.keys_lost') parts.onLost();
      else if (!this.#closed) {
        // The library could not be loaded, another tab has the keys, or the disk is full: whoever waits is told.
        this.#change({ problem: error instanceof ChatError ? error.code : 'client.crypto' });
        this.#openAgain(parts);
      }
      throw error;
    }
  }

  #openAgain(parts: CryptoParts): void {
    this.#again(() => {
      this.#opening = this.#open(parts);
      this.#opening.catch(() => {});
    });
  }

  /** Its worker is gone, by a fault of the library or of the disk: what comes meanwhile waits. */
  #ended(parts: CryptoParts): void {
    if (this.#closed || this.#machine === null) return;
    this.#machine = null;
    this.#keeper?.close();
    this.#keeper = null;
    this.#deeds = null;
    this.#change({ phase: 'opening' });
    this.#openAgain(parts);
  }

  /** Keys belong to one device: those of an earlier one of this account are forgotten. */
  async #isKept({ account, device, secrets }: CryptoParts): Promise<boolean> {
    const before = (await secrets.get(keptName)) ?? null;
    if (before !== null && before !== device) await this.#place.wipe(account);
    return before === device;
  }

  /** What stands around a machine. */
  async #furnish(parts: CryptoParts, machine: KeyMachine, { KeyKeeper, keyDeeds }: Furniture): Promise<void> {
    const change = (view: Partial<EncryptionView>) => this.#change(view);
    const own = { ...parts, onReady: () => this.#mayOpen() };
    const keeper = new KeyKeeper(own, machine, (recovery) => change({ recovery }));
    await keeper.load();
    this.#keeper = keeper;
    this.#deeds = keyDeeds({ me: parts.account, machine, keeper, change, snapshot: () => this.#view });
  }

  /** Publishes what has to be published, however often it takes. */
  async #begin(machine: KeyMachine): Promise<void> {
    const { device, secrets, onLost } = this.#parts ?? {};
    try {
      this.#stands(await machine.start());
      await secrets?.put(publishedName, device);
      this.#failures = 0;
    } catch (error) {
      // Others were published before: they were here, and are gone. Of those that were taken once the server cannot say it.
      const isTold = error instanceof ChatError && error.code === 'keys.changed';
      if (isTold && (await secrets?.get(publishedName).catch(() => device)) !== device) return onLost?.();
      this.#again(() => inBackground(this.#begin(machine)));
    }
  }

  #again(task: () => void): void {
    if (this.#closed || this.#parts === null) return;
    const wait = Math.min(limits.retryMaxMs, limits.retryMinMs * 2 ** Math.min(this.#failures++, 16));
    // Once: whoever asks for it while it is under way waits for that.
    const run = () => {
      this.#now = () => {};
      if (!this.#closed) task();
    };
    const stop = this.#parts.clock.after(wait, run);
    this.#now = () => {
      stop();
      run();
    };
  }

  #stands(state: KeyState): void {
    this.#change({ phase: state });
    if (state === 'needs_linking') this.#keeper?.locked();
    if (state !== 'ready') return;
    this.#keeper?.ready();
    // What the backup opens is tried as it comes.
    if (this.#keeper?.takingIn) this.#parts?.onChanged();
    else inBackground(this.#mayOpen());
  }

  /** What waits is tried again. While the backup is being taken in, only what has come can open. */
  async #mayOpen(): Promise<void> {
    if (!this.#keeper?.takingIn) this.#came = null;
    await this.#parts?.onReady();
  }

  async #read(machine: KeyMachine): Promise<void> {
    this.#reading = true;
    // What could not be read now is read before the next message is sealed.
    do {
      this.#readAgain = false;
      await machine.changed().catch(() => {});
    } while (this.#readAgain && !this.#closed);
    this.#reading = false;
    this.#parts?.onChanged();
  }

  #events(parts: CryptoParts): KeyEvents {
    return {
      readable: (conversation, session) => {
        this.#came?.add(session);
        // What the newest page opens is tried together, once all of it is here.
        if (this.#keeper?.takingIn !== 'newest') parts.onKey(conversation, session);
        this.#keeper?.keysMade();
      },
      identity: (account, what) => {
        const others = this.#view.changed.filter((one) => one.account !== account);
        const now = what === null ? others : [...others, { account, what }];
        this.#change({ changed: now.slice(-limits.maxChangedShown) });
      },
      // Messages are counted where they are kept.
      undecryptable: (reason) => reason === 'to_device' && parts.onUnopened(),
      state: (state) => this.#stands(state),
      comparison: (comparison) => this.#change({ comparison }),
      pairing: (pairing) => this.#change({ pairing }),
      told: (device, text) => this.#keeper?.heard(device, text),
    };
  }

  #change(view: Partial<EncryptionView>): void {
    this.#view = { ...this.#view, ...view };
    this.#listeners.call();
  }
}

/** Loaded when it is needed, so that a page is drawn before. */
async function loadFurniture() {
  const [{ KeyKeeper }, { keyDeeds }] = await Promise.all([import('./key-keeper.ts'), import('./key-deeds.ts')]);
  return { KeyKeeper, keyDeeds };
}

type Furniture = Awaited<ReturnType<typeof loadFurniture>>;

function placePartsOf({ account, device, http, clock, random }: CryptoParts): Omit<PlaceParts, 'isKept' | 'onEnded'> {
  return { account, device, http, clock, random };
}

// What the devices of one account tell each other over `tellOwn`: a device whose vault is closed asks the others for it,
// one that knows it answers, and whom one has confirmed, or whose change it accepted, all believe. What one device could
// not be told is told later. It promises that only linked devices are told (the machine sees to it), and that a word which
// was lost is said again: who asks a second time is answered. [ENC]
import type { AccountId } from '@parley/protocol';
import { inBackground } from '../background.ts';
import { ChatError } from '../error.ts';
import * as limits from '../limits.ts';
import type { Clock, CryptoParts } from '../ports.ts';
import type { Acceptance, Confirmation, KeyMachine } from './key-machine.ts';
import { maxConfirmationsPerWord, type OwnWord, parseWord } from './shared-vault.ts';
import type { VaultKeeper } from './vault-keeper.ts';

interface ShareParts {
  readonly machine: KeyMachine;
  readonly vault: VaultKeeper;
  readonly clock: Clock;
  readonly secrets: CryptoParts['secrets'];
  /** The vault was handed over, and is open now. */
  readonly onVault: () => Promise<void>;
  /** Another device has looked at the change of somebody. */
  readonly onSeen: (account: AccountId) => void;
  /** Nobody answers. */
  readonly onAlone: () => Promise<void>;
}

const confirmedName = 'confirmed';
const acceptedName = 'accepted';
/** Devices that have yet to hear something. */
const restName = 'untold';

/** Asks other own devices, and answers them. */
export class OwnShare {
  readonly #parts: ShareParts;
  /** Devices that were told everything, and who waits for that. */
  readonly #handed = new Set<string>();
  readonly #handing = new Map<string, (() => void)[]>();
  /** When each device was answered last. */
  readonly #answered = new Map<string, number>();
  #asks = 0;
  #stop: (() => void) | null = null;
  #stopRest: (() => void) | null = null;
  #closed = false;

  constructor(parts: ShareParts) {
    this.#parts = parts;
  }

  /** The vault is closed here, or not as it stands: the others are asked until one has answered. */
  ask(): void {
    if (this.#stop !== null || this.#closed) return;
    const wait = Math.min(limits.askVaultMaxMs, limits.askVaultMinMs * 2 ** Math.min(this.#asks++, 16));
    this.#stop = this.#parts.clock.after(wait, () => {
      this.#stop = null;
      if (!this.#parts.vault.isCurrent) this.ask();
    });
    const asking = this.#asks > limits.asksBeforeAlone ? this.#parts.onAlone() : Promise.resolve();
    inBackground(asking.then(() => this.#tellAll({ say: 'ask' })).catch(() => {}));
  }

  /** What another own device said. Rejects when the server or the disk is away. @throws {ChatError} */
  async hear(device: string, text: string): Promise<void> {
    const word = parseWord(text);
    if (word === null || this.#closed) return;
    if (word.say === 'ask') await this.#answer(device);
    else if (word.say === 'confirmed') await this.#believe(word.confirmations);
    else if (word.say === 'accepted') await this.#accept(word.acceptances);
    else await this.#take(word);
  }

  /** The vault was made anew here: the others need it. */
  async renewed(): Promise<void> {
    const word = await this.#vaultWord();
    if (word !== null) await this.#tellAll(word);
  }

  /** The codes of somebody were compared here. */
  async confirmed(confirmation: Confirmation): Promise<void> {
    await this.#remember([confirmation]);
    await this.#tellEach({ say: 'confirmed', confirmations: [confirmation] });
  }

  /** The change of somebody was accepted here, who counts as not confirmed from now on. */
  async accepted(acceptance: Acceptance): Promise<void> {
    await this.#forget([acceptance]);
    await this.#tellEach({ say: 'accepted', acceptances: [acceptance] });
  }

  /** Tells everything to the devices that could not be told when it happened. */
  async tellRest(): Promise<void> {
    const rest = await this.#list<string>(restName);
    if (rest.length > 0) await this.#tellEach(null, rest);
  }

  /** Resolves when this device has asked, and was told everything. */
  handedOver(device: string): Promise<void> {
    if (this.#handed.has(device)) return Promise.resolve();
    return new Promise((resolve) => this.#handing.set(device, [...(this.#handing.get(device) ?? []), resolve]));
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
    this.#stopRest?.();
  }

  async #answer(device: string): Promise<void> {
    const { clock, machine } = this.#parts;
    const now = clock.now();
    if (now - (this.#answered.get(device) ?? Number.NEGATIVE_INFINITY) < limits.answerVaultAgainMs) return;
    const word = await this.#vaultWord();
    if (word === null) return;
    if (this.#answered.size >= limits.maxOwnAnswered) this.#answered.clear();
    if (this.#handed.size >= limits.maxOwnAnswered) this.#handed.clear();
    this.#answered.set(device, now);
    await machine.tellOwn(device, JSON.stringify(word));
    await this.#bring(device);
    this.#handed.add(device);
    for (const wake of this.#handing.get(device) ?? []) wake();
    this.#handing.delete(device);
  }

  /** Whom this account confirmed, and whose change it accepted. */
  async #bring(device: string): Promise<void> {
    const { machine } = this.#parts;
    for (const confirmations of parted(await this.#list<Confirmation>(confirmedName)))
      await machine.tellOwn(device, JSON.stringify({ say: 'confirmed', confirmations } satisfies OwnWord));
    for (const acceptances of parted(await this.#list<Acceptance>(acceptedName)))
      await machine.tellOwn(device, JSON.stringify({ say: 'accepted', acceptances } satisfies OwnWord));
  }

  async #take({ vault, identity }: OwnWord & { readonly say: 'vault' }): Promise<void> {
    const { machine, vault: keeper, onVault } = this.#parts;
    // The seeds come from the library, too; what is not of this account's identity it refuses.
    if ((await machine.exportSecrets()) === null) await machine.importSecrets(identity);
    if (!(await keeper.adopt(vault))) return;
    this.#asks = 0;
    this.#stop?.();
    this.#stop = null;
    await onVault();
  }

  async #believe(confirmations: readonly Confirmation[]): Promise<void> {
    const { machine } = this.#parts;
    const views = await machine.identities(confirmations.map(({ account }) => account));
    const known = new Set(views.filter(({ state }) => state === 'confirmed').map(({ account }) => account));
    // What is confirmed here may have been confirmed later than there.
    const fresh = confirmations.filter(({ account }) => !known.has(account));
    if (fresh.length === 0) return;
    await machine.believe(fresh);
    await this.#remember(fresh);
    for (const { account } of fresh) this.#parts.onSeen(account);
  }

  /** A comparison of codes here counts for more than that somebody went on without one. */
  async #accept(acceptances: readonly Acceptance[]): Promise<void> {
    const { machine } = this.#parts;
    const views = await machine.identities(acceptances.map(({ account }) => account));
    const waiting = new Map(views.map((view) => [view.account, view]));
    const isOpen = ({ account, fingerprint }: Acceptance) => {
      const view = waiting.get(account);
      return view?.fingerprint === fingerprint && (view.state === 'changed' || view.state === 'left_out');
    };
    for (const one of acceptances.filter(isOpen)) {
      await machine.acceptIdentity(one.account);
      await this.#forget([one]);
      this.#parts.onSeen(one.account);
    }
  }

  async #vaultWord(): Promise<OwnWord | null> {
    const [vault, identity] = [this.#parts.vault.share(), await this.#parts.machine.exportSecrets()];
    return vault === null || identity === null ? null : { say: 'vault', vault, identity };
  }

  /** One that cannot be told now asks by itself when it starts. */
  async #tellAll(word: OwnWord): Promise<void> {
    const { machine } = this.#parts;
    const text = JSON.stringify(word);
    for (const device of await this.#others()) await machine.tellOwn(device, text).catch(() => {});
  }

  /** Everybody hears it: who cannot be told now is told everything later, also after a restart. */
  async #tellEach(word: OwnWord | null, devices: readonly string[] | null = null): Promise<void> {
    const { machine, secrets, clock } = this.#parts;
    const to = devices ?? (await this.#others());
    const before = await this.#list<string>(restName);
    await secrets.put(restName, [...new Set([...before, ...to])].slice(-limits.maxOwnAnswered));
    const left: string[] = before.filter((device) => !to.includes(device));
    for (const device of to) {
      const telling = word === null ? this.#bring(device) : machine.tellOwn(device, JSON.stringify(word));
      await telling.catch((error: unknown) => {
        // Who is not linked any more has nothing to hear.
        if (!(error instanceof ChatError && error.code === 'not_found')) left.push(device);
      });
    }
    await secrets.put(restName, left);
    if (left.length === 0 || this.#stopRest !== null || this.#closed) return;
    this.#stopRest = clock.after(limits.tellRestMs, () => {
      this.#stopRest = null;
      inBackground(this.tellRest().catch(() => {}));
    });
  }

  async #others(): Promise<readonly string[]> {
    const devices = await this.#parts.machine.ownDevices();
    const others = devices.filter(({ linked, current, dehydrated }) => linked && !current && !dehydrated);
    return others.map(({ device }) => device);
  }

  async #list<T>(name: string): Promise<readonly T[]> {
    return ((await this.#parts.secrets.get(name)) ?? []) as readonly T[];
  }

  /** For devices that are linked later. */
  async #remember(confirmations: readonly Confirmation[]): Promise<void> {
    await this.#put(confirmedName, confirmations);
    await this.#drop(acceptedName, confirmations);
  }

  async #forget(acceptances: readonly Acceptance[]): Promise<void> {
    await this.#put(acceptedName, acceptances);
    await this.#drop(confirmedName, acceptances);
  }

  async #put<T extends Whose>(name: string, fresh: readonly T[]): Promise<void> {
    const others = await this.#without(name, fresh);
    await this.#parts.secrets.put(name, [...others, ...fresh].slice(-limits.maxConfirmations));
  }

  async #drop(name: string, whose: readonly Whose[]): Promise<void> {
    await this.#parts.secrets.put(name, await this.#without(name, whose));
  }

  async #without(name: string, whose: readonly Whose[]): Promise<readonly Whose[]> {
    const accounts = new Set(whose.map(({ account }) => account));
    return (await this.#list<Whose>(name)).filter(({ account }) => !accounts.has(account));
  }
}

type Whose = Pick<Confirmation, 'account'>;

/** As many of them as fit into one word each. */
function parted<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / maxConfirmationsPerWord);
  return Array.from({ length: count }, (_, at) =>
    all.slice(at * maxConfirmationsPerWord, (at + 1) * maxConfirmationsPerWord),
  );
}

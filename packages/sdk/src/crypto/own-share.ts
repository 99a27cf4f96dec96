// What the devices of one account tell each other over `tellOwn`: a device whose vault is closed asks the others for it,
// one that knows it answers, and whom one has confirmed all believe. It promises that only linked devices are told (the
// machine sees to it), each at most once a minute. [ENC]
import { inBackground } from '../background.ts';
import * as limits from '../limits.ts';
import type { Clock, CryptoParts } from '../ports.ts';
import type { Confirmation, KeyMachine } from './key-machine.ts';
import { maxConfirmationsPerWord, type OwnWord, parseWord } from './shared-vault.ts';
import type { VaultKeeper } from './vault-keeper.ts';

interface ShareParts {
  readonly machine: KeyMachine;
  readonly vault: VaultKeeper;
  readonly clock: Clock;
  readonly secrets: CryptoParts['secrets'];
  /** The vault was handed over, and is open now. */
  readonly onVault: () => Promise<void>;
}

const confirmedName = 'confirmed';

/** Asks other own devices, and answers them. */
export class OwnShare {
  readonly #parts: ShareParts;
  /** When each device was answered last. */
  readonly #answered = new Map<string, number>();
  #asks = 0;
  #stop: (() => void) | null = null;
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
    inBackground(this.#tellAll({ say: 'ask' }).catch(() => {}));
  }

  /** What another own device said. Rejects when the server or the disk is away. @throws {ChatError} */
  async hear(device: string, text: string): Promise<void> {
    const word = parseWord(text);
    if (word === null || this.#closed) return;
    if (word.say === 'ask') await this.#answer(device);
    else if (word.say === 'confirmed') await this.#believe(word.confirmations);
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
    await this.#tellAll({ say: 'confirmed', confirmations: [confirmation] });
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
  }

  async #answer(device: string): Promise<void> {
    const { clock, machine } = this.#parts;
    const now = clock.now();
    if (now - (this.#answered.get(device) ?? Number.NEGATIVE_INFINITY) < limits.answerVaultAgainMs) return;
    const word = await this.#vaultWord();
    if (word === null) return;
    if (this.#answered.size >= limits.maxOwnAnswered) this.#answered.clear();
    this.#answered.set(device, now);
    await machine.tellOwn(device, JSON.stringify(word));
    const all = await this.#confirmations();
    for (let at = 0; at < all.length; at += maxConfirmationsPerWord)
      await machine.tellOwn(device, printed(all.slice(at, at + maxConfirmationsPerWord)));
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
  }

  async #vaultWord(): Promise<OwnWord | null> {
    const [vault, identity] = [this.#parts.vault.share(), await this.#parts.machine.exportSecrets()];
    return vault === null || identity === null ? null : { say: 'vault', vault, identity };
  }

  /** One that cannot be told now asks by itself when it starts. */
  async #tellAll(word: OwnWord): Promise<void> {
    const { machine } = this.#parts;
    const text = JSON.stringify(word);
    for (const { device, linked, current, dehydrated } of await machine.ownDevices())
      if (linked && !current && !dehydrated) await machine.tellOwn(device, text).catch(() => {});
  }

  async #confirmations(): Promise<readonly Confirmation[]> {
    return ((await this.#parts.secrets.get(confirmedName)) ?? []) as readonly Confirmation[];
  }

  /** For devices that are linked later. */
  async #remember(confirmations: readonly Confirmation[]): Promise<void> {
    const accounts = new Set(confirmations.map(({ account }) => account));
    const others = (await this.#confirmations()).filter(({ account }) => !accounts.has(account));
    await this.#parts.secrets.put(confirmedName, [...others, ...confirmations].slice(-limits.maxConfirmations));
  }
}

function printed(confirmations: readonly Confirmation[]): string {
  return JSON.stringify({ say: 'confirmed', confirmations } satisfies OwnWord);
}

// What the devices of one account tell each other over `tellOwn`: a device whose vault is closed asks the others for it,
// and one that knows it answers. It promises that only linked devices are told (the machine sees to it), and that a word
// which was lost is said again: who asks a second time is answered. [ENC]
import { inBackground } from '../background.ts';
import * as limits from '../limits.ts';
import type { Clock } from '../ports.ts';
import type { KeyMachine } from './key-machine.ts';
import { type OwnWord, parseWord } from './shared-vault.ts';
import type { VaultKeeper } from './vault-keeper.ts';

interface ShareParts {
  readonly machine: KeyMachine;
  readonly vault: VaultKeeper;
  readonly clock: Clock;
  /** The vault was handed over, and is open now. */
  readonly onVault: () => Promise<void>;
  /** Nobody answers. */
  readonly onAlone: () => Promise<void>;
}

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
    else await this.#take(word);
  }

  /** The vault was made anew here: the others need it. */
  async renewed(): Promise<void> {
    const word = await this.#vaultWord();
    if (word !== null) await this.#tellAll(word);
  }

  /** Resolves when this device has asked, and was told everything. */
  handedOver(device: string): Promise<void> {
    if (this.#handed.has(device)) return Promise.resolve();
    return new Promise((resolve) => this.#handing.set(device, [...(this.#handing.get(device) ?? []), resolve]));
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
    if (this.#handed.size >= limits.maxOwnAnswered) this.#handed.clear();
    this.#answered.set(device, now);
    await machine.tellOwn(device, JSON.stringify(word));
    this.#handed.add(device);
    for (const wake of this.#handing.get(device) ?? []) wake();
    this.#handing.delete(device);
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

  async #others(): Promise<readonly string[]> {
    const devices = await this.#parts.machine.ownDevices();
    const others = devices.filter(({ linked, current, dehydrated }) => linked && !current && !dehydrated);
    return others.map(({ device }) => device);
  }
}

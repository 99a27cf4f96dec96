// By which master key somebody has to be known here, whatever the server shows: codes were compared with them, their
// change was accepted, or a link named it. Kept whole at each change, one change after the other.
import type { AccountId } from '@parley/protocol';
import type { Core } from './core.ts';
import { maxPins } from './limits.ts';

/** `why`: what said so. Whose change was only accepted may change again. */
export interface Pin {
  readonly key: string;
  readonly why: 'link' | 'confirmed' | 'accepted';
}

type Pins = ReadonlyMap<AccountId, Pin>;

const pinsFact = 'expected';

/** Pins by account, the oldest first. */
export class PinnedKeys {
  readonly #core: Core;
  #pins: Pins | null = null;

  constructor(core: Core) {
    this.#core = core;
  }

  async all(): Promise<Pins> {
    if (this.#pins !== null) return this.#pins;
    const [kept] = await this.#core.facts.get([pinsFact]);
    this.#pins ??= new Map(
      ((kept ?? []) as [AccountId, string, Pin['why']?][]).map(([account, key, why = 'link']) => [
        account,
        { key, why },
      ]),
    );
    return this.#pins;
  }

  /** They take the place of what is pinned of the same people. */
  async put(pins: Pins): Promise<void> {
    await this.#core.lanes.run(pinsFact, async () => {
      const others = [...(await this.all())].filter(([account]) => !pins.has(account));
      const after = [...others, ...pins].slice(-maxPins);
      await this.#core.facts.put([[pinsFact, after.map(([account, { key, why }]) => [account, key, why])]]);
      this.#pins = new Map(after);
    });
  }
}

/** Are they somebody else than they have to be? Nothing is encrypted to them. */
export function isAnother(pin: Pin | undefined, present: string | null): boolean {
  return pin !== undefined && pin.why !== 'accepted' && present !== null && pin.key !== present;
}

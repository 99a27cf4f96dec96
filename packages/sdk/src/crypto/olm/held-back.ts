// Sessions of somebody who was confirmed, or named by a link, and is somebody else now: until that identity is accepted
// or confirmed they get no record of who made them, so that no backup carries one. Whoever takes a backup believes its
// records, and may not even know that there was such an identity.
import type { AccountId } from '@parley/protocol';
import type { Blocked } from './blocked.ts';
import type { Core } from './core.ts';
import type { Identities } from './identities.ts';
import { maxHeldBack } from './limits.ts';
import type { Met } from './met.ts';
import { type KnownSession, masterKeyOf, type Origins } from './origins.ts';
import type { RoomKeys } from './room-keys.ts';

const heldFact = 'held back';

/** A session, and by whose word it would count: the master key that its owner had then. */
interface Held extends KnownSession {
  readonly present: string | null;
}

interface Parts {
  readonly identities: Identities;
  readonly origins: Origins;
  readonly roomKeys: RoomKeys;
  readonly blocked: Blocked;
}

/** Records that wait for a review. */
export class HeldBack {
  readonly #core: Core;
  readonly #parts: Parts;

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** Writes who made these, of those who are not left out now. `before`: by another key than they have now. */
  async put(sessions: readonly KnownSession[], how: keyof Met = 'here'): Promise<void> {
    const { identities, origins } = this.#parts;
    const makers = [...new Set(sessions.map(({ origin }) => origin.account))];
    const out = new Set(await identities.leftOut(makers));
    const kept = sessions.filter(({ origin }) => !out.has(origin.account));
    const news = await origins.put(kept, how);
    if (how === 'before') await identities.metBefore(news);
    const held: Held[] = [];
    for (const one of sessions)
      if (out.has(one.origin.account))
        held.push({ ...one, present: await masterKeyOf(this.#core, one.origin.account) });
    if (held.length > 0) await this.#change((before) => [...before, ...held].slice(-maxHeldBack));
  }

  /** Keys or reviews of these came: what waited for them has its record, and may open. */
  async reviewed(accounts: readonly AccountId[]): Promise<void> {
    const { blocked, roomKeys } = this.#parts;
    const free = await this.#release(accounts);
    // They were taken for the backup without a record, so without effect.
    if (free.size > 0) await roomKeys.restart();
    for (const one of free) blocked.add(one.origin.account, one);
    blocked.release(accounts);
  }

  async #release(accounts: readonly AccountId[]): Promise<ReadonlySet<Held>> {
    const { identities, origins } = this.#parts;
    const free = new Set<Held>();
    await this.#change(async (before) => {
      for (const one of before) {
        const { account } = one.origin;
        if (!accounts.includes(account) || (await identities.leftOut([account])).length > 0) continue;
        if ((await masterKeyOf(this.#core, account)) === one.present) free.add(one);
      }
      await origins.put([...free]);
      return before.filter((one) => !free.has(one));
    });
    return free;
  }

  /** One change after the other. */
  async #change(change: (before: readonly Held[]) => readonly Held[] | Promise<readonly Held[]>): Promise<void> {
    await this.#core.lanes.run(heldFact, async () => {
      const [kept] = await this.#core.facts.get([heldFact]);
      const before = Array.isArray(kept) ? (kept as Held[]) : [];
      const after = await change(before);
      if (after.length > 0 || before.length > 0) await this.#core.facts.put([[heldFact, after]]);
    });
  }
}

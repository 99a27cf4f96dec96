// By which master keys this account has known people: those that this device was told of without a doubt or heard from,
// and those that stand in what other devices of the account left. Whoever has none of those has changed since, though
// this device sees them for the first time.
import type { AccountId } from '@parley/protocol';
import type { Core } from './core.ts';
import { maxMetKeys } from './limits.ts';

/** `here`: as this device saw it. `before`: as other devices of the account did, newest first. */
export interface Met {
  readonly here: readonly string[];
  readonly before: readonly string[];
}

/** Somebody, and the key by which they were known. */
export type Meeting = readonly [account: AccountId, masterKey: string];

const nobody: Met = { here: [], before: [] };

/** Master keys of people, a bounded number of each. */
export class MetKeys {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  async of(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, Met>> {
    const kept = await this.#core.facts.get(accounts.map(nameOf));
    return new Map(accounts.map((account, at) => [account, (kept[at] ?? nobody) as Met]));
  }

  /** Writes them together with `also`. Whose keys are others than were known: they are to be judged anew. */
  add(
    meetings: readonly Meeting[],
    how: keyof Met,
    also: readonly (readonly [name: string, value: unknown])[] = [],
  ): Promise<readonly AccountId[]> {
    return this.#core.lanes.run('met', async () => {
      const accounts = [...new Set(meetings.map(([account]) => account))];
      const before = await this.of(accounts);
      const after = new Map(before);
      for (const [account, key] of meetings) after.set(account, withKey(after.get(account) ?? nobody, key, how));
      const news = accounts.filter((account) => after.get(account) !== before.get(account));
      const facts = news.map((account) => [nameOf(account), after.get(account)] as const);
      if (facts.length + also.length > 0) await this.#core.facts.put([...also, ...facts]);
      return news;
    });
  }
}

/** Have other devices of the account known them, or accepted the key that they had, and never by this key? */
export function isUnmet({ here, before }: Met, present: string | null, accepted: string | undefined): boolean {
  if (present === null || before.includes(present)) return false;
  // What was accepted there may be heard of before the key itself.
  return before.length > 0 || (accepted !== undefined && !here.includes(present));
}

/** The same one where nothing is new. A backup is read newest first: what comes when there are enough is older. */
function withKey(met: Met, key: string, how: keyof Met): Met {
  if (met[how].includes(key)) return met;
  if (how === 'here') return { ...met, here: [...met.here, key].slice(-maxMetKeys) };
  return met.before.length < maxMetKeys ? { ...met, before: [...met.before, key] } : met;
}

function nameOf(account: AccountId): string {
  return `met:${account}`;
}

// Whose keys this device follows, and how far it knows the server's list of changes. Before anything is encrypted to
// somebody, or taken from them, their keys are asked for if they changed since.
import { DeviceLists } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, AccountKeys, DeviceKeys } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import { isCount } from '../json-fields.ts';
import type { Core } from './core.ts';
import * as limits from './limits.ts';
import { idInName, userIds } from './names.ts';
import { feedCounts, Pump } from './pump.ts';
import { fetchKeys, untoldOf } from './requests.ts';
import { queryJson } from './wire.ts';

const nFact = 'n';
const untoldFact = 'untold';

/** Keys of these were told by the server; of the fresh ones nothing was known before. */
type OnHeard = (accounts: readonly AccountId[], fresh: ReadonlySet<AccountId>) => Promise<void>;

/** The keys of everybody with whom this account talks. */
export class KeyList {
  readonly pump: Pump;
  readonly #core: Core;
  readonly #onHeard: OnHeard;
  readonly #tracked = new Set<AccountId>();
  /** The generation in which keys of somebody were last heard of. */
  readonly #heard = new Map<AccountId, number>();
  /** Of these nothing is known yet. */
  readonly #fresh = new Set<AccountId>();
  /** Of these the server told nothing, as long as nothing is shared with them: it says nothing when that begins. */
  #untold: ReadonlySet<AccountId> = new Set();
  #n: number | null = null;
  /** Somebody's keys are known to have changed and were not asked for yet. */
  #stale = true;
  #refreshing: Promise<void> | null = null;
  #reading: Promise<void> | null = null;
  #readAgain = false;

  private constructor(core: Core, onHeard: OnHeard) {
    this.#core = core;
    this.#onHeard = onHeard;
    this.pump = new Pump(core, (items, untold) => this.#learn(items, untold));
  }

  static async open(core: Core, onHeard: OnHeard): Promise<KeyList> {
    const list = new KeyList(core, onHeard);
    for (const user of await core.ask(core.olm.trackedUsers())) {
      const account = idInName<AccountId>(user.toString());
      if (account !== null) list.#tracked.add(account);
    }
    const [n, untold] = await core.facts.get([nFact, untoldFact]);
    if (isCount(n)) list.#n = n;
    if (Array.isArray(untold)) list.#untold = new Set(untold as AccountId[]);
    return list;
  }

  /** The list of changes is known up to here. */
  get n(): number {
    return this.#n ?? 0;
  }

  /** Everybody who is followed. */
  get tracked(): ReadonlySet<AccountId> {
    return this.#tracked;
  }

  /** Those among them of whose keys something was heard after this generation. */
  changedSince(accounts: readonly AccountId[], generation: number): readonly AccountId[] {
    return accounts.filter((account) => (this.#heard.get(account) ?? 0) > generation);
  }

  /** What was worked out of their keys is worked out anew. */
  touch(accounts: Iterable<AccountId>): void {
    this.#core.generation += 1;
    for (const account of accounts) this.#heard.set(account, this.#core.generation);
  }

  /** Keys of all of them are known as far as this device has heard of changes. */
  async ensure(accounts: readonly AccountId[]): Promise<void> {
    const fresh = accounts.filter((account) => !this.#tracked.has(account));
    if (fresh.length > 0) {
      await this.#core.ask(this.#core.olm.updateTrackedUsers(userIds(fresh)));
      for (const account of fresh) {
        this.#tracked.add(account);
        this.#fresh.add(account);
      }
      this.#stale = true;
    }
    if (this.#stale) await this.#refresh();
    else await this.#refreshing;
  }

  /** And of those of whom the server told nothing it may tell something now: something is for them. */
  async ensureTold(accounts: readonly AccountId[]): Promise<void> {
    const untold = accounts.filter((account) => this.#untold.has(account));
    await this.ensure(accounts);
    if (untold.length > 0) await this.query(untold);
  }

  /** Asks for their keys now, whatever is known. */
  async query(accounts: readonly AccountId[]): Promise<readonly AccountKeys[]> {
    const items = await this.#core.alone(accounts, async () => {
      const told = await fetchKeys(this.#core, accounts);
      await this.tell(accounts, told);
      return told;
    });
    await this.#learn(items, untoldOf(accounts, items));
    return items;
  }

  /** Lets the library believe this answer. `also`: former devices that count as present. */
  async tell(
    accounts: readonly AccountId[],
    items: readonly AccountKeys[],
    also: (item: AccountKeys) => readonly DeviceKeys[] = () => [],
  ): Promise<void> {
    const request = this.#core.olm.queryKeysForUsers(userIds(accounts));
    await this.#core.answer(request.id, request.type, queryJson(accounts, items, also));
  }

  /** Reads the list of changes to its end; what is asked while it is read is read after it. */
  async changed(): Promise<void> {
    if (this.#reading !== null) {
      this.#readAgain = true;
      return this.#reading;
    }
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    do {
      this.#readAgain = false;
      for (let pages = 0; pages < limits.maxChangePages && (await this.#readPage()); ) pages += 1;
    } while (this.#readAgain);
    await this.#refresh();
  }

  /** One page; whether there is another. */
  async #readPage(): Promise<boolean> {
    const before = this.#n;
    const query = before === null ? {} : { since: before };
    const page = await this.#core.rest('listKeyChanges', { query });
    // It goes into every message that is sealed: with nonsense there, none would be taken any more.
    if (!isCount(page.n)) throw new ChatError('client.unexpected');
    await this.#core.lanes.run('feed', async () => {
      if (page.all) await this.#core.ask(this.#core.olm.markAllTrackedUsersAsDirty());
      await feedCounts(this.#core, page, new DeviceLists(userIds(page.accounts)));
    });
    // Only now: until the library knows of them, these changes are not known.
    if (page.n !== this.#n) await this.#core.facts.put([[nFact, page.n]]);
    this.#n = page.n;
    if (page.all || page.accounts.some((account) => this.#tracked.has(account))) this.#stale = true;
    // A list that does not get on has no end.
    return page.has_more && (before === null || page.n > before);
  }

  #refresh(): Promise<void> {
    this.#stale = false;
    const refreshing = this.pump.run().then(
      () => {
        if (this.#refreshing === refreshing) this.#refreshing = null;
      },
      (error: unknown) => {
        this.#stale = true;
        if (this.#refreshing === refreshing) this.#refreshing = null;
        throw error;
      },
    );
    this.#refreshing = refreshing;
    return refreshing;
  }

  async #learn(items: readonly AccountKeys[], untold: readonly AccountId[]): Promise<void> {
    const accounts = items.map((item) => item.account);
    await this.#remember(accounts, untold);
    this.touch(accounts);
    const fresh = new Set(accounts.filter((account) => this.#fresh.delete(account)));
    await this.#onHeard(accounts, fresh);
  }

  /** Of the newest so many, so that what is kept is bounded: others are asked for when their keys change. */
  async #remember(told: readonly AccountId[], untold: readonly AccountId[]): Promise<void> {
    const before = this.#untold;
    const others = [...before].filter((account) => !told.includes(account) && !untold.includes(account));
    const after = [...others, ...untold].slice(-limits.maxUntold);
    this.#untold = new Set(after);
    const isSame = after.length === before.size && after.every((account) => before.has(account));
    if (!isSame) await this.#core.facts.put([[untoldFact, after]]);
  }
}

// Who somebody is, as far as this account has seen or confirmed. A change of somebody never confirmed is told, and
// messages go on; who was confirmed by another key, here or on another device, holds a direct conversation and is left out
// of groups. What was pinned decides that, here and not in the library: it knows only what it saw on this device.
import { OtherUserIdentity } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { IdentityNews, IdentityView, Review } from '../key-machine.ts';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import { isUnmet, type Meeting, type Met, MetKeys } from './met.ts';
import { userId } from './names.ts';
import { masterIn, masterKeyOf } from './origins.ts';
import { isAnother, type Pin, PinnedKeys } from './pins.ts';

/** How often somebody became another one, as seen here; and by which key, and at which of these, one did last. */
const changesFact = 'identity changes';
const changedFact = (account: AccountId) => `changed:${account}`;

/** Identities of others. */
export class Identities {
  readonly #core: Core;
  readonly #keys: KeyList;
  readonly #met: MetKeys;
  readonly #pins: PinnedKeys;
  /** They were reviewed. */
  readonly #onReviewed: (accounts: readonly AccountId[]) => Promise<void>;
  /** What was told of whom since the machine was opened, with the key that it was about. */
  readonly #told = new Map<AccountId, string>();
  /** Whether somebody is left out, until something is heard of them: it takes a millisecond to find out. */
  readonly #out = new Map<AccountId, boolean>();

  constructor(core: Core, keys: KeyList, onReviewed: (accounts: readonly AccountId[]) => Promise<void>) {
    this.#core = core;
    this.#keys = keys;
    this.#met = new MetKeys(core);
    this.#pins = new PinnedKeys(core);
    this.#onReviewed = onReviewed;
  }

  /** Something was heard of them: tells of those that changed. */
  async check(accounts: readonly AccountId[], fresh: ReadonlySet<AccountId>): Promise<void> {
    const pins = await this.#pins.all();
    const known = await this.#met.of(accounts);
    const meetings: Meeting[] = [];
    for (const account of accounts) {
      const [pin, met] = [pins.get(account), known.get(account)];
      const isFirst = fresh.has(account) && pin === undefined;
      // There is nothing to compare them with.
      if (isFirst && met?.before.length === 0) {
        this.#out.set(account, false);
        continue;
      }
      await this.#count(account);
      const identity = await this.#presentOf(account, pin);
      const news = identity === null ? null : newsOf(identity, { pin, met, isFirst });
      if (identity !== null && news === null) meetings.push([account, presentOf(identity) ?? '']);
      this.#out.set(account, news === 'left_out');
      if (identity === null || news === null) {
        if (this.#told.delete(account)) this.#core.events.identity(account, null);
      } else if (this.#told.get(account) !== `${news} ${identity.masterKey}`) {
        this.#told.set(account, `${news} ${identity.masterKey}`);
        this.#core.events.identity(account, news);
      }
    }
    await this.#met.add(meetings, 'here');
  }

  /** Other devices of the account have known them by other keys than was known here. */
  async metBefore(accounts: readonly AccountId[]): Promise<void> {
    const told = accounts.filter((account) => this.#keys.tracked.has(account));
    if (told.length > 0) await this.check(told, new Set());
  }

  /** Those who were confirmed and are somebody else now: nothing is encrypted to them. */
  async leftOut(accounts: readonly AccountId[]): Promise<readonly AccountId[]> {
    const out: AccountId[] = [];
    const pins = await this.#pins.all();
    for (const account of accounts) {
      const known = this.#out.get(account) ?? isAnother(pins.get(account), await this.#present(account));
      this.#out.set(account, known);
      if (known) out.push(account);
    }
    return out;
  }

  /** How often somebody became another one by now. */
  async changes(): Promise<number> {
    const [changes] = await this.#core.facts.get([changesFact]);
    return Number(changes ?? 0);
  }

  /** Are they who they were when there had been so many changes, and not left out? */
  async isSame(account: AccountId, changes: number): Promise<boolean> {
    return (await this.leftOut([account])).length === 0 && (await this.#count(account)) <= changes;
  }

  /** Was nobody here ever told of them by another key than the one that they have now? */
  async isNew(account: AccountId): Promise<boolean> {
    const present = await this.#present(account);
    const { here, before } = (await this.#met.of([account])).get(account) ?? { here: [], before: [] };
    return (await this.#count(account)) === 0 && [...here, ...before].every((key) => key === present);
  }

  /** Was it ever decided by which key they are known? */
  async isPinned(account: AccountId): Promise<boolean> {
    return (await this.#pins.all()).has(account);
  }

  async views(accounts: readonly AccountId[]): Promise<readonly IdentityView[]> {
    const views: IdentityView[] = [];
    const pins = await this.#pins.all();
    const known = await this.#met.of(accounts);
    for (const account of accounts) {
      const fingerprint = await masterKeyOf(this.#core, account);
      const identity = await this.#other(account);
      const pin = pins.get(account);
      const news = identity === null ? null : newsOf(identity, { pin, met: known.get(account) });
      const isConfirmed = account === this.#core.account || (pin?.why === 'confirmed' && pin.key === fingerprint);
      const quiet = isConfirmed ? 'confirmed' : 'known';
      views.push({ account, fingerprint, state: fingerprint === null ? 'none' : (news ?? quiet) });
    }
    return views;
  }

  /** By which key that was. */
  confirm(account: AccountId): Promise<string> {
    return this.#decide(account, 'confirmed');
  }

  /** By which key that was. */
  accept(account: AccountId): Promise<string> {
    return this.#decide(account, 'accepted');
  }

  /** What was decided on any device of the account. Nobody is asked for: keys that are not here yet are judged when they come. */
  async review(reviews: readonly Review[]): Promise<void> {
    const before = await this.#pins.all();
    const isNews = ({ account, key, what }: Review) => {
      const pin = before.get(account);
      return pin?.key !== key || pin.why !== what;
    };
    const fresh = reviews.filter(isNews);
    if (fresh.length === 0) return;
    const told = fresh.map(({ account }) => account).filter((account) => this.#keys.tracked.has(account));
    await this.#knowPresent(told);
    await this.#pins.put(new Map(fresh.map(({ account, key, what }) => [account, { key, why: what }])));
    await this.#judge(told);
  }

  /** Who is first told of is not written down: here it is who they were before the news. */
  async #knowPresent(accounts: readonly AccountId[]): Promise<void> {
    const meetings: Meeting[] = [];
    for (const account of accounts) {
      const identity = await this.#other(account);
      if (identity?.identityNeedsUserApproval() === false) meetings.push([account, presentOf(identity) ?? '']);
    }
    await this.#met.add(meetings, 'here');
  }

  /** What they said in another way counts until they are accepted, or confirmed; codes that were compared count for more. */
  async expect(account: AccountId, fingerprint: string): Promise<void> {
    if ((await this.#pins.all()).get(account)?.why === 'confirmed') return;
    await this.#pins.put(new Map([[account, { key: fingerprint, why: 'link' }]]));
    await this.#keys.ensureTold([account]);
    await this.check([account], new Set());
    this.#keys.touch([account]);
  }

  async #decide(account: AccountId, why: 'confirmed' | 'accepted'): Promise<string> {
    if ((await this.#present(account)) === null) await this.#keys.ensureTold([account]);
    const key = await this.#present(account);
    if (key === null) throw new ChatError('not_found');
    await this.#pins.put(new Map([[account, { key, why }]]));
    // Whoever decides it knows.
    this.#told.delete(account);
    await this.#judge([account]);
    return key;
  }

  /** What is pinned of them is another key now. */
  async #judge(accounts: readonly AccountId[]): Promise<void> {
    await this.check(accounts, new Set());
    this.#keys.touch(accounts);
    await this.#onReviewed(accounts);
  }

  /** Who they are now. Somebody with the key that they have to have is known to the library from here on. */
  async #presentOf(account: AccountId, pin: Pin | undefined): Promise<OtherUserIdentity | null> {
    const identity = await this.#other(account);
    // It refuses all of a group for somebody whom it once held for confirmed.
    if (identity?.hasVerificationViolation()) await this.#core.ask(identity.withdrawVerification());
    if (identity === null || pin?.key !== presentOf(identity)) return identity;
    if (identity.identityNeedsUserApproval() || pin.why === 'link')
      await this.#core.ask(identity.pinCurrentMasterKey());
    if (pin.why === 'link') {
      // Whatever key the account knew them by, they said that this is theirs. From here on they are like others.
      await this.#met.add([[account, pin.key]], 'before');
      await this.#pins.put(new Map([[account, { key: pin.key, why: 'accepted' }]]));
    }
    return this.#other(account);
  }

  /** Notes it when they became another one, or the one of before again. At which change they last did. */
  async #count(account: AccountId): Promise<number> {
    const identity = await this.#other(account);
    if (identity === null) return 0;
    const key = presentOf(identity);
    return this.#core.lanes.run(changesFact, async () => {
      const [last, changes] = await this.#core.facts.get([changedFact(account), changesFact]);
      const { key: before = null, n = 0 } = (last ?? {}) as { readonly key?: string; readonly n?: number };
      const isNews = identity.identityNeedsUserApproval() || identity.hasVerificationViolation();
      if (before === null ? !isNews : before === key) return n;
      const now = Number(changes ?? 0) + 1;
      await this.#core.facts.put([
        [changedFact(account), { key, n: now }],
        [changesFact, now],
      ]);
      return now;
    });
  }

  async #present(account: AccountId): Promise<string | null> {
    const identity = await this.#other(account);
    return identity === null ? null : presentOf(identity);
  }

  async #other(account: AccountId): Promise<OtherUserIdentity | null> {
    if (account === this.#core.account) return null;
    const identity = await this.#core.ask(this.#core.olm.getIdentity(userId(account)));
    return identity instanceof OtherUserIdentity ? identity : null;
  }
}

interface Before {
  readonly pin: Pin | undefined;
  readonly met: Met | undefined;
  /** This device knew nothing of them: the library has nothing to compare with. */
  readonly isFirst?: boolean;
}

function newsOf(identity: OtherUserIdentity, { pin, met, isFirst = false }: Before): IdentityNews | null {
  const present = presentOf(identity);
  if (isAnother(pin, present)) return 'left_out';
  if (pin?.key === present) return null;
  const isUnknown = met !== undefined && isUnmet(met, present, pin?.key);
  return isUnknown || (!isFirst && identity.identityNeedsUserApproval()) ? 'changed' : null;
}

function presentOf(identity: OtherUserIdentity): string | null {
  return masterIn(identity.masterKey);
}

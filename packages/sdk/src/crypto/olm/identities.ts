// Who somebody is, as far as this account has seen or confirmed. A change of somebody never confirmed is told, and
// messages go on; a change of somebody confirmed holds a direct conversation, and leaves them out of groups.
import { OtherUserIdentity } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, IdentityKey } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { Confirmation, IdentityNews, IdentityView } from '../key-machine.ts';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import * as limits from './limits.ts';
import { nameOfAccount, userId } from './names.ts';
import { masterIn, masterKeyOf } from './origins.ts';
import { confirmedFact } from './requests.ts';

/** Who said in another way, as in a link, which master key is theirs. */
const expectedFact = 'expected';

/** Identities of others. */
export class Identities {
  readonly #core: Core;
  readonly #keys: KeyList;
  /** They were reviewed. */
  readonly #onReviewed: (accounts: readonly AccountId[]) => Promise<void>;
  /** What was told of whom since the machine was opened, with the key that it was about. */
  readonly #told = new Map<AccountId, string>();
  /** Whether somebody is left out, until something is heard of them: it takes a millisecond to find out. */
  readonly #out = new Map<AccountId, boolean>();
  #expectations: ReadonlyMap<AccountId, string> | null = null;

  constructor(core: Core, keys: KeyList, onReviewed: (accounts: readonly AccountId[]) => Promise<void>) {
    this.#core = core;
    this.#keys = keys;
    this.#onReviewed = onReviewed;
  }

  /** Something was heard of them: tells of those that changed. */
  async check(accounts: readonly AccountId[], fresh: ReadonlySet<AccountId>): Promise<void> {
    // Whoever this account confirmed, its own identity did.
    if (accounts.includes(this.#core.account)) this.#out.clear();
    const expected = await this.#expected();
    for (const account of accounts) {
      if (fresh.has(account) && !expected.has(account)) {
        this.#out.set(account, false);
        continue;
      }
      const identity = await this.#met(account, expected.get(account));
      const news = identity === null ? null : newsOf(identity, expected.get(account));
      this.#out.set(account, news === 'left_out');
      if (identity === null || news === null) {
        if (this.#told.delete(account)) this.#core.events.identity(account, null);
      } else if (this.#told.get(account) !== `${news} ${identity.masterKey}`) {
        this.#told.set(account, `${news} ${identity.masterKey}`);
        this.#core.events.identity(account, news);
      }
    }
  }

  /** Those who were confirmed and are somebody else now: nothing is encrypted to them. */
  async leftOut(accounts: readonly AccountId[]): Promise<readonly AccountId[]> {
    const out: AccountId[] = [];
    const expected = await this.#expected();
    for (const account of accounts) {
      const known = this.#out.get(account) ?? isOut(await this.#other(account), expected.get(account));
      this.#out.set(account, known);
      if (known) out.push(account);
    }
    return out;
  }

  async views(accounts: readonly AccountId[]): Promise<readonly IdentityView[]> {
    const views: IdentityView[] = [];
    const expected = await this.#expected();
    for (const account of accounts) {
      const fingerprint = await masterKeyOf(this.#core, account);
      const identity = await this.#other(account);
      const news = identity === null ? null : newsOf(identity, expected.get(account));
      const quiet = identity?.isVerified() || account === this.#core.account ? 'confirmed' : 'known';
      views.push({ account, fingerprint, state: fingerprint === null ? 'none' : (news ?? quiet) });
    }
    return views;
  }

  async confirm(account: AccountId): Promise<Confirmation> {
    const identity = await this.#known(account);
    const request = await this.#core.ask(identity.verify());
    const signed = JSON.parse(request.body) as Readonly<Record<string, Readonly<Record<string, IdentityKey>>>>;
    const key = Object.values(signed[nameOfAccount(account)] ?? {})[0];
    if (key === undefined) throw new ChatError('client.crypto');
    const confirmation = { account, key: JSON.stringify(key) };
    await this.believe([confirmation]);
    return confirmation;
  }

  /** The library checks that this account signed them. */
  async believe(confirmations: readonly Confirmation[]): Promise<void> {
    const accounts = confirmations.map((one) => one.account);
    await this.#core.facts.put(
      confirmations.map(({ account, key }) => [confirmedFact(account), JSON.parse(key) as unknown]),
    );
    await this.#expectNothing(accounts);
    await this.#keys.query(accounts);
    await this.#onReviewed(accounts);
  }

  async accept(account: AccountId): Promise<void> {
    const identity = await this.#known(account);
    if (identity.hasVerificationViolation()) await this.#core.ask(identity.withdrawVerification());
    await this.#core.ask(identity.pinCurrentMasterKey());
    await this.#core.facts.put([[confirmedFact(account), null]]);
    await this.#expectNothing([account]);
    this.#told.delete(account);
    this.#out.delete(account);
    this.#keys.touch([account]);
    await this.#onReviewed([account]);
  }

  /** What they said in another way counts until they are accepted, or confirmed; codes that were compared count for more. */
  async expect(account: AccountId, fingerprint: string): Promise<void> {
    if ((await this.#other(account))?.isVerified() === true) return;
    const others = [...(await this.#expected())].filter(([other]) => other !== account);
    await this.#keepExpected([...others, [account, fingerprint] as const].slice(-limits.maxExpected));
    await this.#keys.ensureTold([account]);
    await this.check([account], new Set());
    this.#keys.touch([account]);
  }

  /** Who they are now. Somebody with the key that was expected is known to the library from here on. */
  async #met(account: AccountId, expected: string | undefined): Promise<OtherUserIdentity | null> {
    const identity = await this.#other(account);
    if (identity === null || expected === undefined || masterIn(identity.masterKey) !== expected) return identity;
    await this.#core.ask(identity.pinCurrentMasterKey());
    await this.#expectNothing([account]);
    return this.#other(account);
  }

  async #expectNothing(accounts: readonly AccountId[]): Promise<void> {
    const before = [...(await this.#expected())];
    const after = before.filter(([account]) => !accounts.includes(account));
    if (after.length < before.length) await this.#keepExpected(after);
  }

  async #expected(): Promise<ReadonlyMap<AccountId, string>> {
    if (this.#expectations !== null) return this.#expectations;
    const [kept] = await this.#core.facts.get([expectedFact]);
    this.#expectations = new Map(Array.isArray(kept) ? (kept as [AccountId, string][]) : []);
    return this.#expectations;
  }

  async #keepExpected(all: readonly (readonly [AccountId, string])[]): Promise<void> {
    await this.#core.facts.put([[expectedFact, all]]);
    this.#expectations = new Map(all);
  }

  async #known(account: AccountId): Promise<OtherUserIdentity> {
    if ((await this.#other(account)) === null) await this.#keys.ensureTold([account]);
    const identity = await this.#other(account);
    if (identity === null) throw new ChatError('not_found');
    return identity;
  }

  async #other(account: AccountId): Promise<OtherUserIdentity | null> {
    if (account === this.#core.account) return null;
    const identity = await this.#core.ask(this.#core.olm.getIdentity(userId(account)));
    return identity instanceof OtherUserIdentity ? identity : null;
  }
}

function newsOf(identity: OtherUserIdentity, expected: string | undefined): IdentityNews | null {
  if (isOut(identity, expected)) return 'left_out';
  return identity.identityNeedsUserApproval() ? 'changed' : null;
}

function isOut(identity: OtherUserIdentity | null, expected: string | undefined): boolean {
  if (identity === null) return false;
  return identity.hasVerificationViolation() || (expected !== undefined && expected !== masterIn(identity.masterKey));
}

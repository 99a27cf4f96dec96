// Signing up in Cassandra. The claim comes first, with the whole sign-up in it; then the invitation says yes or no; then
// everything else follows from that, by whoever comes: the process that began it, or one that meets the claim.
import type { AccountId, DeviceId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { deviceEntry } from './cassandra-account.ts';
import { type Due, foundOf } from './cassandra-dues.ts';
import type { CassandraInvites, Place } from './cassandra-invites.ts';
import { accountOwner, claimOwner, deviceOwner, handlePointer, tokenPointer } from './cassandra-names.ts';
import type { Owners } from './cassandra-owners.ts';
import type { Settle } from './cassandra-settle.ts';
import type { Shelves } from './cassandra-shelves.ts';
import type { SignUp } from './directory.ts';

/** What stands in the root of a claim. Absent `state`: nobody has it. */
type Claim =
  | { readonly state?: undefined }
  | { readonly state: 'pending'; readonly signUp: SignUp; readonly place: Place | null }
  | { readonly state: 'held'; readonly account: AccountId };

export class SignUps {
  readonly #owners: Owners;
  readonly #shelves: Shelves;
  readonly #settle: Settle;
  readonly #invites: CassandraInvites;

  constructor(owners: Owners, shelves: Shelves, settle: Settle, invites: CassandraInvites) {
    this.#owners = owners;
    this.#shelves = shelves;
    this.#settle = settle;
    this.#invites = invites;
    settle.finishes('claim', (owner) => this.#finish(owner));
  }

  async signUp(signUp: SignUp): Promise<'done' | 'taken' | 'invalid'> {
    const { account, inviteHash } = signUp;
    const place = inviteHash === null ? null : ((await this.#invites.find(inviteHash)) ?? null);
    if (inviteHash !== null && (place === null || !(await this.#invites.isGood(place, account.createdAt))))
      return 'invalid';
    const owner = claimOwner(signUp.claim);
    for (;;) {
      const claimed = await this.#settle.change(owner, async (root) => {
        const claim = (root?.value ?? {}) as Claim;
        if (claim.state === 'held') return { answer: claim.account === account.account ? 'mine' : 'taken' };
        if (claim.state === 'pending') return { answer: 'pending' };
        return { answer: 'mine', write: { root: { state: 'pending', signUp, place } satisfies Claim } };
      });
      if (claimed === 'taken') return 'taken';
      if (claimed === 'mine') {
        const claim = (await this.#owners.root(owner))?.value as Claim | undefined;
        return claim?.state === 'held' && claim.account === account.account ? 'done' : 'invalid';
      }
      // Somebody is about to have it, or died over it: then it is finished, and asked for again.
      await this.#finish(owner);
    }
  }

  /** A device id belongs to one account for ever. False: to another one. */
  async claimDevice(device: DeviceId, account: AccountId): Promise<boolean> {
    return this.#owners.change(deviceOwner(device), async (root) => {
      const held = (root?.value as { account?: AccountId } | undefined)?.account;
      if (held !== undefined) return { answer: held === account };
      return { answer: true, write: { root: { account } } };
    });
  }

  async #finish(owner: string): Promise<void> {
    const claim = ((await this.#owners.root(owner))?.value ?? {}) as Claim;
    if (claim.state === 'held') return this.#settle.dues(accountOwner(claim.account));
    if (claim.state !== 'pending') return;
    const { signUp, place } = claim;
    const { account, createdAt } = signUp.account;
    const isIn =
      place === null || (await this.#invites.decide(place, { account, claim: signUp.claim, time: createdAt }));
    if (isIn) await this.#make(signUp);
    const then: Claim = isIn ? { state: 'held', account } : {};
    await this.#owners.change(owner, async (root) => {
      const now = (root?.value ?? {}) as Claim;
      const isSame = now.state === 'pending' && now.signUp.account.account === account;
      return isSame ? { answer: null, write: { root: then } } : { answer: null };
    });
    if (isIn) await this.#settle.dues(accountOwner(account));
  }

  /** The account, once nothing can stand in its way any more. What points to it comes first, and says nothing alone. */
  async #make({ account: row, login, intent }: SignUp): Promise<void> {
    const { account, handle } = row;
    const owner = accountOwner(account);
    assert(await this.claimDevice(login.device.device, account), 'an id of a device is given once');
    await this.#shelves.point(tokenPointer(login.tokenHash), `${account} ${login.device.device}`);
    await this.#shelves.point(handlePointer(handle), account);
    const device = deviceEntry({ ...login.device, tokens: [{ hash: login.tokenHash, state: 'current' }] });
    const due: readonly Due[] = [
      { type: 'intent', intent },
      { type: 'found', account, was: [], is: foundOf(row) },
      { type: 'enter', account, handle },
    ];
    await this.#owners.change(owner, async (root) =>
      root === null ? { answer: null, write: { root: row, put: [device], due } } : { answer: null },
    );
  }
}

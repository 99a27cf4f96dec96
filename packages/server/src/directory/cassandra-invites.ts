// Invitations in Cassandra. One stands with its inviter, and whether a sign-up may use it is decided there, once, and
// remembered: whoever finishes that sign-up follows the decision.
import type { AccountId, InviteId } from '@parley/protocol';
import { shelfOfOperators } from './cassandra-dues.ts';
import { accountOwner, claimOwner, secretPointer, setUpOwner } from './cassandra-names.ts';
import { asBefore, type Owners, type Root, type Write } from './cassandra-owners.ts';
import type { Settle } from './cassandra-settle.ts';
import type { Shelves } from './cassandra-shelves.ts';
import type { Entry } from './cassandra-slices.ts';
import { type AccountRow, type IntentRow, type InviteRow, type Invites, isOpenInvite } from './directory.ts';

/** Whether an account used an invitation. `claim`: of the sign-up that it was for. */
interface Redemption {
  readonly invite: InviteId;
  readonly account: AccountId;
  readonly outcome: 'used' | 'refused';
  readonly claim: string | null;
}

/** An invitation and who made it. */
export interface Place {
  readonly owner: string;
  readonly invite: InviteId;
}

/** How long a decision is remembered when its invitation is gone: nobody is that late with a sign-up. Seconds. */
const lateSeconds = 24 * 3_600;

export class CassandraInvites implements Invites {
  readonly #owners: Owners;
  readonly #shelves: Shelves;
  readonly #settle: Settle;

  constructor(owners: Owners, shelves: Shelves, settle: Settle) {
    this.#owners = owners;
    this.#shelves = shelves;
    this.#settle = settle;
  }

  async add(invite: InviteRow, most: number): Promise<'done' | 'full'> {
    const { inviter, createdAt, secretHash } = invite;
    const owner = inviter === null ? setUpOwner : accountOwner(inviter);
    await this.#shelves.point(secretPointer(secretHash), `${owner}/${invite.invite}`);
    type Added = { readonly answer: 'done' | 'full'; readonly gone: readonly InviteRow[] };
    const { answer, gone } = await this.#owners.change<Added>(owner, async (root) => {
      const rows = await this.#rows(owner);
      if (rows.some((row) => row.invite === invite.invite)) return { answer: { answer: 'done', gone: [] } };
      const open = rows.filter((row) => isOpenInvite(row, createdAt));
      if (inviter !== null && open.length >= most) return { answer: { answer: 'full', gone: [invite] } };
      const gone = inviter === null ? rows : rows.filter((row) => row.expiresAt <= createdAt);
      const write = await this.#without(owner, root, gone);
      const put = [...(write.put ?? []), inviteEntry(invite)];
      return { answer: { answer: 'done', gone }, write: { ...write, put } };
    });
    await this.#shelves.forget(gone.map((row) => secretPointer(row.secretHash)));
    return answer;
  }

  async bySecret(secretHash: string): Promise<InviteRow | undefined> {
    const place = await this.find(secretHash);
    const row = place && (await this.#row(place));
    return row?.secretHash === secretHash ? row : undefined;
  }

  async list(inviter: AccountId, time: number): Promise<readonly InviteRow[]> {
    const rows = await this.#rows(accountOwner(inviter));
    return rows.filter((row) => isOpenInvite(row, time)).sort(byAge);
  }

  async revoke(inviter: AccountId, invite: InviteId): Promise<boolean> {
    const owner = accountOwner(inviter);
    const gone = await this.#owners.change(owner, async (root) => {
      const row = await this.#row({ owner, invite });
      if (row === undefined) return { answer: null };
      return { answer: row, write: await this.#without(owner, root, [row]) };
    });
    if (gone !== null) await this.#shelves.forget([secretPointer(gone.secretHash)]);
    return gone !== null;
  }

  async redeem(secretHash: string, intent: IntentRow): Promise<'done' | 'again' | 'invalid'> {
    const place = await this.find(secretHash);
    const { account, createdAt } = intent;
    if (place === undefined || place.owner === setUpOwner || place.owner === accountOwner(account)) return 'invalid';
    const redeemer = await this.#owners.slices.root(accountOwner(account));
    if ((redeemer?.value as AccountRow | undefined)?.state !== 'active') return 'invalid';
    return this.#settle.change(place.owner, async (root) => {
      const row = await this.#row(place);
      if (!isActive(root) || row?.secretHash !== secretHash) return { answer: 'invalid' };
      const before = await this.#redemption(place, account);
      if (before?.outcome === 'used') return { answer: 'again' };
      if (!isOpenInvite(row, createdAt)) return { answer: 'invalid' };
      const redemption = { invite: row.invite, account, outcome: 'used', claim: null } as const;
      const put = [inviteEntry({ ...row, uses: row.uses + 1 }), redemptionEntry(redemption)];
      return { answer: 'done', write: { root: asBefore(root), put, due: [{ type: 'intent', intent }] } };
    });
  }

  /** Where the invitation with this secret stands. */
  async find(secretHash: string): Promise<Place | undefined> {
    const place = (await this.#shelves.pointsTo(secretPointer(secretHash)))?.split('/');
    const [owner, invite] = place ?? [];
    return owner === undefined ? undefined : { owner, invite: invite as InviteId };
  }

  /** Would a sign-up be let in at `time`, as far as one can see? */
  async isGood(place: Place, time: number): Promise<boolean> {
    const row = await this.#row(place);
    if (row === undefined || !isOpenInvite(row, time)) return false;
    return this.#isInviting(place.owner, await this.#owners.slices.root(place.owner));
  }

  /** Uses up one for this sign-up, or refuses it: the same answer whenever it is asked again. */
  async decide(place: Place, sign: { account: AccountId; claim: string; time: number }): Promise<boolean> {
    const { owner, invite } = place;
    const { account, claim, time } = sign;
    if (owner === setUpOwner) await this.#finishSetUps(claim);
    const outcome = await this.#owners.change<Redemption['outcome'] | 'again'>(owner, async (root) => {
      const before = await this.#redemption(place, account);
      if (before !== undefined) return { answer: before.outcome };
      if (owner === setUpOwner && (await this.#unfinished(claim)).length > 0) return { answer: 'again' };
      const row = await this.#row(place);
      const isGood = row !== undefined && isOpenInvite(row, time) && (await this.#isInviting(owner, root));
      const outcome = isGood ? 'used' : 'refused';
      const decided = redemptionEntry({ invite, account, outcome, claim });
      const put = isGood
        ? [decided, inviteEntry({ ...row, uses: row.uses + 1 })]
        : [{ ...decided, seconds: lateSeconds }];
      return { answer: outcome, write: { root: asBefore(root), put } };
    });
    return outcome === 'again' ? this.decide(place, sign) : outcome === 'used';
  }

  /** What erasing an inviter takes with it: rows of the owner, and pointers. */
  async endOf(owner: string, root: Root): Promise<{ readonly write: Write; readonly pointers: readonly string[] }> {
    const rows = await this.#rows(owner);
    const write = await this.#without(owner, root, rows);
    return { write, pointers: rows.map((row) => secretPointer(row.secretHash)) };
  }

  /** May whoever made the invitation let somebody in? The set-up link only while there is no operator. */
  async #isInviting(owner: string, root: Root | null): Promise<boolean> {
    if (owner !== setUpOwner) return isActive(root);
    const { rows } = await this.#shelves.found(shelfOfOperators, '', null, 1_000);
    const used = (await this.#redemptions(owner)).filter(({ outcome }) => outcome === 'used');
    const accounts = new Set([...rows.map((row) => String(row.account)), ...used.map(({ account }) => account)]);
    for (const account of accounts) {
      const row = (await this.#owners.slices.root(accountOwner(account)))?.value as AccountRow | undefined;
      if (row?.admin === true && row.state === 'active') return false;
    }
    return true;
  }

  /** Sign-ups by the set-up link that were let in and may not be there yet. */
  async #unfinished(but: string): Promise<readonly string[]> {
    const used = await this.#redemptions(setUpOwner);
    const claims = used.filter(({ outcome, claim }) => outcome === 'used' && claim !== but);
    const found: string[] = [];
    for (const { account, claim } of claims)
      if (claim !== null && (await this.#owners.slices.root(accountOwner(account))) === null) found.push(claim);
    return found;
  }

  async #finishSetUps(but: string): Promise<void> {
    for (const claim of await this.#unfinished(but)) await this.#settle.finish(claimOwner(claim));
  }

  async #rows(owner: string): Promise<InviteRow[]> {
    return (await this.#owners.slices.kinds(owner, ['invite'])).map(({ value }) => value as InviteRow);
  }

  async #row({ owner, invite }: Place): Promise<InviteRow | undefined> {
    return (await this.#owners.slices.one(owner, 'invite', invite)) as InviteRow | undefined;
  }

  async #redemptions(owner: string): Promise<readonly Redemption[]> {
    return (await this.#owners.slices.kinds(owner, ['redemption'])).map(({ value }) => value as Redemption);
  }

  async #redemption({ owner, invite }: Place, account: AccountId): Promise<Redemption | undefined> {
    return (await this.#owners.slices.one(owner, 'redemption', `${invite} ${account}`)) as Redemption | undefined;
  }

  /** These invitations go; who used them is remembered for as long as somebody may be late. */
  async #without(owner: string, root: Root | null, gone: readonly InviteRow[]): Promise<Write> {
    const ids = new Set(gone.map((row) => row.invite));
    const late = gone.length === 0 ? [] : (await this.#redemptions(owner)).filter(({ invite }) => ids.has(invite));
    return {
      root: asBefore(root),
      remove: gone.map((row) => ['invite', row.invite]),
      put: late.map((each) => ({ ...redemptionEntry(each), seconds: lateSeconds })),
    };
  }
}

function inviteEntry(row: InviteRow): Entry {
  return { kind: 'invite', key: row.invite, value: row };
}

function redemptionEntry(row: Redemption): Entry {
  return { kind: 'redemption', key: `${row.invite} ${row.account}`, value: row };
}

function isActive(root: Root | null): boolean {
  return (root?.value as AccountRow | undefined)?.state === 'active';
}

function byAge(a: InviteRow, b: InviteRow): number {
  return a.createdAt - b.createdAt || (a.invite < b.invite ? -1 : 1);
}

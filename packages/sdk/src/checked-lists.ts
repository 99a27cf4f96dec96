// The member lists of groups as this device has checked them, entry for entry, and what others say of the newest entry
// that they know. It promises that a list which is not in order stays at its last good entry and says so, that it is read
// again from the start on each connection, and that nobody who has gone comes back by another list. [MEM]
import type { AccountId, ConversationId, Member, Role } from '@parley/protocol';
import { maxPageItems } from '@parley/protocol/limits';
import { type Chain, type EntryRefusal, hashAt } from './crypto/membership.ts';
import { readEntry } from './crypto/membership-entry.ts';
import { Follower, type Placed } from './crypto/membership-follow.ts';
import { ChatError } from './error.ts';
import type { Inbox } from './inbox.ts';
import { maxChainEntries, maxChainsAtHand } from './limits.ts';
import type { MembershipKeys } from './ports.ts';
import type { Replica } from './replica.ts';
import type { Rest } from './rest.ts';
import { keys } from './rows.ts';
import type { ListFault } from './views.ts';

/** The newest entry that the author of a message knew, as it stands inside: number and hash. */
export interface NamedEntry {
  readonly conversation: ConversationId;
  readonly by: AccountId;
  readonly device: string;
  /** Place of the message. */
  readonly seq: number;
  readonly n: number;
  readonly hash: string;
}

/** A list as it is kept. */
interface ChainRow {
  readonly chain: Chain | null;
  readonly refused: EntryRefusal | null;
  /** Others in it know another one. */
  readonly differs: readonly NamedEntry[];
}

interface CheckedListsParts {
  readonly replica: Replica;
  readonly inbox: Inbox;
  readonly rest: Rest;
  readonly keys: MembershipKeys;
  /** The list as the server tells it, where nobody signed one. */
  readonly told: (id: ConversationId) => Promise<readonly Member[]>;
}

const nothing: ChainRow = { chain: null, refused: null, differs: [] };

/** The leader's. Of one conversation one thing at a time. */
export class CheckedLists {
  readonly #parts: CheckedListsParts;
  readonly #rows = new Map<ConversationId, ChainRow>();
  readonly #lanes = new Map<ConversationId, Promise<unknown>>();
  /** Read from the start on this connection. */
  readonly #again = new Set<ConversationId>();
  /** What is kept of these counts no longer. */
  #forgotten = new Set<ConversationId>();

  constructor(parts: CheckedListsParts) {
    this.#parts = parts;
  }

  /** The list up to the newest entry that the server has. Resolves when it is kept. */
  read(id: ConversationId): Promise<void> {
    return this.#alone(id, async () => this.#keep(id, await this.#readUp(id, await this.#row(id))));
  }

  /** Entries that came with their records: they need not be asked for, if they are the next ones. */
  take(id: ConversationId, entries: readonly Placed[]): Promise<void> {
    return this.#alone(id, async () => {
      const row = await this.#row(id);
      if (row.chain === null || row.refused !== null) return this.#keep(id, await this.#readUp(id, row));
      const { n } = row.chain;
      const follower = new Follower(id, row.chain, this.#keysOf);
      await follower.take(entries.filter((one) => numberOf(one) > n));
      const { chain } = follower.result;
      const next = { ...row, chain: chain ?? row.chain };
      // Whatever does not fit is looked at as the server lists it.
      return this.#keep(id, this.#reaches(id, next) ? next : await this.#readUp(id, next));
    });
  }

  /** Compares what authors of messages knew. */
  compare(id: ConversationId, named: readonly NamedEntry[]): Promise<void> {
    return this.#alone(id, async () => {
      let row = await this.#row(id);
      const newest = Math.max(...named.map(({ n }) => n));
      if (row.chain === null || row.chain.n < newest) row = await this.#readUp(id, row);
      const before = row.differs;
      for (const one of named) row = { ...row, differs: differing(row, one) };
      if (row.differs.length > before.length) row = await this.#readUp(id, row);
      return this.#keep(id, row);
    });
  }

  /** The list as it is checked now, for somebody who is to write its next entry; null while it is not in order. */
  async newest(id: ConversationId): Promise<Chain | null> {
    await this.read(id);
    const row = await this.#row(id);
    return faultOf(row) === null ? row.chain : null;
  }

  /** A new connection: what is not in order may be so now. */
  up(): void {
    this.#again.clear();
  }

  /** The server was restored, and may have lost newest entries: lists are read from the start. */
  forget(): void {
    this.#rows.clear();
    this.#forgotten = new Set(this.#parts.replica.tables.members.keys());
  }

  async #readUp(id: ConversationId, row: ChainRow): Promise<ChainRow> {
    const next = judged({ ...row, ...(await this.#follow(id, row.chain)) });
    if (isInOrder(next) || this.#again.has(id)) return next;
    this.#again.add(id);
    const anew = await this.#follow(id, null);
    const mayTake = anew.chain !== null && (next.chain === null || takesOver(anew.chain, next.chain));
    return mayTake ? judged({ ...anew, differs: row.differs }) : next;
  }

  /** Page after page, from where it was checked: the newest entry here has to be the server's, too. */
  async #follow(id: ConversationId, from: Chain | null): Promise<Omit<ChainRow, 'differs'>> {
    const follower = new Follower(id, from, this.#keysOf);
    // A gateway that has not seen as much does not answer as if it had.
    const at_least = Math.max(from?.n ?? 0, this.#parts.replica.tables.conversations.get(id)?.server.member_n ?? 0);
    for (let read = 0; read <= maxChainEntries; read += maxPageItems) {
      const isFirst = read === 0 && from !== null;
      const query = { after: follower.n - (isFirst ? 1 : 0), limit: maxPageItems, at_least };
      const page = await this.#parts.rest('listEntries', { params: { conversation_id: id }, query });
      const [own, ...others] = page.items;
      if (isFirst && (own === undefined || readEntry(signedOf(own))?.hash !== hashAt(from, from.n)))
        return { chain: from, refused: 'place' };
      const isWhole = await follower.take(isFirst ? others : page.items);
      const { chain, refused } = follower.result;
      if (!isWhole || !page.has_more) return { chain, refused: refused?.why ?? (chain === null ? 'unsigned' : null) };
      if (page.items.length === 0) break;
    }
    // A list that does not get on, or has no end.
    throw new ChatError('client.unexpected');
  }

  #reaches(id: ConversationId, { chain }: ChainRow): boolean {
    const told = this.#parts.replica.tables.conversations.get(id)?.server.member_n;
    return chain !== null && chain.n >= (told ?? 0);
  }

  async #keep(id: ConversationId, row: ChainRow): Promise<void> {
    const { replica, inbox, told } = this.#parts;
    const before = this.#rows.get(id);
    this.#remember(id, row);
    const fault = faultOf(row);
    const shown = replica.tables.members.get(id);
    const isSame = before !== undefined && JSON.stringify(before) === JSON.stringify(row);
    if (isSame && row.chain !== null && shown?.memberN === row.chain.n && (shown.fault ?? null) === fault) return;
    const memberN = row.chain?.n ?? replica.tables.conversations.get(id)?.server.member_n;
    if (memberN === undefined) return;
    const items = row.chain === null ? await told(id) : itemsOf(row.chain);
    const entry = row.chain && `${row.chain.n}.${hashAt(row.chain, row.chain.n)}`;
    const members = { memberN, items, ...(entry !== null && { entry }), ...(fault !== null && { fault }) };
    await inbox.take({ type: 'members', conversation: id, row: members, chain: row });
  }

  async #row(id: ConversationId): Promise<ChainRow> {
    const known = this.#rows.get(id);
    if (known !== undefined || this.#forgotten.has(id)) return known ?? nothing;
    return ((await this.#parts.replica.store.get('chains', keys.chain(id))) as ChainRow | undefined) ?? nothing;
  }

  #remember(id: ConversationId, row: ChainRow): void {
    this.#forgotten.delete(id);
    this.#rows.delete(id);
    this.#rows.set(id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > maxChainsAtHand && oldest !== undefined) this.#rows.delete(oldest);
  }

  readonly #keysOf = (accounts: readonly AccountId[]) => this.#parts.keys.keysOf(accounts);

  #alone<T>(id: ConversationId, work: () => Promise<T>): Promise<T> {
    const before = this.#lanes.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#lanes.set(id, mine);
    const over = () => {
      if (this.#lanes.get(id) === mine) this.#lanes.delete(id);
    };
    mine.then(over, over);
    return mine;
  }
}

/** `12.hash` as it stands inside a message; null for what is none. */
export function namedIn(text: string): Pick<NamedEntry, 'n' | 'hash'> | null {
  const [, n = '', hash = ''] = /^([1-9][0-9]{0,15})\.([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  return hash === '' ? null : { n: Number(n), hash };
}

function numberOf({ entry }: Placed): number {
  return Number((entry as { readonly n?: unknown } | null)?.n);
}

function isInOrder({ refused, differs }: ChainRow): boolean {
  return refused === null && differs.length === 0;
}

/** Why nothing is sealed for a list. */
function faultOf({ refused, differs }: ChainRow): ListFault | null {
  if (refused === 'unsigned') return 'unsigned';
  if (refused === 'review') return 'review';
  return refused !== null || differs.length > 0 ? 'different' : null;
}

/** What others said, after one of them said something newer. */
function differing({ chain, differs }: ChainRow, named: NamedEntry): readonly NamedEntry[] {
  const others = differs.filter(({ by, device }) => by !== named.by || device !== named.device);
  const before = differs.find((one) => !others.includes(one));
  if (before !== undefined && before.seq > named.seq) return differs;
  return isOther(chain, named) ? [...others, named] : others;
}

/** What they know is another entry than the one here, or one that the server keeps back. Too old to be known: not compared. */
function isOther(chain: Chain | null, { n, hash }: NamedEntry): boolean {
  if (chain === null) return false;
  const known = hashAt(chain, n);
  return n > chain.n || (known !== null && known !== hash);
}

/** Without what agrees by now, and what was said by those who have gone. */
function judged(row: ChainRow): ChainRow {
  const isIn = (account: AccountId) => row.chain?.members.some((member) => member.account === account) === true;
  return { ...row, differs: row.differs.filter((one) => isIn(one.by) && isOther(row.chain, one)) };
}

/**
 * May a list that was read anew take the place of the one here, where the two part? Both are signed; it may, if it brings
 * back nobody who has gone here since, and nobody to a rank that they lost.
 */
function takesOver(anew: Chain, here: Chain): boolean {
  let parted = Math.min(anew.n, here.n);
  while (parted > 0 && hashAt(anew, parted) !== null && hashAt(anew, parted) !== hashAt(here, parted)) parted--;
  const leads = (role: Role | undefined) => role === 'owner' || role === 'admin';
  const roles = new Map(here.members.map(({ account, role }) => [account, role]));
  return anew.members.every(({ account, role, came, since }) => {
    const isBack = !roles.has(account) && came <= parted;
    const isRaised = leads(role) && !leads(roles.get(account)) && since <= parted;
    return !isBack && !isRaised;
  });
}

/** An entry without its place. */
function signedOf({ entry, signatures }: Placed): unknown {
  return signatures === undefined ? { entry } : { entry, signatures };
}

function itemsOf({ members }: Chain): readonly Member[] {
  return members.map(({ account, role, joinedSeq }) => ({ account, role, joined_seq: joinedSeq }));
}

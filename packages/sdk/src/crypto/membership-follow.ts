// Follows the entries of a member list: checks who signed them and with which keys, then the rules. It promises that the
// list it gives ends before the first entry that is not in order; it must never believe a server about a key that this
// device knows better. [MEM]
import type { AccountId, ConversationId, MembershipEntry } from '@parley/protocol';
import { type Chain, ChainState, type EntryRefusal, isNext, step } from './membership.ts';
import { type EntryRead, isSigned, readEntry } from './membership-entry.ts';

/** The identity that this device holds for an account now: null for none, and `''` for one that has to be reviewed first. */
export type KeysOf = (accounts: readonly AccountId[]) => Promise<ReadonlyMap<AccountId, string | null>>;

/** An entry in its place, not believed yet. */
export interface Placed {
  readonly seq: number;
  readonly entry: unknown;
  readonly signatures?: unknown;
}

/** The list as far as it is in order. `refused`: the first entry that is not. */
export interface Followed {
  readonly chain: Chain | null;
  readonly refused: { readonly n: number; readonly why: EntryRefusal } | null;
}

/**
 * Somebody signed with a key that is neither the one by which it came in nor the one that this device holds: it may have
 * begun afresh more than once. An administrator of that time who signs later has checked it; so has the same person with
 * the key that this device holds.
 */
interface Doubt {
  readonly before: Chain | null;
  readonly n: number;
  readonly actor: AccountId;
  readonly admins: ReadonlyMap<AccountId, string | null>;
}

/** One reading of a list, from where it was checked before. */
export class Follower {
  readonly #state: ChainState;
  readonly #keysOf: KeysOf;
  readonly #held = new Map<AccountId, string | null>();
  /** The first one that is open: the list ends before it. */
  #doubt: Doubt | null = null;
  #refused: Followed['refused'] = null;

  constructor(conversation: ConversationId, chain: Chain | null, keysOf: KeysOf) {
    this.#state = new ChainState(conversation, chain);
    this.#keysOf = keysOf;
  }

  /** The newest entry that was taken. */
  get n(): number {
    return this.#state.n;
  }

  /** Takes entries in their order. False: one was refused, and nothing behind it is looked at. */
  async take(entries: readonly Placed[]): Promise<boolean> {
    const read = entries.map(({ seq, ...signed }) => ({ seq, read: readEntry(signed) }));
    const signed = await Promise.all(read.map(async (one) => one.read !== null && (await isSigned(one.read))));
    const coming = read.flatMap((one, at) =>
      one.read !== null && signed[at] && comes(one.read.entry) ? [one.read.entry] : [],
    );
    await this.#hold(coming.map(({ actor }) => actor));
    for (const [at, one] of read.entries()) {
      const why = one.read === null ? 'form' : await this.#one(one.read, one.seq, signed[at] === true);
      if (why === null) continue;
      this.#refused ??= { n: this.#state.n + 1, why };
      return false;
    }
    return true;
  }

  /** What was followed. With a doubt that nobody took away the list ends before it. */
  get result(): Followed {
    const doubt = this.#doubt;
    if (doubt !== null) return { chain: doubt.before, refused: { n: doubt.n, why: 'key' } };
    return { chain: this.#state.chain, refused: this.#refused };
  }

  async #one(read: EntryRead, seq: number, isInOrder: boolean): Promise<EntryRefusal | null> {
    const state = this.#state;
    if (read.signatures === null && read.entry.action === 'create') return 'unsigned';
    if (!isNext(state, read)) return 'place';
    if (read.signatures === null) return step(state, read, seq);
    if (!isInOrder) return 'signature';
    const { entry } = read;
    const key = await this.#known(entry);
    if (key === 'review') return 'review';
    const doubt = key === 'unknown' ? this.#doubtOf(entry) : null;
    const why = step(state, read, seq);
    if (why !== null) return why;
    this.#settle(entry, key === 'held');
    this.#doubt ??= doubt;
    this.#keep(entry);
    return null;
  }

  /** Whose key signed it: the one by which it came in, the one that this device holds, or neither. */
  async #known(entry: MembershipEntry): Promise<'named' | 'held' | 'unknown' | 'review'> {
    const { action, actor, actor_key } = entry;
    // The first entry names its own key, and the id of the group names the entry. To go lets nobody in, whoever says so.
    if (action === 'create' || action === 'leave' || action === 'decline') return 'named';
    const named = this.#state.keyOf(actor);
    if (named === actor_key) return 'named';
    // Who only asks to be let in is nobody whose keys are told.
    if (action === 'knock' && named === null) return 'named';
    await this.#hold([actor]);
    const held = this.#held.get(actor) ?? null;
    if (held === actor_key) return 'held';
    if (held === '') return 'review';
    // Who comes in by itself, and was never named with a key, is learned to be known here.
    return held === null && named === null && comes(entry) ? 'named' : 'unknown';
  }

  async #hold(accounts: readonly AccountId[]): Promise<void> {
    const unknown = [...new Set(accounts)].filter((account) => !this.#held.has(account));
    if (unknown.length === 0) return;
    const held = await this.#keysOf(unknown);
    for (const account of unknown) this.#held.set(account, held.get(account) ?? null);
  }

  #doubtOf({ actor, n }: MembershipEntry): Doubt {
    const admins = [...this.#state.members.values()].filter(
      ({ account, role }) => role !== 'member' && account !== actor,
    );
    return {
      before: this.#state.chain,
      n,
      actor,
      admins: new Map(admins.map(({ account, key }) => [account, key])),
    };
  }

  /** Takes the doubt away if this entry answers it. Whoever signed behind it has checked everything before. */
  #settle({ actor, actor_key }: MembershipEntry, isHeld: boolean): void {
    const doubt = this.#doubt;
    if (doubt === null) return;
    const isSame = doubt.actor === actor && isHeld;
    const isAdmin = doubt.admins.has(actor) && (isHeld || doubt.admins.get(actor) === actor_key);
    if (isSame || isAdmin) this.#doubt = null;
  }

  /** The key with which somebody signed is the one by which it is known from here on. */
  #keep(entry: MembershipEntry): void {
    const { members, pending } = this.#state;
    const { actor, actor_key: key = null } = entry;
    const [member, waiting] = [members.get(actor), pending.get(actor)];
    if (member !== undefined && member.key !== key) members.set(actor, { ...member, key });
    if (waiting !== undefined && waiting.key !== key) pending.set(actor, { ...waiting, key });
  }
}

/** Somebody comes in by itself. */
function comes({ action }: MembershipEntry): boolean {
  return action === 'join';
}

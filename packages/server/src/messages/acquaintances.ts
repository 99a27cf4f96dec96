// Who may know whose keys: accounts that share a direct or group conversation, an open request among them. Rooms make
// nobody known, because nothing is sealed in them. What is asked is bounded; who is not found is as nobody at all.
import type { AccountId, ConversationId } from '@parley/protocol';
import { maxPastMemberships, statesAtOnce } from '../kernel/limits.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import type { ConversationRow } from '../store/store.ts';
import { stateOf } from './access.ts';
import { presentPages, statesOf } from './memberships.ts';
import type { LiveRows } from './parts.ts';

/** `present`: both are in it now. `past`: or were, so that what they said can still be checked. */
export type Sharing = 'present' | 'past';

/** Who knows whom. */
export class Acquaintances {
  readonly #rows: LiveRows;

  constructor(rows: LiveRows) {
    this.#rows = rows;
  }

  /** Those of `others` that the account shares a conversation with, and itself. */
  async among(
    account: AccountId,
    others: readonly AccountId[],
    sharing: Sharing = 'present',
  ): Promise<ReadonlySet<AccountId>> {
    const known = new Set<AccountId>();
    const strangers = new Set(others);
    const meet = (other: AccountId) => {
      if (strangers.delete(other)) known.add(other);
    };
    meet(account);
    await this.#direct(account, [...strangers], meet);
    if (strangers.size > 0)
      for await (const state of this.#groups(account)) {
        meetMembers(state, strangers, meet);
        if (strangers.size === 0) break;
      }
    if (sharing === 'past' && strangers.size > 0) {
      const own = await this.#everIn(account);
      for (const other of [...strangers]) if (await this.#met(own, other)) meet(other);
    }
    return known;
  }

  /** Those of `others` to whom it has sent a request that waits, and with whom it shares nothing else. */
  async asked(account: AccountId, others: readonly AccountId[]): Promise<ReadonlySet<AccountId>> {
    const asked = new Set<AccountId>();
    for (let at = 0; at < others.length; at += statesAtOnce)
      await Promise.all(
        others.slice(at, at + statesAtOnce).map(async (other) => {
          const state = await stateOf(this.#rows, directConversation(account, other));
          if (state?.accepted === false && state.requestedBy === account) asked.add(other);
        }),
      );
    if (asked.size > 0)
      for await (const state of this.#groups(account)) meetMembers(state, asked, (other) => asked.delete(other));
    return asked;
  }

  /** Everybody that the account shares a conversation with, itself first; at most `most`. */
  async of(account: AccountId, most: number): Promise<readonly AccountId[]> {
    const found = new Set<AccountId>([account]);
    for await (const state of this.#shared(account))
      for (const member of state.members?.keys() ?? []) {
        found.add(member);
        if (found.size >= most) return [...found];
      }
    return [...found];
  }

  async #direct(account: AccountId, others: readonly AccountId[], meet: (other: AccountId) => void): Promise<void> {
    for (let at = 0; at < others.length; at += statesAtOnce)
      await Promise.all(
        others.slice(at, at + statesAtOnce).map(async (other) => {
          const state = await stateOf(this.#rows, directConversation(account, other));
          if (state?.members?.has(other) === true) meet(other);
        }),
      );
  }

  async *#groups(account: AccountId): AsyncIterable<ConversationRow> {
    for await (const state of this.#shared(account)) if (state.kind === 'group') yield state;
  }

  /** States of the direct and group conversations that the account is in. */
  async *#shared(account: AccountId): AsyncIterable<ConversationRow> {
    for await (const page of presentPages(this.#rows, account))
      for (let at = 0; at < page.length; at += statesAtOnce)
        for (const state of await statesOf(this.#rows, page.slice(at, at + statesAtOnce)))
          if (state.kind === 'group' || state.kind === 'direct') yield state;
  }

  /** Is one of these a group that the other was ever in, too? */
  async #met(own: ReadonlySet<ConversationId>, other: AccountId): Promise<boolean> {
    for (const conversation of await this.#everIn(other))
      if (own.has(conversation) && (await stateOf(this.#rows, conversation))?.kind === 'group') return true;
    return false;
  }

  async #everIn(account: AccountId): Promise<ReadonlySet<ConversationId>> {
    const rows = await this.#rows.list('memberships', { prefix: [account], limit: maxPastMemberships });
    return new Set(rows.map(({ conversation }) => conversation));
  }
}

function meetMembers(state: ConversationRow, strangers: ReadonlySet<AccountId>, meet: (other: AccountId) => void) {
  const { members } = state;
  if (members === null) return;
  if (members.size < strangers.size) for (const member of members.keys()) meet(member);
  else for (const other of [...strangers]) if (members.has(other)) meet(other);
}

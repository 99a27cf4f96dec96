// Reads the member lists of groups as they are now, when a record of their changes is missing. It promises that a list
// that could not be read is read once it can be. Lists that are signed are checked (`checked-lists.ts`). [SYN]
import type { AccountId, ConversationId, Member } from '@parley/protocol';
import { maxGroupMembers } from '@parley/protocol/limits';
import { inBackground } from './background.ts';
import { CheckedLists } from './checked-lists.ts';
import type { Aftermath } from './draft.ts';
import { isFinal } from './error.ts';
import { gatherAgain } from './group-list.ts';
import type { Inbox } from './inbox.ts';
import { memberPage, parallelFills } from './limits.ts';
import { everyItem } from './pages.ts';
import type { MembershipKeys } from './ports.ts';
import type { Replica } from './replica.ts';
import type { Rest } from './rest.ts';
import type { ConversationRow } from './rows.ts';

interface MemberListsParts {
  readonly replica: Replica;
  readonly inbox: Inbox;
  readonly rest: Rest;
  /** Null: lists are what the server says. */
  readonly keys: MembershipKeys | null;
  /** One could not be read; unless that is final it is owed: call `retry` after a while. */
  readonly onFailed: (isFinal: boolean) => void;
  /** A list is in order again, or another than before: what waited for it may go on. */
  readonly onRead: (conversation: ConversationId) => void;
}

/** The leader's reading of member lists. */
export class MemberLists {
  readonly #parts: MemberListsParts;
  /** Of groups, where entries are signed. */
  readonly checked: CheckedLists | null;
  readonly #asked = new Set<ConversationId>();
  /** Of those the ones whose turn it is. */
  readonly #reading = new Set<ConversationId>();
  readonly #owed = new Set<ConversationId>();
  /** For these something was sealed since they were compared with the server's. */
  readonly #used = new Set<ConversationId>();
  /** Newest entries as the server named them, for which a list was read. */
  readonly #compared = new Map<ConversationId, string>();

  constructor(parts: MemberListsParts) {
    const { keys, ...more } = parts;
    this.#parts = parts;
    this.checked = keys && new CheckedLists({ ...more, keys, told: (id) => this.#told(id) });
  }

  /** Reads the list; again when it changed meanwhile. Resolves when it is kept. */
  async read(id: ConversationId): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const memberN = this.#memberN(id);
      if (memberN === undefined) return;
      const checked = this.#checkedFor(id);
      if (checked !== null) await checked.read(id);
      else {
        const row = { memberN, items: await this.#told(id) };
        await this.#parts.inbox.take({ type: 'members', conversation: id, row });
      }
      if (this.#memberN(id) === memberN) return;
    }
  }

  /** Something is sealed for who is in this list. */
  uses(id: ConversationId): void {
    this.#used.add(id);
  }

  /** For the groups on screen whose newest message is an own one, or that have a title or picture: ticks depend on who is in them, and those on who leads them. */
  readForShown(shown: readonly ConversationId[], me: AccountId): void {
    const { conversations, members } = this.#parts.replica.tables;
    for (const id of shown) {
      const row = conversations.get(id);
      if (row?.server.kind !== 'group') continue;
      if (row.last?.sender !== me && (!isSaid(row) || members.has(id))) continue;
      if (members.get(id)?.memberN !== row.server.member_n) this.readSoon(id);
    }
  }

  /** Reads the list where nobody waits for it. */
  readSoon(id: ConversationId): void {
    if (hasLeft(this.#parts.replica.tables.conversations.get(id))) {
      this.#owed.delete(id);
      return;
    }
    this.#asked.add(id);
    this.#readNext();
  }

  /** Is no list being read? */
  get isIdle(): boolean {
    return this.#asked.size === 0;
  }

  /** A new device wants those of all its groups. */
  #readNext(): void {
    for (const id of this.#asked) {
      if (this.#reading.size >= parallelFills) return;
      if (this.#reading.has(id)) continue;
      this.#reading.add(id);
      const over = () => {
        this.#reading.delete(id);
        this.#asked.delete(id);
        this.#readNext();
      };
      this.#soon(id, this.read(id).finally(over));
    }
  }

  /** What records have said of lists. */
  hear({ members, lists }: Aftermath): void {
    for (const id of members) this.readSoon(id);
    for (const [id, { entries, named }] of lists) {
      const checked = this.#checkedFor(id);
      if (checked === null) continue;
      if (entries.length > 0) this.#soon(id, checked.take(id, entries));
      if (named.length > 0) this.#soon(id, checked.compare(id, named));
    }
  }

  /** Reads what could not be read. */
  retry(): void {
    for (const id of [...this.#owed]) this.readSoon(id);
    const { members, conversations } = this.#parts.replica.tables;
    // The server names another newest entry than the one here.
    for (const [id, { entry, memberN }] of members) {
      const { member_n, member_head } = conversations.get(id)?.server ?? {};
      if (entry === undefined || member_head === undefined || member_n !== memberN) continue;
      if (entry === `${memberN}.${member_head}` || this.#compared.get(id) === member_head) continue;
      this.#compared.set(id, member_head);
      this.readSoon(id);
    }
  }

  /**
   * A new connection: whatever is under way may have come to nothing, and what was not in order may be so now. What was
   * in order by another server's word, and sealed for, is looked at again: nobody says a second time that it changed.
   */
  up(): void {
    this.#asked.clear();
    this.#reading.clear();
    this.#compared.clear();
    this.checked?.up();
    for (const id of this.#used) this.#owed.add(id);
    this.#used.clear();
    const { conversations, members } = this.#parts.replica.tables;
    for (const [id, { fault }] of members) if (fault !== undefined) this.#owed.add(id);
    for (const [id, row] of conversations) {
      if (isSaid(row) && !members.has(id)) this.#owed.add(id);
      // Rows of before do not say who says what a group is called. What cannot be kept now is kept next time.
      if ('title' in row)
        this.#parts.inbox.take({ type: 'task', run: (draft) => gatherAgain(draft, id) }).catch(() => {});
    }
  }

  /** All lists that are here are about to be forgotten. */
  oweAll(): void {
    this.checked?.forget();
    for (const id of this.#parts.replica.tables.members.keys()) this.#owed.add(id);
  }

  #soon(id: ConversationId, work: Promise<void>): void {
    const done = work.then(
      () => {
        this.#owed.delete(id);
        this.#parts.onRead(id);
      },
      (error) => {
        if (isFinal(error)) this.#owed.delete(id);
        else this.#owed.add(id);
        this.#parts.onFailed(isFinal(error));
      },
    );
    inBackground(done);
  }

  #checkedFor(id: ConversationId): CheckedLists | null {
    return this.#parts.replica.tables.conversations.get(id)?.server.kind === 'group' ? this.checked : null;
  }

  /** As the server says. */
  #told(id: ConversationId): Promise<readonly Member[]> {
    const at_least = this.#memberN(id) ?? 0;
    return everyItem<Member>((cursor) => {
      const query = { limit: memberPage, at_least, ...(cursor && { cursor }) };
      return this.#parts.rest('listMembers', { params: { conversation_id: id }, query });
    }, maxGroupMembers);
  }

  #memberN(id: ConversationId): number | undefined {
    return this.#parts.replica.tables.conversations.get(id)?.server.member_n;
  }
}

/** Who has left is told no list any more. */
export function hasLeft(row: ConversationRow | undefined): boolean {
  return row !== undefined && row.server.role === undefined && row.server.left_seq !== undefined;
}

/** Has somebody said how this group stands? */
function isSaid({ titles, pictures }: ConversationRow): boolean {
  return titles !== undefined || pictures !== undefined;
}

// Reads the member lists of groups as they are now, when a record of their changes is missing. It promises that a list
// that could not be read is read once it can be. [SYN]
import type { AccountId, ConversationId, Member } from '@parley/protocol';
import { maxGroupMembers } from '@parley/protocol/limits';
import { inBackground } from './background.ts';
import { isFinal } from './error.ts';
import type { Inbox } from './inbox.ts';
import { memberPage } from './limits.ts';
import { everyItem } from './pages.ts';
import type { Replica } from './replica.ts';
import type { Rest } from './rest.ts';

interface MemberListsParts {
  readonly replica: Replica;
  readonly inbox: Inbox;
  readonly rest: Rest;
  /** Something is owed: call `retry` after a while. */
  readonly onOwed: () => void;
}

/** The leader's reading of member lists. */
export class MemberLists {
  readonly #parts: MemberListsParts;
  readonly #asked = new Set<ConversationId>();
  readonly #owed = new Set<ConversationId>();

  constructor(parts: MemberListsParts) {
    this.#parts = parts;
  }

  /** Reads the list; again when it changed meanwhile. Resolves when it is kept. */
  async read(id: ConversationId): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const memberN = this.#memberN(id);
      if (memberN === undefined) return;
      const items = await everyItem<Member>((cursor) => {
        const query = { limit: memberPage, ...(cursor && { cursor }) };
        return this.#parts.rest('listMembers', { params: { conversation_id: id }, query });
      }, maxGroupMembers);
      await this.#parts.inbox.take({ type: 'members', conversation: id, memberN, items });
      if (this.#memberN(id) === memberN) return;
    }
  }

  /** For the groups on screen whose newest message is an own one: its tick depends on who is in them. */
  readForTicks(shown: readonly ConversationId[], me: AccountId): void {
    const { conversations, members } = this.#parts.replica.tables;
    for (const id of shown) {
      const row = conversations.get(id);
      if (row?.server.kind !== 'group' || row.last?.sender !== me) continue;
      if (members.get(id)?.memberN !== row.server.member_n) this.readSoon(id);
    }
  }

  /** Reads the list where nobody waits for it. */
  readSoon(id: ConversationId): void {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    const reading = this.read(id).then(
      () => this.#owed.delete(id),
      (error) => {
        this.#owed.delete(id);
        if (isFinal(error)) return;
        this.#owed.add(id);
        this.#parts.onOwed();
      },
    );
    inBackground(reading.finally(() => this.#asked.delete(id)));
  }

  /** Reads what could not be read. */
  retry(): void {
    for (const id of [...this.#owed]) this.readSoon(id);
  }

  /** A new connection: whatever is under way may have come to nothing. */
  up(): void {
    this.#asked.clear();
  }

  /** All lists that are here are about to be forgotten. */
  oweAll(): void {
    for (const id of this.#parts.replica.tables.members.keys()) this.#owed.add(id);
  }

  #memberN(id: ConversationId): number | undefined {
    return this.#parts.replica.tables.conversations.get(id)?.server.member_n;
  }
}

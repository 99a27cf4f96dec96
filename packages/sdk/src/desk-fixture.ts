// The other end of catching up: a server's history in memory that answers every `sync` as docs/spec/syn.md says.
import type { Changes, ConversationId, Envelope, FramesUp, Messages } from '@parley/protocol';
import { maxPageItems } from '@parley/protocol/limits';
import { changes, messages, record, type Stage, type WireChanges, wire } from './client-fixture.ts';

type Question = FramesUp['sync'];

/** Conversations, each with its records; `since` counts the records that were told of. */
export class Desk {
  readonly #records = new Map<ConversationId, Envelope[]>();
  readonly #more = new Map<ConversationId, WireChanges>();
  readonly #answered = new Set<string>();
  /** Most items of a page. */
  page = maxPageItems;

  open(id: ConversationId, more: WireChanges = {}): void {
    this.#records.set(id, this.#records.get(id) ?? []);
    this.#more.set(id, { ...this.#more.get(id), ...more });
  }

  /** A new record; nobody hears of it by itself. */
  say(id: ConversationId, more: Partial<Envelope> = {}): Envelope {
    const records = this.#records.get(id) ?? [];
    const seq = records.length + 1;
    const counts = (more.kind ?? 'content') === 'content';
    const made = record(id, seq, { ord: (records.at(-1)?.ord ?? 0) + (counts ? 1 : 0), ...more });
    this.#records.set(id, [...records, made]);
    return made;
  }

  /** The server is restored from a backup: only so many records are left. */
  cut(id: ConversationId, length: number): void {
    this.#records.get(id)?.splice(length);
  }

  /** A record looks different from here on, as after a delete. */
  replace(id: ConversationId, seq: number, more: Partial<Envelope>): void {
    const records = this.#records.get(id) ?? [];
    const before = records[seq - 1];
    if (before !== undefined) records[seq - 1] = { ...before, ...more };
  }

  forget(id: ConversationId): void {
    this.#records.delete(id);
  }

  list() {
    return [...this.#records].map(([id, records]) => {
      const { seq: head = 0, ord = 0 } = records.at(-1) ?? {};
      return wire(id, { ...this.#more.get(id), head, ord });
    });
  }

  /** Answers everything that was asked on this socket and not answered, and what is asked upon that. */
  async serve(stage: Stage): Promise<void> {
    for (;;) {
      const open = stage.socket.of('sync').filter(({ ref }) => !this.#answered.has(this.#key(stage, ref)));
      if (open.length === 0) return;
      for (const question of open) {
        this.#answered.add(this.#key(stage, question.ref));
        await stage.answer(question, this.answer(question));
      }
    }
  }

  answer(question: Question): Messages | Changes {
    const { conversation_id: id } = question;
    if (id === undefined) return changes(this.list(), { since: `s${this.#count()}` });
    const records = this.#records.get(id) ?? [];
    const head = records.length;
    const limit = Math.min(question.limit ?? this.page, this.page);
    if (question.after !== undefined) {
      const to = Math.min(head, question.after + limit);
      return messages(id, question.after + 1, to, records.slice(question.after, to), { head, has_more: to < head });
    }
    const below = Math.min(question.before ?? head + 1, head + 1);
    const from = Math.max(1, below - limit);
    return messages(id, from, below - 1, records.slice(from - 1, below - 1), { head, has_more: from > 1 });
  }

  #count(): number {
    return [...this.#records.values()].reduce((sum, records) => sum + records.length, 0);
  }

  #key(stage: Stage, ref: string): string {
    return `${stage.seed}/${stage.sockets.all.length}/${ref}`;
  }
}

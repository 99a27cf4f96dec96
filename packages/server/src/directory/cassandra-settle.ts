// Finishes what changes of owners demand elsewhere, for this process and for those that died. Promise: what is due is
// done before anybody reads what it is about, in whatever order and by however many at once, and as if it were done once.
import { assert } from '../kernel/assert.ts';
import { endedKeptMs } from '../kernel/limits.ts';
import type { CassandraAnswers } from './cassandra-answers.ts';
import type { Due, Ended, KeyChange } from './cassandra-dues.ts';
import type { List } from './cassandra-list.ts';
import { handlesOwner } from './cassandra-names.ts';
import { asBefore, type Decision, type Owners, type Root, type Write } from './cassandra-owners.ts';
import type { Shelves } from './cassandra-shelves.ts';
import type { Work } from './cassandra-work.ts';

/** What settling is done with. */
export interface SettleParts {
  readonly owners: Owners;
  readonly work: Work;
  readonly ended: List;
  readonly changes: List;
  readonly shelves: Shelves;
  readonly answers: CassandraAnswers;
}

/** Something that stands at a key of `due`. */
interface Standing {
  readonly key: string;
  readonly due: Due;
}

/** Changes with consequences. */
export class Settle {
  readonly #parts: SettleParts;
  /** Owners that are finished in a way of their own, by the first word of their name. */
  readonly #own = new Map<string, (owner: string) => Promise<void>>();

  constructor(parts: SettleParts) {
    this.#parts = parts;
  }

  /** How owners of this kind are finished. */
  finishes(kind: string, finish: (owner: string) => Promise<void>): void {
    this.#own.set(kind, finish);
  }

  /** A change of an owner with all that is due because of it, or that only `finishes` knows of. */
  async change<T>(owner: string, decide: (root: Root | null) => Promise<Decision<T>>): Promise<T> {
    const { owners, work } = this.#parts;
    const lane = work.lane(owner);
    let written = false;
    try {
      const answer = await owners.change(owner, decide, async () => {
        written = true;
        await lane.note();
      });
      if (written) await this.finish(owner);
      await lane.done();
      return answer;
    } catch (error) {
      lane.left();
      throw error;
    }
  }

  /** Finishes what others have begun. Whoever reads what is due somewhere calls this first. */
  async others(): Promise<void> {
    const { owners, work } = this.#parts;
    for (const note of await work.others()) {
      await this.finish(note.owner);
      if (!work.isOld(note)) continue;
      // Whoever wrote this note and has not changed the owner yet cannot do it any more, but with a new note.
      await owners.change(note.owner, async (root) => ({ answer: null, write: { root: asBefore(root) } }));
      await this.finish(note.owner);
      await work.strike(note);
    }
  }

  async finish(owner: string): Promise<void> {
    const own = this.#own.get(owner.slice(0, owner.indexOf(' ')));
    if (own === undefined) await this.dues(owner);
    else await own(owner);
  }

  /** Does what is due because of an owner, and strikes it off. */
  async dues(owner: string): Promise<void> {
    const { owners } = this.#parts;
    const standing = await this.#standing(owner);
    if (standing.length === 0) return;
    const numbers = new Map<KeyChange, number>();
    for (const { type, n } of await this.#numbers(owner)) numbers.set(type, n);
    // Entries of lists follow each other; all else is apart, and done at once.
    const [listed, apart] = [standing.filter(isListed), standing.filter((each) => !isListed(each))];
    const others = Promise.all(apart.map((each) => this.#perform(owner, each, numbers)));
    const inOrder = async () => {
      for (const each of listed) await this.#perform(owner, each, numbers);
    };
    await Promise.all([others, inOrder()]);
    await owners.change(owner, async (root) => {
      assert(root !== null, 'an owner that was changed is there');
      const there = new Set((await this.#standing(owner)).map(({ key }) => key));
      const done = standing.filter(({ key }) => there.has(key));
      if (done.length === 0) return { answer: null };
      const now = new Map((await this.#numbers(owner)).map(({ type, n }) => [type, n]));
      const risen = [...numbers].filter(([type, n]) => n > (now.get(type) ?? 0));
      const write: Write = {
        root: asBefore(root),
        remove: done.map(({ key }) => ['due', key]),
        put: risen.map(([type, n]) => ({ kind: 'change', key: type, value: n })),
      };
      return { answer: null, write };
    });
  }

  /** What is due because of an owner. */
  async #standing(owner: string): Promise<readonly Standing[]> {
    const rows = await this.#parts.owners.slices.kinds(owner, ['due']);
    return rows.map(({ key, value }) => ({ key, due: value as Due }));
  }

  /** Where the changes of an account's keys stand in the list. */
  async #numbers(owner: string): Promise<readonly { readonly type: KeyChange; readonly n: number }[]> {
    const rows = await this.#parts.owners.slices.kinds(owner, ['change']);
    return rows.map(({ key, value }) => ({ type: key as KeyChange, n: Number(value) }));
  }

  async #perform(owner: string, { key, due }: Standing, numbers: Map<KeyChange, number>): Promise<void> {
    const { answers, changes, ended, shelves } = this.#parts;
    const effect = `${owner} ${key}`;
    const stamp = Number(key.slice(0, key.indexOf(' ')));
    switch (due.type) {
      case 'ended':
        await ended.append({ effect, from: due.from, values: due.entries, isOld: forgetsBefore(due.entries) });
        return;
      case 'change': {
        const { account, change, from } = due;
        const before = numbers.get(change);
        const instead = before === undefined ? {} : { instead: before };
        const n = await changes.append({ effect, from, values: [{ account, change }], ...instead });
        if (before !== undefined && before < n) await changes.remove(before);
        numbers.set(change, n);
        return;
      }
      case 'enter':
        return this.#place(due.account, due.handle, true);
      case 'leave':
        return this.#place(due.account, due.handle, false);
      case 'found':
        return shelves.move(due.account, due.was, due.is, stamp);
      case 'intent':
        return shelves.addIntent(due.intent, stamp);
      case 'close':
        await Promise.all(due.owners.map((each) => this.#close(each)));
        return shelves.forgetTimes(due.devices);
      case 'forget':
        return shelves.forget(due.pointers);
      case 'answers':
        return answers.drop(due.caller);
    }
  }

  /** The account has its place among all handles, and is counted; or it had one, and never has one again. */
  async #place(account: string, handle: string, isHere: boolean): Promise<void> {
    const owner = handlesOwner(handle);
    await this.#parts.owners.change(owner, async (root) => {
      const names = [['handle', handle] as const, ['left', account] as const];
      const there = await this.#parts.owners.slices.named(owner, names);
      const hasLeft = there.has(`left ${account}`);
      if (hasLeft || (isHere && there.has(`handle ${handle}`))) return { answer: null };
      const { count } = (root?.value as { count: number } | undefined) ?? { count: 0 };
      if (isHere) {
        const put = [{ kind: 'handle', key: handle, value: account }];
        return { answer: null, write: { root: { count: count + 1 }, put } };
      }
      const put = [{ kind: 'left', key: account, value: null }];
      const remove = [['handle', handle] as const];
      return { answer: null, write: { root: { count: count - Number(there.has(`handle ${handle}`)) }, put, remove } };
    });
  }

  /** Nothing is ever put there again. */
  async #close(owner: string): Promise<void> {
    await this.#parts.owners.change(owner, async (root) => {
      if (isClosed(root)) return { answer: null };
      const kinds = ['free', 'given', 'known', 'fallback', 'waiting', 'txn', 'session', 'n'];
      return { answer: null, write: { root: { closed: true }, clear: kinds } };
    });
  }
}

/** Does the owner take nothing any more? */
export function isClosed(root: Root | null): boolean {
  return (root?.value as { closed?: boolean } | undefined)?.closed === true;
}

function isListed({ due }: Standing): boolean {
  return due.type === 'ended' || due.type === 'change';
}

/** Entries of more than a day before these are forgotten. */
function forgetsBefore(entries: readonly Ended[]): (value: unknown) => boolean {
  const time = Math.max(...entries.map((each) => each.time));
  return (value) => (value as Ended).time <= time - endedKeptMs;
}

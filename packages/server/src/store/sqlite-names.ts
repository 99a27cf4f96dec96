// Numbers for names (conversations, accounts, logs) in the two large tables: 3 bytes instead of 24 in each row and
// each index entry. A number is never given to another name. One connection, one thread.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { maxCachedNames } from '../kernel/limits.ts';

/** Looks names up and, on the writer's connection, gives them their number. */
export class Names {
  readonly #select: StatementSync;
  readonly #selectName: StatementSync;
  readonly #insert: StatementSync;
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT number FROM names WHERE name = ?', { returnArrays: true });
    this.#selectName = db.prepare('SELECT name FROM names WHERE number = ?', { returnArrays: true });
    this.#insert = db.prepare('INSERT INTO names (name) VALUES (?)');
  }

  /** Its number; a new one when it has none. */
  give(name: string): number {
    const known = this.find(name);
    if (known !== undefined) return known;
    return this.#keep(name, Number(this.#insert.run(name).lastInsertRowid));
  }

  /** Its number, if it has one. */
  find(name: string): number | undefined {
    const cached = this.#numbers.get(name);
    if (cached !== undefined) return cached;
    const row = this.#select.get(name) as readonly [number] | undefined;
    return row === undefined ? undefined : this.#keep(name, row[0]);
  }

  /** The name of a number that `give` gave. */
  nameOf(number: number): string | undefined {
    const cached = this.#names.get(number);
    if (cached !== undefined) return cached;
    const row = this.#selectName.get(number) as readonly [string] | undefined;
    if (row === undefined) return undefined;
    if (this.#names.size >= maxCachedNames) this.#names.clear();
    this.#names.set(number, row[0]);
    return row[0];
  }

  /** What was given in a transaction that is rolled back does not count. */
  forget(): void {
    this.#numbers.clear();
  }

  #keep(name: string, number: number): number {
    if (this.#numbers.size >= maxCachedNames) this.#numbers.clear();
    this.#numbers.set(name, number);
    return number;
  }
}

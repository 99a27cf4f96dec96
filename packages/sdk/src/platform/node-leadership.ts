// Several processes on one profile. Who leads holds an exclusive transaction on `lead.db`, which the system lets go
// when the process ends, however it ends. What they tell each other are rows in `posts.db`, read every tenth of a
// second and written only while somebody else is there. [LOC]

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ChatError } from '../error.ts';
import type { Leadership } from '../ports.ts';
import { isSqlite, makePrivate, tryLock } from './node-lock.ts';

const pollMs = 100;
const presentMs = 30_000;
const maxPosts = 2_000;
const gap = JSON.stringify({ post: 'gap' });

interface Statements {
  readonly others: StatementSync;
  readonly say: StatementSync;
  readonly trim: StatementSync;
  readonly newer: StatementSync;
  readonly version: StatementSync;
}

/** One process among those that use a folder. */
export class FolderLeadership implements Leadership {
  readonly #lockPath: string;
  readonly #posts: DatabaseSync;
  readonly #statements: Statements;
  readonly #name = randomUUID();
  readonly #listeners = new Set<(message: unknown) => void>();
  #seen: number;
  #version: unknown;
  #polling: NodeJS.Timeout | null = null;
  #presentAt = 0;
  /** Something could not be told: the others must read their tables again. */
  #owesGap = false;

  constructor(folder: string) {
    this.#lockPath = join(folder, 'lead.db');
    const path = join(folder, 'posts.db');
    for (const file of [this.#lockPath, path]) makePrivate(file);
    this.#posts = new DatabaseSync(path, { timeout: 5_000 });
    this.#posts.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON;
      CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, text TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS present (name TEXT PRIMARY KEY, until INTEGER NOT NULL);`);
    this.#statements = prepare(this.#posts);
    this.#seen = this.#newest();
    this.#version = this.#dataVersion();
  }

  async acquire(signal: AbortSignal): Promise<{ release(): void }> {
    for (;;) {
      if (signal.aborted) throw new ChatError('client.aborted');
      const lock = tryLock(this.#lockPath);
      if (lock !== null) return lock;
      await sleep(pollMs, signal);
    }
  }

  post(message: unknown): void {
    const { others, say, trim } = this.#statements;
    try {
      if (others.get(this.#name, Date.now()) === undefined) return;
      if (this.#owesGap) say.run(this.#name, gap);
      this.#owesGap = false;
      const { lastInsertRowid: id } = say.run(this.#name, JSON.stringify(message));
      trim.run(Number(id) - maxPosts);
    } catch {
      this.#owesGap = true;
    }
  }

  subscribe(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener);
    if (this.#polling === null) {
      this.#present();
      // Keeps the program alive, as an open client does.
      this.#polling = setInterval(() => this.#poll(), pollMs);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#leave();
    };
  }

  async clear(): Promise<void> {
    this.#posts.exec('DELETE FROM posts; PRAGMA wal_checkpoint(TRUNCATE);');
  }

  /** What cannot be read now is read the next time. */
  #poll(): void {
    try {
      if (Date.now() - this.#presentAt > presentMs / 2) this.#present();
      if (this.#owesGap) this.post({ post: 'gap' });
      const version = this.#dataVersion();
      if (version === this.#version) return;
      const rows = this.#statements.newer.all(this.#seen) as { id: number; sender: string; text: string }[];
      this.#version = version;
      for (const row of rows) this.#hear(row);
    } catch (error) {
      if (!isSqlite(error)) throw error;
    }
  }

  #hear({ id, sender, text }: { readonly id: number; readonly sender: string; readonly text: string }): void {
    // Posts were dropped before they were read: the tables must be read again.
    const missed = id > this.#seen + 1;
    this.#seen = id;
    if (missed) for (const hear of [...this.#listeners]) hear(JSON.parse(gap));
    if (sender !== this.#name) for (const hear of [...this.#listeners]) hear(JSON.parse(text));
  }

  #present(): void {
    const now = Date.now();
    this.#posts.prepare('INSERT OR REPLACE INTO present VALUES (?, ?)').run(this.#name, now + presentMs);
    this.#posts.prepare('DELETE FROM present WHERE until < ?').run(now);
    this.#presentAt = now;
  }

  #leave(): void {
    if (this.#polling !== null) clearInterval(this.#polling);
    this.#polling = null;
    try {
      this.#posts.prepare('DELETE FROM present WHERE name = ?').run(this.#name);
    } catch (error) {
      // It is forgotten by itself after a while.
      if (!isSqlite(error)) throw error;
    }
    this.#posts.close();
  }

  #newest(): number {
    const row = this.#posts.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'posts'").get() as
      | { seq: number }
      | undefined;
    return row?.seq ?? 0;
  }

  #dataVersion(): unknown {
    return (this.#statements.version.get() as { data_version: unknown }).data_version;
  }
}

function prepare(posts: DatabaseSync): Statements {
  return {
    others: posts.prepare('SELECT 1 FROM present WHERE name != ? AND until > ?'),
    say: posts.prepare('INSERT INTO posts (sender, text) VALUES (?, ?)'),
    trim: posts.prepare('DELETE FROM posts WHERE id <= ?'),
    newer: posts.prepare('SELECT id, sender, text FROM posts WHERE id > ? ORDER BY id'),
    version: posts.prepare('PRAGMA data_version'),
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

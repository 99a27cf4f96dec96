// Several processes on one profile. Who leads holds an exclusive transaction on `lead.db`, which the system lets go
// when the process ends, however it ends. What they tell each other are rows in `posts.db`, read every tenth of a
// second and written only while somebody else is there. [LOC]

import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ChatError } from '../error.ts';
import type { Leadership } from '../ports.ts';

const pollMs = 100;
const presentMs = 30_000;
const maxPosts = 2_000;

/** One process among those that use a folder. */
export class FolderLeadership implements Leadership {
  readonly #lockPath: string;
  readonly #posts: DatabaseSync;
  readonly #name = randomUUID();
  readonly #listeners = new Set<(message: unknown) => void>();
  #seen: number;
  #version: unknown;
  #polling: NodeJS.Timeout | null = null;
  #presentAt = 0;

  constructor(folder: string) {
    this.#lockPath = join(folder, 'lead.db');
    const path = join(folder, 'posts.db');
    for (const file of [this.#lockPath, path]) closeSync(openSync(file, 'a', 0o600));
    this.#posts = new DatabaseSync(path, { timeout: 5_000 });
    this.#posts.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, text TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS present (name TEXT PRIMARY KEY, until INTEGER NOT NULL);`);
    this.#seen = this.#newest();
    this.#version = this.#dataVersion();
  }

  async acquire(signal: AbortSignal): Promise<{ release(): void }> {
    for (;;) {
      if (signal.aborted) throw new ChatError('client.aborted');
      const lock = new DatabaseSync(this.#lockPath, { timeout: 0 });
      try {
        lock.exec('BEGIN EXCLUSIVE');
        return { release: () => lock.isOpen && lock.close() };
      } catch (error) {
        lock.close();
        if (!isBusy(error)) throw error;
      }
      await sleep(pollMs, signal);
    }
  }

  post(message: unknown): void {
    const now = Date.now();
    const others = this.#posts.prepare('SELECT 1 FROM present WHERE name != ? AND until > ?').get(this.#name, now);
    if (others === undefined) return;
    const { lastInsertRowid: id } = this.#posts
      .prepare('INSERT INTO posts (sender, text) VALUES (?, ?)')
      .run(this.#name, JSON.stringify(message));
    this.#posts.prepare('DELETE FROM posts WHERE id <= ?').run(Number(id) - maxPosts);
  }

  subscribe(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener);
    if (this.#polling === null) {
      this.#present();
      this.#polling = setInterval(() => this.#poll(), pollMs);
      this.#polling.unref();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#leave();
    };
  }

  #poll(): void {
    if (Date.now() - this.#presentAt > presentMs / 2) this.#present();
    const version = this.#dataVersion();
    if (version === this.#version) return;
    this.#version = version;
    const rows = this.#posts.prepare('SELECT id, sender, text FROM posts WHERE id > ? ORDER BY id').all(this.#seen);
    for (const { id, sender, text } of rows as { id: number; sender: string; text: string }[]) {
      // Posts were dropped before they were read: the tables must be read again.
      if (id > this.#seen + 1) for (const hear of [...this.#listeners]) hear({ post: 'gap' });
      this.#seen = id;
      if (sender !== this.#name) for (const hear of [...this.#listeners]) hear(JSON.parse(text));
    }
  }

  #present(): void {
    this.#presentAt = Date.now();
    this.#posts.prepare('INSERT OR REPLACE INTO present VALUES (?, ?)').run(this.#name, this.#presentAt + presentMs);
    this.#posts.prepare('DELETE FROM present WHERE until < ?').run(this.#presentAt);
  }

  #leave(): void {
    if (this.#polling !== null) clearInterval(this.#polling);
    this.#polling = null;
    this.#posts.prepare('DELETE FROM present WHERE name = ?').run(this.#name);
    this.#posts.close();
  }

  #newest(): number {
    const row = this.#posts.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'posts'").get() as
      | { seq: number }
      | undefined;
    return row?.seq ?? 0;
  }

  #dataVersion(): unknown {
    return (this.#posts.prepare('PRAGMA data_version').get() as { data_version: unknown }).data_version;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

// The tables of a directory in Cassandra. `owned` has everything that must change together, one partition an owner, by
// conditional writes alone; the others are found by a key of their own, and what they say holds only as far as the
// owner says the same. Decision 0015 has the reasons.
import type { Schema } from '../engines/cassandra-session.ts';

/** `$` stands for the keyspace. */
export const directorySchema: Schema = {
  name: 'directory',
  steps: [
    [
      `CREATE TABLE IF NOT EXISTS $.owned (owner text, kind text, key text, value text, version bigint, marks text,
        PRIMARY KEY (owner, kind, key)) WITH compaction = {'class': 'UnifiedCompactionStrategy'}`,
      // Token, secret of an invitation or handle → where it stands.
      `CREATE TABLE IF NOT EXISTS $.pointers (pointer text PRIMARY KEY, place text)`,
      // Times of devices: each is its own stamp, so they only rise.
      `CREATE TABLE IF NOT EXISTS $.seen (device text PRIMARY KEY, last_seen_at bigint, old_token_used_at bigint,
        proved_at bigint)`,
      // Who is found, by the beginning of a handle or name; operators.
      `CREATE TABLE IF NOT EXISTS $.found (shelf text, key text, handle text, account text,
        PRIMARY KEY (shelf, key, handle))`,
      `CREATE TABLE IF NOT EXISTS $.intents (shelf int, intent text, value text, stamp bigint,
        PRIMARY KEY (shelf, intent)) WITH gc_grace_seconds = 86400`,
      `CREATE TABLE IF NOT EXISTS $.answers (id text PRIMARY KEY, caller text, sealed text, until bigint, turn bigint)
        WITH gc_grace_seconds = 86400`,
      // What every process is about to write that has consequences elsewhere, so that others finish it.
      `CREATE TABLE IF NOT EXISTS $.work (part int, process text, lane int, owner text, stamp bigint,
        PRIMARY KEY (part, process, lane)) WITH gc_grace_seconds = 3600`,
    ],
    [
      // Which message a file belongs to, and what the files of an account take.
      `CREATE TABLE IF NOT EXISTS $.files (blob text PRIMARY KEY, account text, conversation text, message text,
        bytes bigint, created_at bigint)`,
      `CREATE TABLE IF NOT EXISTS $.file_sizes (account text, blob text, bytes bigint, PRIMARY KEY (account, blob))`,
    ],
  ],
};

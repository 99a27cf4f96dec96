// The tables of encryption in the directory's file. Never change what was released: another step follows it.

/** From version 1 of the file to version 2. */
export const keysTables = `
  CREATE TABLE device_keys (
    turn INTEGER PRIMARY KEY, device TEXT NOT NULL UNIQUE, account TEXT NOT NULL, json TEXT NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX device_keys_by_account ON device_keys (account, state, turn);
  CREATE TABLE identities (
    account TEXT PRIMARY KEY, version INTEGER NOT NULL, master TEXT NOT NULL, self_signing TEXT NOT NULL,
    user_signing TEXT NOT NULL
  ) STRICT;
  CREATE TABLE one_time_keys (
    turn INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL,
    given INTEGER NOT NULL, UNIQUE (device, id)
  ) STRICT;
  CREATE INDEX one_time_keys_by_turn ON one_time_keys (device, given, turn);
  CREATE TABLE fallback_keys (
    device TEXT PRIMARY KEY, id TEXT NOT NULL, json TEXT NOT NULL, used INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE key_changes (
    n INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, change TEXT NOT NULL, UNIQUE (account, change)
  ) STRICT;
  CREATE TABLE queues (
    device TEXT PRIMARY KEY, head INTEGER NOT NULL, held INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE queues_begin (above INTEGER NOT NULL) STRICT;
  INSERT INTO queues_begin VALUES (0);
  CREATE TABLE to_device (
    turn INTEGER PRIMARY KEY, device TEXT NOT NULL, n INTEGER NOT NULL, sender TEXT NOT NULL,
    sender_device TEXT NOT NULL, txn TEXT NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL, bytes INTEGER NOT NULL,
    UNIQUE (device, n)
  ) STRICT;
  CREATE TABLE to_device_txns (
    sender_device TEXT NOT NULL, txn TEXT NOT NULL, time INTEGER NOT NULL, devices TEXT NOT NULL,
    PRIMARY KEY (sender_device, txn)
  ) STRICT;
  CREATE INDEX to_device_txns_by_time ON to_device_txns (time);
  CREATE TABLE vault (
    account TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (account, name)
  ) STRICT;
  CREATE TABLE backups (account TEXT PRIMARY KEY, held INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE backup_rows (
    turn INTEGER PRIMARY KEY, account TEXT NOT NULL, n INTEGER NOT NULL, session TEXT NOT NULL,
    conversation TEXT NOT NULL, epoch INTEGER NOT NULL, first_index INTEGER NOT NULL, value TEXT NOT NULL,
    UNIQUE (account, n), UNIQUE (account, session)
  ) STRICT;
  CREATE TABLE dehydrated (
    account TEXT PRIMARY KEY, device TEXT NOT NULL UNIQUE, data TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT;
`;

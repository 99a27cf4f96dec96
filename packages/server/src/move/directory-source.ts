// An embedded directory, whole: read in pages in the order of keys, for a move. It never writes, and decides nothing.
import type { AccountId, DeviceId, InviteId } from '@parley/protocol';
import type { AnswerRow } from '../directory/answers.ts';
import type { AccountRow, DeviceRow, EndedRow, InviteRow } from '../directory/directory.ts';
import type { FileRow } from '../directory/files.ts';
import type {
  BackupRow,
  DehydratedRow,
  IdentityRow,
  KeyChangeRow,
  OneTimeKeyRow,
  ToDeviceRow,
  VaultItem,
} from '../directory/keys.ts';
import type { SqliteFile } from '../directory/sqlite-file.ts';
import * as keyReads from '../directory/sqlite-keys-reads.ts';
import * as reads from '../directory/sqlite-reads.ts';
import { assert } from '../kernel/assert.ts';
import { movePageAccounts, movePageRows } from '../kernel/engine-limits.ts';
import { numbersPerEpoch } from '../kernel/limits.ts';

/** Everything of an account that is small. Lists are oldest first. */
export interface WholeAccount {
  readonly row: AccountRow;
  readonly claim: string;
  readonly devices: readonly (DeviceRow & {
    readonly tokens: readonly { hash: string; state: 'current' | 'next' | 'old' }[];
  })[];
  readonly keys: readonly {
    readonly device: DeviceId;
    readonly json: string;
    readonly state: 'present' | 'former' | 'spent';
  }[];
  readonly identity: IdentityRow | undefined;
  readonly vault: readonly VaultItem[];
  readonly dehydrated: DehydratedRow | undefined;
  readonly invites: readonly InviteRow[];
  readonly redemptions: readonly { readonly invite: InviteId; readonly account: AccountId }[];
  readonly changes: readonly KeyChangeRow[];
}

/** One-time keys of a device, oldest first. */
export interface WholePool {
  readonly device: DeviceId;
  readonly keys: readonly (OneTimeKeyRow & { readonly turn: number; readonly given: 0 | 1 })[];
  readonly fallback: (OneTimeKeyRow & { readonly used: 0 | 1 }) | undefined;
}

/** What was sent with one name, and to whom. */
export interface SentRow {
  readonly senderDevice: DeviceId;
  readonly txn: string;
  readonly time: number;
  readonly devices: readonly DeviceId[];
}

/** Tables whose rows are counted. */
type Counted =
  | 'accounts'
  | 'one_time_keys'
  | 'to_device'
  | 'to_device_txns'
  | 'backup_rows'
  | 'key_changes'
  | 'ended'
  | 'intents'
  | 'answers'
  | 'files'
  | 'reports';

export class DirectorySource {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  count(table: Counted): number {
    return this.#file.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0;
  }

  accounts(after: string): readonly WholeAccount[] {
    const sql = `SELECT account, claim FROM accounts WHERE account > ? ORDER BY account LIMIT ${movePageAccounts}`;
    return this.#file
      .all<{ account: AccountId; claim: string }>(sql, after)
      .map(({ account, claim }) => this.#account(account, claim));
  }

  /** How many handles begin with each character. */
  handles(): readonly { readonly first: string; readonly count: number }[] {
    return this.#file.all(`SELECT substr(handle, 1, 1) AS first, count(*) AS count FROM accounts
      WHERE handle IS NOT NULL GROUP BY first ORDER BY first`);
  }

  pools(after: string): readonly WholePool[] {
    const sql = `SELECT device FROM (SELECT device FROM one_time_keys UNION SELECT device FROM fallback_keys)
      WHERE device > ? ORDER BY device LIMIT ${movePageAccounts}`;
    return this.#file.all<{ device: DeviceId }>(sql, after).map(({ device }) => ({
      device,
      keys: this.#file.all(`SELECT id, json, turn, given FROM one_time_keys WHERE device = ? ORDER BY turn`, device),
      fallback: this.#file.get(`SELECT id, json, used FROM fallback_keys WHERE device = ?`, device),
    }));
  }

  /** Queues of devices: the number of the last row that came. */
  queues(after: string): readonly { readonly device: DeviceId; readonly head: number }[] {
    const sql = `SELECT device, head FROM queues WHERE device > ? ORDER BY device LIMIT ${movePageAccounts}`;
    return this.#file.all(sql, after);
  }

  queue(device: DeviceId, after: number): readonly (ToDeviceRow & { readonly n: number })[] {
    return keyReads.queuePage(this.#file, device, after, movePageRows);
  }

  sent(senderDevice: string, txn: string): readonly SentRow[] {
    const sql = `SELECT sender_device AS senderDevice, txn, time, devices FROM to_device_txns
      WHERE (sender_device, txn) > (?, ?) ORDER BY sender_device, txn LIMIT ${movePageRows}`;
    return this.#file
      .all<Omit<SentRow, 'devices'> & { devices: string }>(sql, senderDevice, txn)
      .map((row) => ({ ...row, devices: JSON.parse(row.devices) as DeviceId[] }));
  }

  roomKeys(account: string, n: number): readonly (BackupRow & { readonly account: AccountId; readonly n: number })[] {
    return this.#file.all(
      `SELECT account, n, epoch, conversation, session, first_index AS firstIndex, value FROM backup_rows
        WHERE (account, n) > (?, ?) ORDER BY account, n LIMIT ${movePageRows}`,
      account,
      n,
    );
  }

  /** Room keys of an account by epoch, and the number of the newest. */
  roomKeyCounts(account: AccountId): { readonly head: number; readonly held: Readonly<Record<string, number>> } {
    const sql = `SELECT epoch, count(*) AS count, max(n) AS head FROM backup_rows WHERE account = ? GROUP BY epoch`;
    const rows = this.#file.all<{ epoch: number; count: number; head: number }>(sql, account);
    return {
      head: Math.max(0, ...rows.map(({ head }) => head)),
      held: Object.fromEntries(rows.map(({ epoch, count }) => [epoch, count])),
    };
  }

  keyChanges(after: number): readonly KeyChangeRow[] {
    return keyReads.keyChanges(this.#file, after, movePageRows).rows;
  }

  ended(after: number): readonly (EndedRow & { readonly time: number })[] {
    const sql = `SELECT n, device, reason, time FROM ended WHERE n > ? ORDER BY n LIMIT ${movePageRows}`;
    return this.#file.all(sql, after);
  }

  /** The last number of a list that was given. */
  head(list: 'key_changes' | 'ended'): number {
    return this.#file.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = ?`, list)?.seq ?? 0;
  }

  /** The numbers of a list in stretches of `size`: which of them have entries, after this one. */
  stretches(list: 'key_changes' | 'ended', size: number, after: number): readonly number[] {
    const next = `SELECT (min(n) - 1) / ${size} AS stretch FROM ${list} WHERE n > ?`;
    const found: number[] = [];
    for (let last = after; found.length < movePageRows; ) {
      const stretch = this.#file.get<{ stretch: number | null }>(next, (last + 1) * size)?.stretch ?? null;
      if (stretch === null) break;
      found.push(stretch);
      last = stretch;
    }
    return found;
  }

  intents(limit: number) {
    return reads.openIntents(this.#file, limit);
  }

  answers(turn: number): readonly { readonly turn: number; readonly row: AnswerRow }[] {
    const sql = `SELECT turn, id, caller, sealed, until FROM answers WHERE turn > ? ORDER BY turn LIMIT ${movePageRows}`;
    return this.#file
      .all<AnswerRow & { readonly turn: number }>(sql, turn)
      .map(({ turn, id, caller, sealed, until }) => ({ turn, row: { id, caller, sealed, until } }));
  }

  files(after: string): readonly FileRow[] {
    const sql = `SELECT blob, account, conversation, message, bytes, created_at AS createdAt FROM files
      WHERE blob > ? ORDER BY blob LIMIT ${movePageRows}`;
    return this.#file.all<FileRow>(sql, after).map((row) => ({ ...row }));
  }

  /** Of the last restore; 0: there was none. */
  epoch(): number {
    const above = this.#file.get<{ above: number }>(`SELECT above FROM queues_begin`)?.above ?? 0;
    return above / numbersPerEpoch;
  }

  #account(account: AccountId, claim: string): WholeAccount {
    const row = reads.accountById(this.#file, account);
    assert(row !== undefined, 'an account that is listed is there');
    return {
      row: { ...row },
      claim,
      devices: reads.devicesOf(this.#file, account).map((device) => ({
        ...device,
        tokens: this.#file
          .all<{ hash: string; state: 'current' | 'next' | 'old' }>(
            `SELECT token_hash AS hash, state FROM tokens WHERE device = ? ORDER BY turn`,
            device.device,
          )
          .map((token) => ({ ...token })),
      })),
      keys: this.#file.all(`SELECT device, json, state FROM device_keys WHERE account = ? ORDER BY turn`, account),
      identity: keyReads.identityOf(this.#file, account),
      vault: keyReads.vaultItems(this.#file, account),
      dehydrated: keyReads.dehydratedOf(this.#file, account),
      invites: this.#file
        .all<{ secret: string }>(`SELECT secret_hash AS secret FROM invites WHERE inviter = ? ORDER BY invite`, account)
        .flatMap(({ secret }) => reads.inviteBySecret(this.#file, secret) ?? []),
      redemptions: this.#file.all(
        `SELECT r.invite, r.account FROM redemptions r JOIN invites i USING (invite) WHERE i.inviter = ?
          ORDER BY r.invite, r.account`,
        account,
      ),
      changes: this.#file.all(`SELECT n, account, change FROM key_changes WHERE account = ?`, account),
    };
  }
}

// Files in Cassandra: a row each by its blob, and the sizes of an account's in one partition. The row is
// written first and removed last: what a process leaves that dies in between is found by the row, and has no bytes.
import type { AccountId, BlobId, ConversationId, MessageId } from '@parley/protocol';
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Row, Value } from '../engines/cassandra-session.ts';
import type { FilePage, FileRow, Files } from './files.ts';

const columns = 'blob, account, conversation, message, bytes, created_at';

export class CassandraFiles implements Files {
  readonly #session: CassandraSession;

  constructor(session: CassandraSession) {
    this.#session = session;
  }

  async add({ blob, account, conversation, message, bytes, createdAt }: FileRow): Promise<void> {
    const query = `INSERT INTO $.files (blob, account, conversation, message, bytes, created_at)
      VALUES (?, ?, ?, ?, ?, ?)`;
    await this.#write(query, [blob, account, conversation, message, bytes, createdAt]);
    await this.#write('INSERT INTO $.file_sizes (account, blob, bytes) VALUES (?, ?, ?)', [account, blob, bytes]);
  }

  async get(blobs: readonly BlobId[]): Promise<readonly FileRow[]> {
    const found = await Promise.all(blobs.map((blob) => this.#row(blob)));
    return found.filter((row) => row !== null);
  }

  async bytesOf(account: AccountId): Promise<number> {
    const query = 'SELECT sum(bytes) AS bytes FROM $.file_sizes WHERE account = ?';
    const [row] = await this.#session.read(inKeyspace(this.#session, query), [account]);
    return Number(row?.bytes ?? 0);
  }

  async remove(blobs: readonly BlobId[]): Promise<void> {
    for (const row of await this.get(blobs)) {
      await this.#write('DELETE FROM $.file_sizes WHERE account = ? AND blob = ?', [row.account, row.blob]);
      await this.#write('DELETE FROM $.files WHERE blob = ?', [row.blob]);
    }
  }

  async list(from: string | null, limit: number): Promise<FilePage> {
    const query = inKeyspace(this.#session, `SELECT ${columns} FROM $.files`);
    const { rows, next } = await this.#session.page(query, [], from, limit);
    return { rows: rows.map(fileOf), next };
  }

  async #row(blob: BlobId): Promise<FileRow | null> {
    const query = `SELECT ${columns} FROM $.files WHERE blob = ?`;
    const [row] = await this.#session.read(inKeyspace(this.#session, query), [blob]);
    return row === undefined ? null : fileOf(row);
  }

  #write(query: string, params: readonly Value[]): Promise<void> {
    return this.#session.write(inKeyspace(this.#session, query), params);
  }
}

function fileOf(row: Row): FileRow {
  return {
    blob: String(row.blob) as BlobId,
    account: String(row.account) as AccountId,
    conversation: String(row.conversation) as ConversationId,
    message: String(row.message) as MessageId,
    bytes: Number(row.bytes),
    createdAt: Number(row.created_at),
  };
}

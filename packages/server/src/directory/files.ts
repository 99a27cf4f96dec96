// Port of which message a stored file belongs to, so that its space can be counted and it can go with that message.
// Promise: what resolved is on disk. It has no bytes of files, and does not know whether the message was ever sent.
import type { AccountId, BlobId, ConversationId, MessageId } from '@parley/protocol';

/** A file by its blob. Its place never changes: the blob's id is made of it. */
export interface FileRow {
  readonly blob: BlobId;
  readonly account: AccountId;
  readonly conversation: ConversationId;
  readonly message: MessageId;
  readonly bytes: number;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
}

/** Some files, and where the next ones are; null: nowhere. */
export interface FilePage {
  readonly rows: readonly FileRow[];
  readonly next: string | null;
}

/** Files by their blob. */
export interface Files {
  /** Before its bytes come. A row of the same blob is replaced. [DIR18] */
  add(row: FileRow): Promise<void>;
  /** At most 200 blobs; those that are not there are left out. [DIR18] */
  get(blobs: readonly BlobId[]): Promise<readonly FileRow[]>;
  /** What all files of an account take together. [DIR18] */
  bytesOf(account: AccountId): Promise<number>;
  remove(blobs: readonly BlobId[]): Promise<void>;
  /** Every file once, in any order, by pages of at most 200; `from` is where the page before ended. [DIR24] */
  list(from: string | null, limit: number): Promise<FilePage>;
}

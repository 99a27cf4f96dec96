// How a file of a message is called: a hash of the message that will carry it and of its place there. So nobody can refer
// to a file that was put for another message, and no list of references has to be kept beside the messages.
import { createHash } from 'node:crypto';
import type { AccountId, BlobId, ConversationId, MessageId } from '@parley/protocol';

/** A message, perhaps not sent yet. */
export interface FilePlace {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly message: MessageId;
}

const idBytes = 16;

/** The blob of the file at place `n` of a message. [MED1] */
export function blobOf({ conversation, account, message }: FilePlace, n: number): BlobId {
  const text = ['parley.blob.v1', conversation, account, message, String(n)].join('\0');
  const hash = createHash('sha256').update(text).digest().subarray(0, idBytes);
  return `b_${hash.toString('base64url')}` as BlobId;
}

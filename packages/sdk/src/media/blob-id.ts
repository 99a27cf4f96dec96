// The id of a file: a hash of the place that it has in one message, so nobody else's file is at that place. [MED]
import type { AccountId, BlobId, ConversationId, MessageId } from '@parley/protocol';
import { encodeBytes } from '../crypto/base64.ts';
import { hashOf } from '../crypto/sha256.ts';

const idBytes = 16;

/** Id of the `n`-th file of a message. */
export function blobId(of: {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly message: MessageId;
  readonly n: number;
}): BlobId {
  const text = ['parley.blob.v1', of.conversation, of.account, of.message, of.n].join('\0');
  return `b_${encodeBytes(hashOf(text).subarray(0, idBytes), 'base64url')}` as BlobId;
}

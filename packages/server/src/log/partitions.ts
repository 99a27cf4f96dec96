// Which partition of the log a conversation is in: for ever, because its order is the order of that partition. The hash
// is the one that Kafka's own clients use, so that other tools find a conversation, too.
import type { ConversationId } from '@parley/protocol';
import type { Log, Partition } from './log.ts';

/** The partition of a conversation. [LOG26] */
export function partitionOf(conversation: ConversationId, { partitions }: Pick<Log, 'partitions'>): Partition {
  return partitions === 1 ? 0 : (murmur2(Buffer.from(conversation)) & 0x7fff_ffff) % partitions;
}

const seed = 0x9747_b28c;
const factor = 0x5bd1_e995;

/** MurmurHash2, 32 bits, as Kafka seeds it (org.apache.kafka.common.utils.Utils.murmur2); signed. */
export function murmur2(bytes: Buffer): number {
  let hash = seed ^ bytes.length;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), factor);
    word ^= word >>> 24;
    hash = Math.imul(hash, factor) ^ Math.imul(word, factor);
  }
  const rest = bytes.length - at;
  for (let n = rest - 1; n >= 0; n--) hash ^= (bytes[at + n] as number) << (8 * n);
  if (rest > 0) hash = Math.imul(hash, factor);
  hash = Math.imul(hash ^ (hash >>> 13), factor);
  return hash ^ (hash >>> 15);
}

// Earlier messages of a group for somebody who was just added: whoever adds them chooses how many of the newest texts are
// sent once more, sealed like any message. What was deleted, disappears or is older than two weeks is never among them.
// Its code is fetched when somebody shares. [ENC]
import type { AccountId, SharedBody } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import * as limits from './limits.ts';
import { clip, utf8Length } from './utf8.ts';
import type { MessageView } from './views.ts';

type Item = SharedBody['items'][number];

/** The newest `count` texts of a history (newest first), in parts that fit into messages, oldest first. */
export async function sharedBodies(
  history: AsyncIterable<MessageView>,
  { subject, count, now }: { readonly subject: AccountId; readonly count: number; readonly now: number },
): Promise<readonly SharedBody[]> {
  const parts: Item[][] = [[]];
  let bytes = 0;
  let found = 0;
  for await (const message of history) {
    const at = message.storedAt ?? message.timestamp;
    if (found >= Math.min(count, wire.maxSharedMessages) || at < now - wire.maxSharedAgeMs) break;
    if (!isShareable(message) || message.seq === null) continue;
    const item = {
      seq: message.seq,
      sender: message.sender,
      at,
      text: clip(message.text, wire.maxSharedTextCharacters),
    };
    const size = utf8Length(JSON.stringify(item));
    if (bytes + size > limits.maxSharedPartBytes) {
      // The oldest ones stay behind.
      if (parts.length === wire.maxSharedParts) break;
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(item);
    bytes += size;
    found++;
  }
  const filled = parts.filter((items) => items.length > 0).reverse();
  return filled.map((items, at) => ({
    ...{ type: 'shared', subject, part: at + 1, parts: filled.length },
    items: items.reverse(),
  }));
}

/** A text that its readers still have, and will have. */
function isShareable({ type, onlyHere, expiresAt, text }: MessageView): boolean {
  return type === 'text' && !onlyHere && expiresAt === null && text !== '';
}

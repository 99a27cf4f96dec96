// Content in the shape of ciphertext, for tests that have no keys. Used by tests only.
import type { ContentFormat } from '@parley/protocol';
import type { ConversationRow } from '../store/store.ts';

const session = 'S'.repeat(43);
/** What is around the text of a Megolm message, in bytes. */
const overhead = 92;

/** This text as a server sees it when it is encrypted. */
export function sealedText(text: string): string {
  const bytes = Buffer.concat([Buffer.from([3]), Buffer.from(text), Buffer.alloc(overhead)]);
  return `1.${session}.${bytes.toString('base64').replace(/=+$/, '')}`;
}

/** Sealed for whoever is there: no list is newer. */
const forEverybody = { member_n: 2 ** 40, keys_n: 2 ** 40 } as const;

/** The same words, sealed where they have to be, unless the frame says how they are written. */
export function inShape<F extends { readonly content?: string; readonly format?: ContentFormat }>(
  kind: ConversationRow['kind'] | undefined,
  frame: F,
): F {
  const { content, format } = frame;
  if (format === 'sealed') return { ...forEverybody, ...frame };
  if (kind === 'room' || kind === 'account' || content === undefined || content === '' || format !== undefined)
    return frame;
  return { ...forEverybody, ...frame, content: sealedText(content), format: 'sealed' };
}

/** Fields of a frame or body with this text. */
export function sealedFields(text: string) {
  return { ...forEverybody, content: sealedText(text), format: 'sealed' } as const;
}

/** The text that was sealed here, or what was never sealed. */
export function wordsIn(content: string | undefined): string | undefined {
  const sealed = content?.split('.')[2];
  if (content?.startsWith(`1.${session}.`) !== true || sealed === undefined) return content;
  return Buffer.from(sealed, 'base64').subarray(1, -overhead).toString();
}

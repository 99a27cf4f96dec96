// Reads a list of the server page by page. It promises an end: a list that does not get on, comes back to where it was,
// or is longer than such a list can be, is refused as a whole.
import { ChatError } from './error.ts';
import { maxEmptyPages } from './limits.ts';

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly has_more: boolean;
  readonly next_cursor?: string;
}

/** Every item, at most `most` of them. @throws {ChatError} `client.unexpected`: the list has no end */
export async function everyItem<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
  most: number,
): Promise<readonly T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let empty = 0;
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.items.length === 0) empty += 1;
    cursor = page.has_more ? page.next_cursor : undefined;
    if (items.length > most || empty > maxEmptyPages || (cursor !== undefined && seen.has(cursor)))
      throw new ChatError('client.unexpected');
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  return items;
}

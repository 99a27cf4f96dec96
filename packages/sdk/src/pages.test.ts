// Lists of a server that never end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxEmptyPages } from './limits.ts';
import { everyItem, type Page } from './pages.ts';

/** A server that gives these pages, the last one again and again; and how often it was asked. */
function listOf(...pages: readonly Page<number>[]) {
  const asked: (string | undefined)[] = [];
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    return pages[Math.min(asked.length, pages.length) - 1] as Page<number>;
  };
  return { asked, read };
}

const refused = { code: 'client.unexpected' };

test('[ENC235] a list that ends is read whole, page after page', async () => {
  const { asked, read } = listOf(
    { items: [1, 2], has_more: true, next_cursor: 'a' },
    { items: [], has_more: true, next_cursor: 'b' },
    { items: [3], has_more: false, next_cursor: 'c' },
  );
  assert.deepEqual(await everyItem(read, 3), [1, 2, 3]);
  assert.deepEqual(asked, [undefined, 'a', 'b']);
});

test('[ENC235] a list that does not get on, or comes back to where it was, is refused', async () => {
  const still = listOf({ items: [1], has_more: true, next_cursor: 'a' });
  await assert.rejects(everyItem(still.read, 1_000), refused);
  assert.equal(still.asked.length, 2);
  const round = listOf(
    { items: [1], has_more: true, next_cursor: 'a' },
    { items: [2], has_more: true, next_cursor: 'b' },
    { items: [3], has_more: true, next_cursor: 'a' },
  );
  await assert.rejects(everyItem(round.read, 1_000), refused);
  assert.equal(round.asked.length, 3);
});

test('[ENC235] a list that is longer than it can be, or has nothing in it for ever, is refused', async () => {
  let asked = 0;
  const endless = (items: readonly number[]) => async () => ({ items, has_more: true, next_cursor: `${asked++}` });
  await assert.rejects(everyItem(endless([1, 2, 3, 4, 5]), 100), refused);
  assert.equal(asked, 21);
  asked = 0;
  await assert.rejects(everyItem(endless([]), 100), refused);
  assert.equal(asked, maxEmptyPages + 1);
});

// Rows 18 and 19: what encryption costs a person in Chromium, which is found as the browser tests find it.
import { join } from 'node:path';
import { launchBrowser } from '../../tests/end-to-end/browser.ts';
import type { Measure } from '../measure.ts';
import { type ChromiumKeysSize, chromiumKeys } from './chromium-keys.ts';
import { type ChromiumListSize, chromiumList } from './chromium-list.ts';

/** How much of both. */
export interface ChromiumSize {
  readonly keys: ChromiumKeysSize;
  readonly list: ChromiumListSize;
}

/** Everything is kept below `work`. */
export async function chromium(work: string, size: ChromiumSize, signal: AbortSignal): Promise<readonly Measure[]> {
  await using browser = await launchBrowser();
  const keys = await chromiumKeys(browser, join(work, 'page'), size.keys);
  signal.throwIfAborted();
  return [...keys, ...(await chromiumList(browser, work, size.list, signal))];
}

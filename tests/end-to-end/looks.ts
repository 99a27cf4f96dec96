// A page as everybody may see it: on a phone and a desktop, in light and dark.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { keepsPictures, picture, violations } from './browser.ts';

const looks = [
  ['phone', { width: 390, height: 844 }],
  ['desktop', { width: 1280, height: 800 }],
] as const;

/** Everywhere axe finds nothing, and nothing has to be scrolled sideways. Keeps a picture of each where they are kept. */
export async function lookAt(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  for (const [size, viewport] of looks) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      assert.deepEqual(await violations(page), [], `${name}, ${size}, ${colorScheme}`);
      if (keepsPictures) await picture(page, `${size}-${colorScheme}-${name}`);
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(sideways, false, `${name}, ${size}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (before !== null) await page.setViewportSize(before);
}

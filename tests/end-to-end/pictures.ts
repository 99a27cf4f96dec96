// The pictures of the README, made anew: `npm run pictures`. A server of its own with the town of the browser tests, an
// encrypted group beside its list on a desktop in light and dark, and the list on a phone.
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchBrowser, person, type Scheme, type Size } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { bubble, chat, openInfo, signInWithKey } from './page.ts';
import { freshFolder, startServer } from './server-process.ts';
import { foundTown } from './town.ts';

const pictures: readonly (readonly [Size, Scheme])[] = [
  ['desktop', 'light'],
  ['desktop', 'dark'],
  ['phone', 'dark'],
];
const settings = { PARLEY_SIGNUP: 'open', PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100' };

await using server = await startServer(await freshFolder(), settings);
const { url } = server.summary;
await using town = await foundTown(url);
await using browser = await launchBrowser();
const words = await recoveryWords(town.clients.ana);
for (const [size, scheme] of pictures) {
  const { page, context } = await person(browser, size, scheme);
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await signInWithKey(page, { url, handle: 'ana', words });
  await chat(page, 'Book circle').waitFor();
  await quiet(page);
  if (size === 'desktop') await openGroup(page);
  const path = fileURLToPath(new URL(`../../docs/images/${size}-${scheme}.png`, import.meta.url));
  await page.screenshot({ path, animations: 'disabled' });
  process.stdout.write(`${path}\n`);
  await context.close();
}

/** Lines below the list that wait for an answer are answered: they are of another day. */
async function quiet(page: Page): Promise<void> {
  for (const name of ['No, thanks', 'That was me']) {
    const answer = page.getByRole('button', { name, exact: true });
    while ((await answer.count()) > 0) {
      await answer.first().click();
      await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
    }
  }
}

/** The group with its pane, read down to what was said last. */
async function openGroup(page: Page): Promise<void> {
  await openInfo(page, 'River trip');
  await bubble(page, 'Bring the dry bags').waitFor();
  await page.mouse.move(720, 4);
}

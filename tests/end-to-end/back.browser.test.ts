// The browser's Back on a phone: it closes what lies on top, one layer at a time, and only then leads elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { attach, choose as attachFiles, meet, send, sheet, shown } from './file-page.ts';
import { about, act, bubble, chat, choose, closeSheet, composer, dialog, openActions, signInWithKey } from './page.ts';
import { landscape } from './sample-files.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn } from './town.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let clients: { readonly ana: Client; readonly lin: Client };
let someone: Someone;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url } = server.summary;
    clients = { ana: await moveIn(url, 'ana', 'Ana Lind'), lin: await moveIn(url, 'lin', 'Lin Okafor') };
    opened.defer(() => Promise.all([clients.ana.close(), clients.lin.close()]).then(() => {}));
    await meet(clients);
    browser = opened.use(await launchBrowser());
    someone = await person(browser, 'phone');
    const { page } = someone;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await signInWithKey(page, { url, handle: 'ana', words: await recoveryWords(clients.ana) });
    await chat(page, 'Lin Okafor').waitFor();
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

const pathOf = (page: Page) => new URL(page.url()).pathname;

/** Back takes this away, and leads nowhere. */
async function backCloses(page: Page, layer: Locator): Promise<void> {
  await layer.waitFor();
  const path = pathOf(page);
  await page.evaluate(() => history.back());
  await layer.waitFor({ state: 'hidden' });
  assert.equal(pathOf(page), path);
}

test('[WEB166] over the list Back closes settings and a new chat, and within a sheet goes to the one before', async () => {
  const { page } = someone;
  const steps = () => page.evaluate(() => (history.state as { readonly layers?: number } | null)?.layers ?? 0);
  await choose(page, 'Settings');
  await backCloses(page, dialog(page, 'Settings'));
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await backCloses(page, page.getByRole('menu'));
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await page.getByRole('button', { name: 'New group' }).click();
  await backCloses(page, dialog(page, 'New group'));
  await backCloses(page, dialog(page, 'New chat'));
  await choose(page, 'Settings');
  await closeSheet(page);
  await dialog(page, 'Settings').waitFor({ state: 'hidden' });
  await page.waitForFunction(() => !(history.state as { readonly layers?: number } | null)?.layers);
  assert.equal(await steps(), 0, 'what was closed by its button leaves no step');
});

test('[WEB166] in a chat Back closes picture, menu, question, chosen files, emoji and search, then the pane, then the chat', async () => {
  const { page, problems } = someone;
  await chat(page, 'Lin Okafor').click();
  await attach(page).waitFor();
  const buffer = await landscape(page, 'image/png', 600, 300);
  const river = { name: 'river.png', mimeType: 'image/png', buffer };
  await attachFiles(page, [river]);
  await backCloses(page, sheet(page));
  await attachFiles(page, [river]);
  await sheet(page).getByRole('textbox').fill('The river');
  await send(page);
  await shown(page, 'The river').click();
  await backCloses(page, page.locator('.viewer'));
  await openActions(page, 'Hello Lin');
  await backCloses(page, dialog(page, 'Message actions'));
  await act(page, 'Hello Lin', 'Delete');
  await backCloses(page, page.locator('.confirm'));
  await page.getByRole('button', { name: 'Search in this chat' }).click();
  await page.getByRole('button', { name: 'Emoji', exact: true }).click();
  await backCloses(page, page.locator('.emoji-panel'));
  await backCloses(page, page.locator('.finder-bar'));
  await page.getByRole('button', { name: 'About this chat' }).last().click();
  await about(page).waitFor();
  await page.evaluate(() => history.back());
  await about(page).waitFor({ state: 'hidden' });
  await bubble(page, 'Hello Lin').waitFor();
  await page.evaluate(() => history.back());
  await composer(page).waitFor({ state: 'hidden' });
  assert.equal(pathOf(page), '/');
  assert.deepEqual(problems, []);
});

test('[WEB17] [WEB166] Escape goes on closing what is open, and Back leads from the chat after it', async () => {
  const { page } = someone;
  await chat(page, 'Lin Okafor').click();
  await openActions(page, 'Hello Lin');
  await page.keyboard.press('Escape');
  await dialog(page, 'Message actions').waitFor({ state: 'hidden' });
  await page.waitForFunction(() => !(history.state as { readonly layers?: number } | null)?.layers);
  await page.evaluate(() => history.back());
  await chat(page, 'Lin Okafor').waitFor();
  assert.equal(pathOf(page), '/');
});

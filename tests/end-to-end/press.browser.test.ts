// A press on the list of chats while the list changes: the chat that was pressed opens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { bubble, chat, composer, header, signInWithKey } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn } from './town.ts';
import { layWire, type Wire } from './wire.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let wire: Wire;
let ana: Client;
let ben: Client;
let cem: Client;
let someone: Someone;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url } = server.summary;
    wire = opened.use(await layWire(url));
    [ana, ben, cem] = await Promise.all([
      moveIn(url, 'ana', 'Ana Lind'),
      moveIn(url, 'ben', 'Ben Osei'),
      moveIn(url, 'cem', 'Cem Kaya'),
    ]);
    for (const client of [ana, ben, cem]) opened.defer(() => client.close());
    for (const other of [ben, cem]) {
      await write(ana, other.me.snapshot.handle, 'Hello');
      await write(other, 'ana', 'Hello yourself');
    }
    browser = opened.use(await launchBrowser());
    someone = await person(browser, 'desktop');
    await signInWithKey(someone.page, { url: wire.url, handle: 'ana', words: await recoveryWords(ana) });
    await chat(someone.page, 'Ben Osei').waitFor();
    await chat(someone.page, 'Cem Kaya').waitFor();
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

async function write(from: Client, to: string, text: string): Promise<void> {
  const conversation = await from.createDirect(to);
  await (await conversation.send(text)).placed();
}

/** Puts the pointer down in the middle of it. */
async function press(page: Page, row: Locator): Promise<void> {
  const box = await row.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
}

const titles = (page: Page) => page.locator('.list-canvas .name').allTextContents();

test('[WEB19] a chat that gets a message while another is pressed goes to the top only afterwards', async () => {
  const { page } = someone;
  assert.deepEqual((await titles(page)).slice(0, 2), ['Cem Kaya', 'Ben Osei']);
  await press(page, chat(page, 'Cem Kaya'));
  await write(ben, 'ana', 'Look at the time');
  await chat(page, 'Ben Osei').getByText('Look at the time').waitFor();
  assert.deepEqual((await titles(page)).slice(0, 2), ['Cem Kaya', 'Ben Osei'], 'what it says is new, not where it is');
  await page.mouse.up();
  await header(page).getByText('Cem Kaya').waitFor();
  await bubble(page, 'Hello yourself').waitFor();
  await page.waitForFunction(() => document.querySelector('.list-canvas .name')?.textContent === 'Ben Osei');
  await page.keyboard.press('Escape');
  await composer(page).waitFor({ state: 'detached' });
});

test('[WEB19] whatever moves the rows, the chat opens that was pressed', async () => {
  const { page } = someone;
  await press(page, chat(page, 'Ben Osei'));
  await page.evaluate(() => {
    const list = document.querySelector<HTMLElement>('.list-canvas');
    if (list !== null) list.style.marginBlockStart = '68px';
  });
  await page.mouse.up();
  await header(page).getByText('Ben Osei').waitFor();
  await page.keyboard.press('Escape');
  await composer(page).waitFor({ state: 'detached' });
});

test('[WEB19] a press that goes elsewhere opens what lies there, as any button does, or nothing', async () => {
  const { page } = someone;
  await press(page, chat(page, 'Ben Osei'));
  const search = await page.getByRole('searchbox').boundingBox();
  assert.ok(search !== null);
  await page.mouse.move(search.x + 40, search.y + 10);
  await page.mouse.up();
  await page.keyboard.press('Control+k');
  assert.equal(await composer(page).count(), 0);
});

test('[WEB19] no row moves when the connection goes and comes back', async () => {
  const { page, problems } = someone;
  const place = async () => (await chat(page, 'Ben Osei').boundingBox())?.y;
  const before = await place();
  await wire.cut();
  await page.getByRole('status').filter({ hasText: 'Waiting for network' }).waitFor();
  assert.equal(await place(), before);
  await wire.mend();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.getByRole('status').filter({ hasText: 'Waiting for network' }).waitFor({ state: 'detached' });
  assert.equal(await place(), before);
  assert.deepEqual(problems, []);
});

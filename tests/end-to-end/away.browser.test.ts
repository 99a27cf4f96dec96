// What goes on where nothing answers: the app opens with the chats as they were, and what is written or attached waits.
// Where the server answers the page is the server's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, picture, problemsOf } from './browser.ts';
import { attach, choose, send, sheet, text } from './file-page.ts';
import { bubble, say, signUp, tick } from './page.ts';
import { password } from './people.ts';
import { landscape } from './sample-files.ts';
import { freshFolder, startServer } from './server-process.ts';
import { layWire, type Wire } from './wire.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let wire: Wire;

before(
  async () => {
    const server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open' }));
    wire = opened.use(await layWire(server.summary.url));
    browser = opened.use(await launchBrowser());
  },
  { timeout: 120_000 },
);
after(() => opened.disposeAsync());

/** Resolves when everything is kept. */
const isKept = (page: Page) => page.evaluate(async () => void (await navigator.serviceWorker.ready));

test('[WEB180] the app opens without a network, and what is written then goes later', async () => {
  const context = await browser.newContext();
  const problems = problemsOf(context);
  const page = await context.newPage();
  await signUp(page, { url: wire.url, name: 'Ana Lind', password });
  await say(page, 'Said before');
  await tick(page, 'Said before', 'Sent').waitFor();
  await isKept(page);
  await wire.cut();
  await page.reload();
  await bubble(page, 'Said before').waitFor();
  await say(page, 'Said away');
  await tick(page, 'Said away', 'Waiting').waitFor();
  // What was never opened before is there, too.
  await page.getByRole('button', { name: 'Emoji', exact: true }).click();
  await page.getByRole('searchbox', { name: 'Search emoji' }).waitFor();
  await picture(page, 'away');
  await wire.mend();
  await tick(page, 'Said away', 'Sent').waitFor();
  // The page that is kept is not shown where the server has one.
  await page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const kept = await caches.open(name);
      await kept.put('/', new Response('<title>kept</title>', { headers: { 'content-type': 'text/html' } }));
    }
  });
  await page.reload();
  await bubble(page, 'Said away').waitFor();
  await wire.cut();
  await page.reload();
  assert.equal(await page.title(), 'kept');
  await wire.mend();
  await context.close();
  assert.deepEqual(problems, []);
});

test('[WEB167] a file chosen without a network waits and goes by itself, the first one after the page was loaded, too', async () => {
  const { page, context } = await person(browser, 'desktop');
  await signUp(page, { url: wire.url, name: 'Ben Osei', password });
  const loaded = Promise.all(
    [/files-/, /web-bytes-/].map((name) => page.waitForResponse((one) => name.test(one.url()))),
  );
  await page.reload();
  await loaded;
  await attach(page).waitFor();
  await context.setOffline(true);
  await choose(page, [text('offline.txt', 'Later')]);
  await send(page);
  const row = page.getByRole('list', { name: 'Files on their way' });
  await row.getByText('Waiting for network').waitFor();
  await context.setOffline(false);
  await row.waitFor({ state: 'hidden' });
  await tick(page, 'offline.txt', 'Sent').waitFor();
});

test('[WEB167] what a file needs and could not be fetched is no fault of the file, and is fetched when it is tried again', async () => {
  const { page } = await person(browser, 'desktop');
  await signUp(page, { url: wire.url, name: 'Cem Kaya', password });
  const code = /\/assets\/files-[^/]*\.js$/;
  await page.route(code, (route) => route.abort());
  await page.reload();
  await attach(page).waitFor();
  await choose(page, [text('unfetched.txt', 'Later')]);
  await send(page);
  const row = page.getByRole('list', { name: 'Files on their way' });
  await row.getByText('The server cannot be reached. Try again.').waitFor();
  await page.unroute(code);
  await row.getByRole('button', { name: 'Try again' }).click();
  await tick(page, 'unfetched.txt', 'Sent').waitFor();
});

test('[WEB61] the browser has nothing to say about how a picture is drawn anew and looked through', async () => {
  const { page } = await person(browser, 'desktop');
  await signUp(page, { url: wire.url, name: 'Dee Park', password });
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'warning') said.push(message.text());
  });
  await choose(page, [
    { name: 'high.png', mimeType: 'image/png', buffer: await landscape(page, 'image/png', 700, 1_400) },
  ]);
  await sheet(page).getByRole('textbox').fill('Rather high');
  await send(page);
  await tick(page, 'Rather high', 'Sent').waitFor();
  assert.deepEqual(said, []);
});

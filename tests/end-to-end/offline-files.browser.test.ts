// A file that is chosen while there is no network, or while a part of the page could not be fetched.
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { attach, choose, meet, send, text } from './file-page.ts';
import { chat, signInWithKey, tick } from './page.ts';
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
    someone = await person(browser, 'phone', 'dark');
    const { page } = someone;
    await signInWithKey(page, { url, handle: 'ana', words: await recoveryWords(clients.ana) });
    await chat(page, 'Lin Okafor').click();
    await attach(page).waitFor();
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

test('[WEB167] a file chosen without a network waits and goes by itself, the first one after the page was loaded, too', async () => {
  const { page, context } = someone;
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
  await tick(page, 'offline.txt', 'Delivered').waitFor();
});

test('[WEB167] what a file needs and could not be fetched is no fault of the file, and is fetched when it is tried again', async () => {
  const { page } = someone;
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
  await tick(page, 'unfetched.txt', 'Delivered').waitFor();
});

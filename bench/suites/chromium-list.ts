// Rows 19: somebody with chats signs in with the recovery key in a browser that was never there, over a real server. The
// clock runs from the press of the button until the newest text of the newest chat stands in the list, readable, and
// from the press on that chat until its newest message does. The crypto library must come after the first paint.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, entrance } from '@parley/sdk/node';
import type { Browser, Page } from 'playwright-core';
import { buildWeb } from '../../scripts/build-web.mjs';
import { person } from '../../tests/end-to-end/browser.ts';
import { stands } from '../../tests/end-to-end/live.ts';
import { bubble, chat } from '../../tests/end-to-end/page.ts';
import { startServer } from '../../tests/end-to-end/server-process.ts';
import { type Measure, measure } from '../measure.ts';

/** What the account has. */
export interface ChromiumListSize {
  readonly chats: number;
  /** In the newest of them. */
  readonly messages: number;
}

const handle = 'ana';
const newest = 'the newest of all';

/** The folder takes the server and the first device. */
export async function chromiumList(
  browser: Browser,
  work: string,
  size: ChromiumListSize,
  signal: AbortSignal,
): Promise<readonly Measure[]> {
  await buildWeb({ path: process.execPath }, undefined, () => {});
  const environment = { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '1000000', PARLEY_LOG_LEVEL: 'error' };
  await using server = await startServer(await mkdtemp(join(work, 'server-')), environment);
  const { url } = server.summary;
  const words = await furnish(url, await mkdtemp(join(work, 'ana-')), size, signal);
  const { context, page } = await person(browser, 'desktop');
  try {
    await page.goto(url);
    await page.getByRole('button', { name: 'Sign in with my recovery key' }).click();
    await assertPaintFirst(page);
    await page.getByLabel('Handle').fill(handle);
    await page.getByLabel('Recovery key', { exact: true }).fill(words);
    const pressed = performance.now();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await chat(page, newest).waitFor();
    const listed = performance.now();
    await chat(page, newest).click();
    await bubble(page, newest).waitFor();
    return [measure('19', listed - pressed), measure('19-page', performance.now() - listed)];
  } finally {
    await context.close();
  }
}

/** A first device makes chats and says things, until all keys are in the backup; the recovery key in words. */
async function furnish(url: string, folder: string, size: ChromiumListSize, signal: AbortSignal): Promise<string> {
  const session = await entrance(url).signUp({
    handle,
    name: 'Ana',
    password: 'correct horse battery',
    deviceName: 'Laptop',
  });
  const client = await connect({ server: url, session, folder });
  try {
    await stands(client, { phase: 'ready' });
    for (let n = 0; n < size.chats; n++) {
      const group = await client.createGroup(`Group ${n}`, []);
      const texts = Array.from({ length: n < size.chats - 1 ? 1 : size.messages - 1 }, (_, at) => `number ${at}`);
      if (n === size.chats - 1) texts.push(newest);
      const sent = await Promise.all(texts.map((text) => group.send(text)));
      await Promise.all(sent.map((message) => message.placed(signal)));
    }
    await client.encryption.saved();
    const key = await client.encryption.recoveryKey();
    if (key === null) throw new Error('there is no recovery key');
    return key.words.join(' ');
  } finally {
    await client.close();
  }
}

/** Nothing of the crypto library was asked for before something was drawn. */
async function assertPaintFirst(page: Page): Promise<void> {
  const { paint, wasm } = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY,
    wasm: performance
      .getEntriesByType('resource')
      .filter(({ name }) => new URL(name).pathname.endsWith('.wasm'))
      .map(({ startTime }) => startTime),
  }));
  if (wasm.some((at) => at < paint)) throw new Error('the crypto library was fetched before the first paint');
}

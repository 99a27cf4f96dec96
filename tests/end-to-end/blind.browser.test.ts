// What a server does not see of people whose devices are in Chromium: acceptance 8.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import type { LogRecord } from '../../packages/sdk/src/platform/keys-database.ts';
import { type BlindPlace, type OwnDevice, seesNothing } from './blind.ts';
import { launchBrowser, person } from './browser.ts';
import { enterOn, keptRows, servePage } from './chromium-place.ts';
import { password } from './people.ts';
import { keysOfRecords } from './private-keys.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
const problems: (readonly string[])[] = [];
let browser: Browser;

before(async () => {
  browser = opened.use(await launchBrowser());
});
after(() => opened.disposeAsync());

/** A device with a browser profile of its own. */
async function enter(...[url, way, handle]: Parameters<BlindPlace['enter']>): Promise<OwnDevice> {
  const one = await person(browser, 'desktop');
  opened.defer(() => one.context.close());
  problems.push(one.problems);
  const device = await enterOn(one.page, url, [way, handle, password]);
  const account = await device.account();
  const keys = async (name: string) => {
    const batches = (await keptRows(one.page, `parley.keys.${account}::log`, 'batches')) as LogRecord[][];
    await device.close();
    return keysOfRecords(name, batches.flat(), (value) => value);
  };
  return { device, token: await tokenOf(one.context), keys };
}

/** What keeps a browser signed in, which no page can read. */
async function tokenOf(context: BrowserContext): Promise<string> {
  const [cookie] = await context.cookies();
  return cookie?.value ?? assert.fail('it is signed in');
}

test('[ENC376] acceptance 8: nothing that people say in browsers and no private key of theirs is in what the server keeps, backs up, prints, measures or has in memory', {
  timeout: 300_000,
}, async (t) => {
  await seesNothing(t, {
    serve: (folder, environment, flags) => servePage(opened, { folder, environment, flags }),
    enter,
  });
  assert.deepEqual(problems.flat(), []);
});

// The keys of a browser in Chromium, built as the web app is and under the policy of the server: one worker for all
// tabs, the library fetched when it is needed, and after a reload the next index.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import type { Browser, Page, Response } from 'playwright-core';
import { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { listening, testHttp } from '../../packages/server/src/gateway/http-fixture.ts';
import { launchBrowser, person } from './browser.ts';
import type { KeysPage } from './keys-page/page.ts';
import { buildKeysPage } from './keys-page.ts';
import { placeOf } from './sealed-place.ts';

const outDir = mkdtempSync(join(tmpdir(), 'parley-keys-page-'));
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let app: Awaited<ReturnType<typeof testHttp>>['app'];
let url: string;

before(async () => {
  await buildKeysPage(outDir);
  opened.defer(() => rmSync(outDir, { recursive: true, force: true }));
  ({ app } = await testHttp({ webFolder: outDir }));
  opened.defer(() => app.close());
  url = `http://localhost:${await listening(app)}/`;
  browser = opened.use(await launchBrowser());
});
after(() => opened.disposeAsync());

type Asked = Parameters<typeof globalThis.serverCall>[0];

/** Somebody's browser with the page, and the server double behind it. */
async function someone(t: TestContext) {
  const { context, page, problems } = await person(browser, 'desktop');
  t.after(() => context.close());
  const call = new KeyServer().callOf('a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId, 'd_AAAAAAAAAAAAAAAAAAAAAA' as DeviceId);
  await context.exposeFunction('serverCall', (request: Asked) => call(request));
  await page.goto(url);
  return { context, page, problems };
}

const keys = (page: Page) => page.evaluateHandle(() => globalThis.keysPage);
const run = async <T>(page: Page, work: (there: KeysPage) => Promise<T>) => (await keys(page)).evaluate(work);
const code = (error: Error) => /client\.[a-z_]+/.exec(error.message)?.[0];

test('[ENC52] the library is fetched when the worker starts, and a reload goes on with the next index', async (t) => {
  const { page, problems } = await someone(t);
  const fetched: Response[] = [];
  page.context().on('response', (response) => fetched.push(response));
  await page.reload();
  const wasm = () => fetched.filter((response) => new URL(response.url()).pathname.endsWith('.wasm'));
  assert.deepEqual(wasm(), []);
  await run(page, (there) => there.open(false));
  const [file] = wasm();
  const headers = await file?.allHeaders();
  assert.equal(headers?.['content-type'], 'application/wasm');
  assert.match(String(headers?.['cache-control']), /immutable/);
  assert.equal(await run(page, (there) => there.start()), 'ready');
  const before = await run(page, async (there) => [await there.seal('one'), await there.seal('two')]);
  await page.reload();
  await run(page, (there) => there.open(true));
  assert.equal(await run(page, (there) => there.start()), 'ready');
  const third = await run(page, (there) => there.seal('three'));
  const places = [...before, third].map(placeOf);
  assert.deepEqual(
    places.map(({ index }) => index),
    [0, 1, 2],
  );
  assert.equal(new Set(places.map(({ session }) => session)).size, 1);
  const read = await page.evaluate((content) => globalThis.keysPage.read(content), before[0] as string);
  assert.deepEqual(read, { type: 'text', text: 'one' });
  assert.deepEqual(problems, []);
});

test('[ENC53] a second tab waits until the first has closed its keys', async (t) => {
  const { context, page } = await someone(t);
  await run(page, (there) => there.open(false));
  const second = await context.newPage();
  await second.goto(url);
  let isOpen = false;
  const opening = run(second, (there) => there.open(true)).then(() => {
    isOpen = true;
  });
  assert.equal(await run(page, (there) => there.start()), 'ready');
  assert.equal(isOpen, false);
  await run(page, (there) => there.close());
  await opening;
  await page.close();
  await run(second, (there) => there.close());
});

test('[ENC48] [ENC49] keys that were wiped or thrown away are gone, and none are made for a device that had some', async (t) => {
  const { page } = await someone(t);
  const databases = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await run(page, (there) => there.open(false));
  assert.equal((await databases()).length, 1);
  await run(page, (there) => there.wipe());
  assert.deepEqual(await databases(), []);
  await assert.rejects(
    run(page, (there) => there.open(true)),
    (error: Error) => code(error) === 'client.keys_lost',
  );
  assert.deepEqual(await databases(), []);
});

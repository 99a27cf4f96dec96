// Rows 18: the keys of a device in Chromium, in their worker over IndexedDB, in a page that has nothing else and is built
// and served as the web app is. The server is the one of the tests, in this process. Every text must open again, and
// every session must be taken in, or there is no figure.
import { randomBytes } from 'node:crypto';
import type { AccountId, DeviceId } from '@parley/protocol';
import type { Browser, Page } from 'playwright-core';
import { sealBackup } from '../../packages/sdk/src/crypto/backup-blob.ts';
import { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { hostRandom } from '../../packages/sdk/src/platform/node.ts';
import { listening, testHttp } from '../../packages/server/src/gateway/http-fixture.ts';
import { person } from '../../tests/end-to-end/browser.ts';
import type { BackupItem } from '../../tests/end-to-end/keys-page/page.ts';
import { buildKeysPage } from '../../tests/end-to-end/keys-page.ts';
import { type Measure, measure } from '../measure.ts';
import { madeUp } from './restoring.ts';

/** How many messages, and how many sessions. */
export interface ChromiumKeysSize {
  readonly messages: number;
  readonly sessions: number;
}

const account = 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId;
const device = 'd_AAAAAAAAAAAAAAAAAAAAAA' as DeviceId;
const epoch = 1;
/** What is sealed before anything is counted. */
const warm = 50;

/** The folder takes the built page. */
export async function chromiumKeys(
  browser: Browser,
  outDir: string,
  { messages, sessions }: ChromiumKeysSize,
): Promise<readonly Measure[]> {
  await buildKeysPage(outDir);
  await using opened = new AsyncDisposableStack();
  const { app } = await testHttp({ webFolder: outDir });
  opened.defer(() => app.close());
  const { context, page } = await person(browser, 'desktop');
  opened.defer(() => context.close());
  const call = new KeyServer().callOf(account, device);
  await context.exposeFunction('serverCall', (request: Parameters<typeof call>[0]) => call(request));
  await page.goto(`http://localhost:${await listening(app)}/`);
  await page.evaluate(async (count) => {
    await globalThis.keysPage.open(false);
    await globalThis.keysPage.start();
    await globalThis.keysPage.sealMany(count);
  }, warm);
  const sealed = await page.evaluate((count) => globalThis.keysPage.sealMany(count), messages);
  const contents = sealed.contents.filter((content) => content !== null);
  if (contents.length !== messages) throw new Error(`${contents.length} of ${messages} messages were sealed`);
  const readMs = await page.evaluate((all) => globalThis.keysPage.readMany(all), contents);
  return [
    measure('18', (messages / sealed.ms) * 1_000),
    measure('18-open', (messages / readMs) * 1_000),
    measure('18-import', await restore(page, sessions)),
  ];
}

/** Takes made-up sessions from the backup; in milliseconds. */
async function restore(page: Page, sessions: number): Promise<number> {
  const [pattern] = await page.evaluate(() => globalThis.keysPage.keys());
  if (pattern === undefined) throw new Error('no session is to be kept');
  const key = new Uint8Array(randomBytes(32));
  const items = await Promise.all(
    Array.from({ length: sessions }, async (_, n): Promise<BackupItem> => {
      const { conversation, session, firstIndex, exported, origin } = madeUp(pattern, n);
      const place = { epoch, conversation, session, firstIndex };
      return { ...place, value: await sealBackup(key, { account, ...place }, { exported, origin }, hostRandom) };
    }),
  );
  const given = { items, key: [...key] };
  const { ms, imported } = await page.evaluate(
    (backup) => globalThis.keysPage.restore(backup.items, backup.key),
    given,
  );
  if (imported !== sessions) throw new Error(`${imported} of ${sessions} sessions came back`);
  return ms;
}

// Where devices of the acceptance tests are in Chromium: a browser profile of its own each, on a page that a real server
// serves under its policy.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Device } from './acceptance-device.ts';
import type {} from './acceptance-page/page.ts';
import type { Home, Place } from './acceptance-people.ts';
import { launchBrowser, person } from './browser.ts';
import { buildPage } from './keys-page.ts';
import { open } from './operated.ts';
import { password } from './people.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';

const pageServer = fileURLToPath(new URL('./page-server.ts', import.meta.url));
const dayMs = 86_400_000;

/** What happens to a page before it is loaded. */
export type Meets = (page: Page) => Promise<void>;

export interface ChromiumPlace extends Place {
  /** What is to be closed with the place. */
  readonly used: AsyncDisposableStack;
  enter(way: 'signUp' | 'signIn', handle: string, kind?: 'timed', meets?: Meets): Promise<Home>;
}

/** A server that serves the page, and a browser. */
export interface Stage {
  readonly server: RunningServer;
  readonly browser: Browser;
}

/** Both, closed with what is opened for a test file. */
export async function openStage(opened: AsyncDisposableStack): Promise<Stage> {
  return { server: await servePage(opened), browser: opened.use(await launchBrowser()) };
}

/** Builds the page and serves it, with the data in this folder, Node with these flags. */
export async function servePage(
  opened: AsyncDisposableStack,
  given: {
    readonly folder?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly flags?: readonly string[];
  } = {},
): Promise<RunningServer> {
  const outDir = mkdtempSync(join(tmpdir(), 'parley-acceptance-page-'));
  opened.defer(() => rmSync(outDir, { recursive: true, force: true }));
  await buildPage('acceptance-page', outDir);
  const { folder = await freshFolder(), environment = open, flags = [] } = given;
  return opened.use(await startServer(folder, environment, [...flags, pageServer, outDir]));
}

/** Runs it in a place whose browsers are closed afterwards, where nothing broke the policy meanwhile. */
export async function inChromium(
  { server, browser }: Stage,
  story: (place: ChromiumPlace) => Promise<void>,
): Promise<void> {
  const { url } = server.summary;
  const problems: (readonly string[])[] = [];
  await using used = new AsyncDisposableStack();
  const enter: ChromiumPlace['enter'] = async (way, handle, _, meets) => {
    const one = await person(browser, 'desktop');
    used.defer(() => one.context.close());
    problems.push(one.problems);
    await meets?.(one.page);
    await enterOn(one.page, url, [way, handle, password]);
    return homeOn(one.context, one.page);
  };
  await story({ url, used, enter });
  assert.deepEqual(problems.flat(), []);
}

/** Makes the account on this page, or signs in to it. */
export async function enterOn(
  page: Page,
  url: string,
  given: readonly [way: 'signUp' | 'signIn', handle: string, password: string],
): Promise<Device> {
  await load(page, url);
  await page.evaluate((all) => globalThis.acceptance.enter(...all), given);
  return deviceOn(page);
}

/** Goes there: the policy is that of the web app, scripts of this server only, and WebAssembly for the keys. */
export async function load(page: Page, url: string): Promise<void> {
  const response = await page.goto(url);
  const policy = response?.headers()['content-security-policy'];
  assert.match(policy ?? '', /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /);
}

/** All rows of a table that the site of this page keeps; lists of bytes as lists of numbers. */
export async function keptRows(page: Page, database: string, table: string): Promise<readonly unknown[]> {
  const text = await page.evaluate(
    async ([name, rows]) => {
      const request = <T>(asked: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          asked.onsuccess = () => resolve(asked.result);
          asked.onerror = () => reject(asked.error as Error);
        });
      const db = await request(indexedDB.open(name));
      const all = await request(db.transaction(rows).objectStore(rows).getAll());
      db.close();
      return JSON.stringify(all, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
    },
    [database, table] as const,
  );
  return JSON.parse(text) as readonly unknown[];
}

function homeOn(context: BrowserContext, page: Page): Home {
  const device = deviceOn(page);
  const again = async () => {
    await page.reload();
    await page.evaluate(() => globalThis.acceptance.open());
    return device;
  };
  const later = async (days: number) => {
    await device.close();
    await moveClock(context, page, days * dayMs);
    return again();
  };
  return { device, again, later };
}

/** The device of this page, as if it were here. */
export function deviceOn(page: Page): Device {
  return new Proxy({} as Device, {
    get: (_, deed) =>
      deed === 'then'
        ? undefined
        : (...given: readonly unknown[]) =>
            page.evaluate(([name, values]) => globalThis.acceptance.device(name, values), [
              deed as keyof Device,
              given,
            ] as const),
  });
}

/** From the next load on the page and its worker are so far ahead; the worker's file is else the one that is served. */
async function moveClock(context: BrowserContext, page: Page, aheadMs: number): Promise<void> {
  const ahead = `{ const now = Date.now.bind(Date); Date.now = () => now() + ${aheadMs}; }\n`;
  // A later script runs after an earlier one, from the same clock.
  await page.addInitScript((ms) => {
    const kept = globalThis as { hostNow?: () => number };
    const now = kept.hostNow ?? Date.now.bind(Date);
    kept.hostNow = now;
    Date.now = () => now() + ms;
  }, aheadMs);
  await context.unroute('**/web-keys-entry-*.js');
  await context.route('**/web-keys-entry-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: ahead + (await response.text()) });
  });
}

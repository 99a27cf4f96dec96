// The place of the acceptance tests in Chromium: each device has a browser profile of its own, with the SDK of a browser
// on a page that a real server serves under its policy, and keys in a worker over IndexedDB.
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
  enter(way: 'signUp' | 'signIn', handle: string, kind?: 'timed', meets?: Meets): Promise<Home>;
}

/** One server, one browser. */
export class Chromium {
  readonly #opened: AsyncDisposableStack;
  readonly #server: RunningServer;
  readonly #browser: Browser;

  private constructor(opened: AsyncDisposableStack, server: RunningServer, browser: Browser) {
    this.#opened = opened;
    this.#server = server;
    this.#browser = browser;
  }

  /** What was opened is closed again in the opposite order, also where this does not get to its end. */
  static async open(): Promise<Chromium> {
    await using opened = new AsyncDisposableStack();
    const outDir = mkdtempSync(join(tmpdir(), 'parley-acceptance-page-'));
    opened.defer(() => rmSync(outDir, { recursive: true, force: true }));
    await buildPage('acceptance-page', outDir);
    const server = opened.use(await startServer(await freshFolder(), open, [pageServer, outDir]));
    const browser = opened.use(await launchBrowser());
    return new Chromium(opened.move(), server, browser);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }

  /** Tells it in a place whose browsers are closed afterwards, where nothing broke the policy meanwhile. */
  async tell(story: (place: ChromiumPlace) => Promise<void>): Promise<void> {
    const { url } = this.#server.summary;
    const problems: (readonly string[])[] = [];
    await using used = new AsyncDisposableStack();
    const enter: ChromiumPlace['enter'] = async (way, handle, _, meets) => {
      const one = await person(this.#browser, 'desktop');
      used.defer(() => one.context.close());
      problems.push(one.problems);
      await meets?.(one.page);
      const response = await one.page.goto(url);
      assertPolicy(response?.headers()['content-security-policy']);
      await one.page.evaluate(([how, name, secret]) => globalThis.acceptance.enter(how, name, secret), [
        way,
        handle,
        password,
      ] as const);
      return homeOn(one.context, one.page);
    };
    await story({ url, enter });
    assert.deepEqual(problems.flat(), []);
  }
}

/** That of the web app: scripts of this server only, and WebAssembly for the keys. */
function assertPolicy(policy: string | undefined): void {
  assert.match(policy ?? '', /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /);
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
function deviceOn(page: Page): Device {
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

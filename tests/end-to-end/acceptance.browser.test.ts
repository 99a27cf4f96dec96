// The acceptance tests of encryption by their numbers, with every device in Chromium: a profile of its own each, the SDK
// of a browser on a page that a real server serves under its policy, keys in a worker over IndexedDB.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { clockMoves, newDevice, noKeysLeft, randomHistory, removed, withoutPause } from './acceptance.ts';
import type { Device } from './acceptance-device.ts';
import type {} from './acceptance-page/page.ts';
import type { Home, Place } from './acceptance-people.ts';
import { launchBrowser, person } from './browser.ts';
import { buildPage } from './keys-page.ts';
import { open } from './operated.ts';
import { password } from './people.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';

const pageServer = fileURLToPath(new URL('./page-server.ts', import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), 'parley-acceptance-page-'));
const dayMs = 86_400_000;
const timeout = 300_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
const problems: (readonly string[])[] = [];
let browser: Browser;
let server: RunningServer;

before(async () => {
  await buildPage('acceptance-page', outDir);
  opened.defer(() => rmSync(outDir, { recursive: true, force: true }));
  server = opened.use(await startServer(await freshFolder(), open, [pageServer, outDir]));
  browser = opened.use(await launchBrowser());
});
after(() => opened.disposeAsync());

/** Runs it in a place whose browsers are closed afterwards, where nothing broke the policy meanwhile. */
async function inChromium(story: (place: Place) => Promise<void>): Promise<void> {
  const { url } = server.summary;
  await using used = new AsyncDisposableStack();
  const enter: Place['enter'] = async (way, handle) => {
    const one = await person(browser, 'desktop');
    used.defer(() => one.context.close());
    problems.push(one.problems);
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
  assert.deepEqual(problems.splice(0).flat(), []);
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

test('[ENC370] acceptance 1: who was removed reads nothing later, on any of their devices', { timeout }, () =>
  inChromium(removed),
);

test(
  '[ENC371] acceptance 3: a new device reads the oldest message, by the recovery key and by a code',
  {
    timeout,
  },
  () => inChromium(newDevice),
);

test(
  '[ENC372] acceptance 6: after a random history nothing is unreadable, and nothing is readable for others',
  {
    timeout,
  },
  () => inChromium((place) => randomHistory(place, 1)),
);

test('[ENC373] acceptance 7: 120 messages without a pause are read', { timeout }, () => inChromium(withoutPause));

test('[ENC374] acceptance 7: when all one-time keys were taken the key of last resort serves', { timeout }, () =>
  inChromium(noKeysLeft),
);

test('[ENC375] acceptance 7: a clock that moves by eight days ends a session and stops nobody', { timeout }, () =>
  inChromium(clockMoves),
);

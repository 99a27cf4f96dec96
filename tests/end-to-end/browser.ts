// Chromium for end-to-end tests: several people, each with a browser profile of their own.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const candidates = [
  process.env.PARLEY_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
export const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const cameraFlags = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** Nothing on a page takes longer, on a machine with ten times too much to do either: keys are opened in it, too. */
const timeoutMs = 60_000;

export const sizes = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1440, height: 900 },
} as const;

export type Size = keyof typeof sizes;
export type Scheme = 'light' | 'dark';

/** What a browser says by itself when there is no network, or when an answer is a refusal. */
const ofTheNetwork = /Failed to load resource|WebSocket connection to .* failed/;

/** Somebody with a browser. What goes wrong on the page, its policy included, is kept in `problems`. */
export interface Someone {
  readonly context: BrowserContext;
  page: Page;
  readonly problems: readonly string[];
}

/** Starts the browser; the caller closes it. Its camera, which nobody has to allow, plays the file that is named. */
export async function launchBrowser(camera?: string): Promise<Browser> {
  const seen = camera === undefined ? [] : [...cameraFlags, `--use-file-for-fake-video-capture=${camera}`];
  return chromium.launch({ executablePath: browserPath(), args: [...browserFlags, ...seen] });
}

/** Where Chromium is. */
export function browserPath(): string {
  const path = candidates.find((one) => one !== undefined && existsSync(one));
  if (path === undefined) throw new Error('there is no Chromium; set PARLEY_CHROMIUM to one');
  return path;
}

/** One person's browser, whose pages do not keep themselves. A console error or a failed script fails the test through `problems`. */
export async function person(browser: Browser, size: Size, scheme: Scheme = 'light'): Promise<Someone> {
  const touch = size === 'phone' ? { hasTouch: true, isMobile: true } : {};
  const looks = { viewport: sizes[size], colorScheme: scheme, locale: 'en-GB', ...touch };
  const context = await browser.newContext({ ...looks, serviceWorkers: 'block' });
  context.setDefaultTimeout(timeoutMs);
  const problems = problemsOf(context);
  return { context, page: await context.newPage(), problems };
}

/** What goes wrong on the pages that it opens from now on. */
export function problemsOf(context: BrowserContext): readonly string[] {
  const problems: string[] = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !ofTheNetwork.test(message.text())) problems.push(message.text());
    });
  });
  return problems;
}

interface Axe {
  run(
    part: Document | string,
    options: object,
  ): Promise<{ violations: { id: string; nodes: { target: unknown[] }[] }[] }>;
}

/** What axe finds on the page or a part of it, in one line each. It stays on the page, which makes the next look cheap. */
export async function violations(page: Page, part?: string): Promise<readonly string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis);
  if (!isThere) await new AxeBuilder({ page }).setLegacyMode(true).withRules(['document-title']).analyze();
  return page.evaluate(async (where) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    // What is still fading in has other colours than it will have.
    const moving = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
    await Promise.allSettled(moving.map(({ finished }) => finished));
    const found = await axe.run(where ?? document, { resultTypes: ['violations'] });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  }, part);
}

/** Where pictures are kept; nothing is kept without it. */
const folder = process.env.SHOTS;
export const keepsPictures = folder !== undefined;

/** Keeps a picture of the page under `SHOTS`. */
export async function picture(page: Page, name: string): Promise<void> {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

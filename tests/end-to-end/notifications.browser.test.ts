// Notifications in a real Chromium: its permission is given over DevTools, its notifications are seen by a class in
// their place. Two pages of one person, of which one holds the connection.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, picture, type Someone, violations } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { chat, choose, closeSheet, dialog, header, signInWithKey } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn } from './town.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let ana: Client;
let ben: Client;
let someone: Someone;
let other: Page;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url } = server.summary;
    [ana, ben] = await Promise.all([moveIn(url, 'ana', 'Ana Lind'), moveIn(url, 'ben', 'Ben Osei')]);
    for (const client of [ana, ben]) opened.defer(() => client.close());
    await write(ana, 'ben', 'Hello');
    browser = opened.use(await launchBrowser());
    someone = await person(browser, 'desktop');
    await someone.context.addInitScript(plantNotifications);
    await someone.page.close();
    someone.page = await someone.context.newPage();
    await signInWithKey(someone.page, { url, handle: 'ana', words: await recoveryWords(ana) });
    await chat(someone.page, 'Ben Osei').waitFor();
    other = await someone.context.newPage();
    await other.goto(url);
    await chat(other, 'Ben Osei').waitFor();
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

interface Told {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  press(): void;
}
interface Planted {
  readonly told: Told[];
  hide(hidden: boolean): void;
}

/** In the page, before its scripts: notifications that are only written down, and a page that can be out of sight. */
function plantNotifications(): void {
  const Real = Notification;
  const told: Told[] = [];
  let hidden = false;
  class Double {
    onclick: (() => void) | null = null;
    onclose: (() => void) | null = null;
    static get permission() {
      // Without a screen nobody could answer, so this browser says no before it is asked.
      return Real.permission === 'denied' ? 'default' : Real.permission;
    }
    static requestPermission() {
      return Real.requestPermission();
    }
    constructor(title: string, { body = '', tag = '' }: NotificationOptions) {
      told.push({ title, body, tag, press: () => this.onclick?.() });
    }
    close() {
      this.onclose?.();
    }
  }
  Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') });
  const hide = (now: boolean) => {
    hidden = now;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  Object.assign(globalThis, { Notification: Double, planted: { told, hide } satisfies Planted });
}

const toldOf = (page: Page) =>
  page.evaluate(`planted.told.map(({ title, body, tag }) => [title, body, tag])`) as Promise<string[][]>;
const hide = (page: Page, hidden: boolean) => page.evaluate(`planted.hide(${hidden})`);
const pressLast = (page: Page) => page.evaluate(`planted.told.at(-1).press()`);

async function write(from: Client, to: string, text: string): Promise<void> {
  const conversation = await from.createDirect(to);
  await (await conversation.send(text)).placed();
}

test('[WEB21] after the third message a line offers notifications, and goes when told to', async () => {
  const { page } = someone;
  for (const text of ['One', 'Two', 'Three']) {
    await write(ben, 'ana', text);
    await chat(page, 'Ben Osei').getByText(text, { exact: true }).waitFor();
  }
  await page.getByText('Want to know when somebody writes?').waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, 'desktop-light-offer');
  await page.getByRole('button', { name: 'No, thanks' }).click();
  await page.getByText('Want to know when somebody writes?').waitFor({ state: 'detached' });
  assert.deepEqual(await toldOf(page), []);
  assert.equal(await page.title(), '(3) Parley');
});

test('[WEB20] switched on in the settings, a message is told by one page while none is in sight', async () => {
  const { page, context, problems } = someone;
  await context.grantPermissions(['notifications'], { origin: server.summary.url });
  await choose(page, 'Settings');
  const switches = dialog(page, 'Settings').getByRole('switch');
  await switches
    .filter({ visible: true })
    .and(page.getByLabel(/Tell me when somebody writes/))
    .check();
  await page.getByLabel(/Hide what was written/).waitFor();
  assert.deepEqual(await violations(page, 'dialog[open]'), []);
  await picture(page, 'desktop-light-notifications');
  await closeSheet(page);
  await hide(page, true);
  await write(ben, 'ana', 'The other page is in sight');
  await chat(other, 'Ben Osei').getByText('The other page is in sight').waitFor();
  await hide(other, true);
  await write(ben, 'ana', 'Are you there?');
  await page.waitForFunction(() => (globalThis as unknown as { planted: Planted }).planted.told.length > 0);
  const [told, elsewhere] = [await toldOf(page), await toldOf(other)];
  assert.deepEqual(
    [...told, ...elsewhere].map(([title, body]) => [title, body]),
    [['Ben Osei', 'Are you there?']],
  );
  await pressLast(page);
  await header(page).getByText('Ben Osei').waitFor();
  assert.deepEqual(problems, []);
});

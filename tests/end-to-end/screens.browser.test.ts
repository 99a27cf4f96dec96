// Every screen and every state of it, on phone and desktop, in light and dark: axe finds nothing, and (with SHOTS=folder)
// each is kept as a picture. Also what the first load weighs, and that the keyboard alone is enough.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { keepsPictures, launchBrowser, person, picture, type Size, type Someone, violations } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { bubble, chat, choose, closeSheet, composer, messages, say, signInWithKey } from './page.ts';
import { back, screens, showEverything } from './screens.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { foundTown, type Town } from './town.ts';
import { layWire, type Wire } from './wire.ts';

const maxFirstLoadBytes = 150 * 1024;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let town: Town;
let wire: Wire;
const people = new Map<Size, Someone>();

before(
  async () => {
    const settings = { PARLEY_SIGNUP: 'open', PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100' };
    server = opened.use(await startServer(await freshFolder(), settings));
    wire = opened.use(await layWire(server.summary.url));
    town = opened.use(await foundTown(server.summary.url));
    await showEverything(town);
    browser = opened.use(await launchBrowser());
    for (const size of ['desktop', 'phone'] as const) {
      const someone = await person(browser, size);
      people.set(size, someone);
      await signInWithKey(someone.page, { url: wire.url, handle: 'ana', words: await recoveryWords(town.clients.ana) });
      await chat(someone.page, 'River trip').waitFor();
    }
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

/** Each size is looked at in a scheme of its own; these in both. The tokens are computed for both anyway. */
const schemes = { desktop: ['light', 'dark'], phone: ['dark', 'light'] } as const;
const inBoth = ['list', 'group', 'everything', 'settings'];

for (const size of ['desktop', 'phone'] as const) {
  test(`[WEB12] axe finds nothing on any screen: ${size}`, { timeout: 400_000 }, async () => {
    const { page, problems } = people.get(size) ?? assert.fail();
    const [usual] = schemes[size];
    const found: string[] = [];
    await page.emulateMedia({ colorScheme: usual, reducedMotion: 'reduce' });
    for (const screen of screens) {
      const { name, open, close } = screen;
      await open(page, size, town);
      for (const scheme of schemes[size]) {
        const examined = scheme === usual || inBoth.includes(name);
        if (!examined && !keepsPictures) continue;
        await page.emulateMedia({ colorScheme: scheme });
        await picture(page, `${size}-${scheme}-${name}`);
        // What lies below an open sheet was examined before.
        const part = 'isSheet' in screen ? 'dialog[open]' : undefined;
        if (examined) for (const one of await violations(page, part)) found.push(`${name} (${scheme}): ${one}`);
      }
      await page.emulateMedia({ colorScheme: usual });
      await close?.(page, size);
    }
    assert.deepEqual(found, []);
    assert.deepEqual(problems, []);
  });
}

test('[WEB16] sheets say that they load, that they could not, and try again', async () => {
  const { page } = people.get('desktop') ?? assert.fail();
  const address = '**/v1/rooms*';
  await page.route(address, () => {});
  await choose(page, 'Browse rooms');
  await page.locator('.sheet .skeleton').waitFor();
  await picture(page, 'desktop-light-rooms-loading');
  await closeSheet(page);
  await page.unroute(address);
  await page.route(address, (route) => route.abort());
  await choose(page, 'Browse rooms');
  await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, 'desktop-light-rooms-failed');
  await page.unroute(address);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Questions about this server').waitFor();
  await closeSheet(page);
});

test('[WEB16] without a network chats stay, older messages say that they are out of reach, and come when they are', async () => {
  const someone = await person(browser, 'phone', 'dark');
  const { page } = someone;
  wire.hold(true);
  await signInWithKey(page, { url: wire.url, handle: 'ana', words: await recoveryWords(town.clients.ana) });
  await page.locator('.list-pane .skeleton').waitFor();
  await page.getByRole('status').filter({ hasText: 'Connecting' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, 'phone-dark-list-loading');
  wire.hold(false);
  await wire.cut();
  await wire.mend();
  await chat(page, 'Help desk').waitFor();
  // What a group is called stands in its messages.
  await chat(page, 'Book circle').waitFor();
  await page.getByRole('button', { name: 'Unread', exact: true }).click();
  await wire.cut();
  await page.getByRole('status').filter({ hasText: 'Waiting for network' }).waitFor();
  await picture(page, 'phone-dark-list-offline');
  await page.getByRole('button', { name: 'Groups', exact: true }).click();
  await chat(page, 'Book circle').click();
  await say(page, 'Into the void');
  await bubble(page, 'Into the void').getByRole('img', { name: 'Waiting' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Try now', exact: true }).filter({ visible: true }).click();
  await wire.mend();
  // As a browser says it.
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await bubble(page, 'Into the void')
    .getByRole('img', { name: /Sent|Delivered|Read/ })
    .waitFor();
  await back(page, 'phone');
  assert.deepEqual(someone.problems, []);
  await someone.context.close();
});

test('[WEB16] the page before the chats says when the server is out of reach, and asks again', async () => {
  const { page, context } = await person(browser, 'phone');
  await page.route('**/v1/server', (route) => route.abort());
  await page.goto(server.summary.url);
  await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, 'phone-light-entry-unreachable');
  await page.unroute('**/v1/server');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, 'phone-light-sign-in');
  await context.close();
});

test('[WEB17] the keyboard alone is enough', async () => {
  const { page } = people.get('desktop') ?? assert.fail();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
  const focusedText = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await page.goto(wire.url);
  await chat(page, 'River trip').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'New chat');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Menu');
  await page.keyboard.press('Enter');
  assert.equal(await focusedText(), 'Invite somebody');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focusedText(), 'Settings');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focusedText(), 'Invite somebody');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'Menu', 'focus is where it came from');
  await page.keyboard.press('Control+k');
  assert.equal(await focused(), 'Search people and messages');
  await page.keyboard.type('river');
  await chat(page, 'River trip').waitFor();
  await page.keyboard.press('ArrowDown');
  assert.match(await focusedText(), /River trip/);
  await page.keyboard.press('Enter');
  await composer(page).waitFor();
  assert.equal(await focused(), 'Message');
  await page.keyboard.type('Said with keys');
  await page.keyboard.press('Enter');
  // It can be edited once it has its place, and who got it knows that place.
  await bubble(page, 'Said with keys')
    .getByRole('img', { name: /Delivered|Read/ })
    .waitFor();
  await page.keyboard.press('ArrowUp');
  assert.equal(await composer(page).inputValue(), 'Said with keys', 'the last own message is edited');
  await page.keyboard.press('Escape');
  assert.equal(await composer(page).inputValue(), '');
  await messages(page).focus();
  await page.keyboard.press('ArrowUp');
  assert.match(await focusedText(), /Said with keys/);
  await page.keyboard.press('ArrowUp');
  assert.match(await focusedText(), /Bring the dry bags/);
  await page.keyboard.press('Enter');
  assert.equal(await focusedText(), 'Reply');
  await page.keyboard.press('Escape');
  assert.match(await focusedText(), /Bring the dry bags/, 'focus is back on the message');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'Message', 'and then where one writes');
  await page.keyboard.press('Escape');
  await composer(page).waitFor({ state: 'detached' });
  assert.match(await focusedText(), /River trip/, 'whoever leaves a chat is back at its row');
});

test('[WEB18] text of twice the size is cut off nowhere', async () => {
  for (const size of ['desktop', 'phone'] as const) {
    const { page } = people.get(size) ?? assert.fail();
    await page.goto(wire.url);
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
    await chat(page, 'River trip').waitFor();
    assert.deepEqual(await cutOff(page), []);
    await picture(page, `${size}-large-list`);
    await chat(page, 'River trip').click();
    await bubble(page, 'Bring the dry bags').waitFor();
    assert.deepEqual(await cutOff(page), []);
    await picture(page, `${size}-large-group`);
    await back(page, size);
  }
});

/** Places whose content is higher than they are, and a page that is wider than the window. */
function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const fixed = [
      ...document.querySelectorAll<HTMLElement>('.pane-header, .chat-row, .chip, .bubble, .composer, .search'),
    ];
    const clipping = [...document.querySelectorAll<HTMLElement>('.name, .subtitle, .chat-row-last')];
    const isShown = (place: HTMLElement) => place.getClientRects().length > 0;
    // Letters may reach over their line by a little.
    const cut = [...fixed, ...clipping].filter(
      (place) => isShown(place) && place.scrollHeight > place.clientHeight + 2 + place.clientHeight * 0.1,
    );
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the window'] : [];
    return [...cut.map((place) => `${place.className}: ${place.textContent.slice(0, 40)}`), ...wide];
  });
}

test('[WEB11] the first load of the page is at most 150 KB compressed', async () => {
  const { page, context } = await person(browser, 'desktop');
  const bodies: Promise<readonly [string, number]>[] = [];
  page.on('response', (response) => {
    const url = new URL(response.url());
    if (url.origin !== server.summary.url || url.pathname.startsWith('/v1/')) return;
    bodies.push(response.body().then((body) => [url.pathname, gzipSync(body).length] as const));
  });
  await page.goto(server.summary.url);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const loaded = await Promise.all(bodies);
  assert.ok(!loaded.some(([path]) => /wasm|keys/.test(path)), 'what encryption needs comes when there are chats');
  const total = loaded.reduce((sum, [, bytes]) => sum + bytes, 0);
  assert.ok(loaded.length >= 3, 'page, script and style');
  assert.ok(total <= maxFirstLoadBytes, `${total} bytes: ${loaded.map((one) => one.join(' ')).join(', ')}`);
  await context.close();
});

// A chat of ten thousand messages in a real browser: what is drawn, whether anything moves while one reads back, and
// messages that are long, written from right to left, or only emoji.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { maxTextBytes, maxTextCharacters } from '@parley/protocol/limits';
import type { Client, Conversation } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, picture, type Someone } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { bubble, chat, composer, messages, say, signInWithKey } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';

const password = 'correct horse battery';
const count = 10_000;
/** A new device has the keys of them within this time, on a busy machine. Milliseconds. */
const openMs = 60_000;
/** More rows than this are never drawn at once: a screen of them and some on either side. */
const mostDrawn = 70;
/** Two frames of a scroll take less, in the middle, on a busy machine. Milliseconds. */
const smoothMs = 150;
/** A row that moves by more than this while one reads has jumped. Pixels. */
const stillPx = 2;
/** Scrolled back step by step, as fast as a finger throws it. Pixels, steps. */
const step = { px: 300, count: 80 };
/** So many pages are more than the window of a timeline holds. */
const farPages = 45;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let ben: Client;
let ana: Someone;
let withAna: Conversation;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '1000' }));
    browser = opened.use(await launchBrowser());
    const { url } = server.summary;
    const join = async (handle: string, name: string) => {
      const session = await entrance(url).signUp({ handle, name, password, deviceName: 'Laptop' });
      const client = await connect({ server: url, session });
      opened.defer(() => client.close());
      await client.caughtUp();
      return client;
    };
    const anaElsewhere = await join('ana', 'Ana Lind');
    ben = await join('ben', 'Ben Okafor');
    const withBen = await anaElsewhere.createDirect('ben');
    await withBen.markRead(await (await withBen.send('Tell me everything')).placed());
    withAna = await ben.createDirect('ana');
    for (let n = 1; n <= count; n++) await withAna.send(lineOf(n));
    await ben.flushed();
    const words = await recoveryWords(anaElsewhere);
    await anaElsewhere.close();
    ana = await person(browser, 'desktop');
    await signInWithKey(ana.page, { url, handle: 'ana', words });
    // The keys of all that was said come back, the newest first.
    await chat(ana.page, 'Ben Okafor').getByText(`message ${count}.`).waitFor({ timeout: openMs });
  },
  { timeout: 400_000 },
);
after(() => opened.disposeAsync());

/** Messages of very different heights. */
function lineOf(n: number): string {
  return n % 7 === 0
    ? `message ${n}. ${'A longer thought that needs several lines of the bubble. '.repeat(1 + (n % 5))}`
    : `message ${n}.`;
}

test('[WEB13] ten thousand messages open at once and draw only what is near the screen', async () => {
  const { page } = ana;
  await chat(page, 'Ben Okafor')
    .getByRole('img', { name: `${count.toLocaleString('en')} unread messages` })
    .waitFor();
  const from = Date.now();
  await chat(page, 'Ben Okafor').click();
  await bubble(page, /message \d+\./)
    .first()
    .waitFor();
  assert.ok(Date.now() - from < 5_000, 'the first message is on screen soon');
  await page.getByRole('button', { name: /new messages/ }).click();
  await bubble(page, `message ${count}.`).waitFor();
  assert.ok((await messages(page).getByRole('article').count()) <= mostDrawn);
});

test('[WEB13] nothing moves while older messages are put above', async () => {
  judge(await readBack(ana.page));
});

test('[WEB13] nothing moves far back either, where the newest are let go of', async () => {
  await messages(ana.page).evaluate(async (list, pages) => {
    for (let page = 0; page < pages; page++) {
      list.scrollTop = 0;
      // Until the next page stands above, or there was none to wait for.
      const { scrollHeight } = list;
      for (let frame = 0; frame < 30 && list.scrollHeight === scrollHeight && list.scrollTop === 0; frame++)
        await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, farPages);
  judge(await readBack(ana.page));
});

test('[WEB13] what comes in while one reads further up does not move it, and is counted', async () => {
  const { page } = ana;
  const list = messages(page);
  const topOf = () =>
    list.evaluate((element) => {
      const { top } = element.getBoundingClientRect();
      const all = [...element.querySelectorAll('article')].map((one) => one.getBoundingClientRect().top);
      return all.filter((each) => each >= top).sort((a, b) => a - b)[0];
    });
  const before = await topOf();
  await (await withAna.send('Something new')).placed();
  await chat(page, 'Something new').waitFor();
  assert.equal(await topOf(), before);
  await page.getByRole('button', { name: /newest message|new message/ }).click();
  await bubble(page, 'Something new').waitFor();
});

test('[WEB13] a message of 32 KiB, text from right to left and emoji are shown whole', async () => {
  const { page } = ana;
  const long = 'ö'.repeat(maxTextCharacters);
  assert.equal(Buffer.byteLength(long), maxTextBytes);
  await say(page, long);
  await bubble(page, 'ööö').getByRole('button', { name: 'Read more' }).click();
  await page.waitForFunction(
    (length) => [...document.querySelectorAll('.words')].some((one) => (one.textContent ?? '').length === length),
    maxTextCharacters,
  );
  await say(page, 'שלום! זה טקסט מימין לשמאל (עם סוגריים).');
  const direction = (text: string) =>
    bubble(page, text)
      .locator('.text')
      .evaluate((one) => getComputedStyle(one).direction);
  await bubble(page, 'שלום').waitFor();
  assert.equal(await direction('שלום'), 'rtl');
  await say(page, '👩‍👩‍👧‍👦🏳️‍🌈');
  const size = await bubble(page, '🏳️‍🌈')
    .locator('.words')
    .evaluate((one) => Number.parseFloat(getComputedStyle(one).fontSize));
  assert.ok(size > 30, 'emoji alone are large');
  await say(page, '<img src=x onerror=alert(1)> & <b>text</b>');
  await bubble(page, '<img src=x onerror=alert(1)> & <b>text</b>').waitFor();
  assert.equal(await messages(page).locator('img, b').count(), 0);
  await picture(page, 'desktop-light-long-chat');
  await composer(page).fill('ö'.repeat(maxTextCharacters + 1));
  await page.getByRole('alert').filter({ hasText: '1 characters too long' }).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled());
  assert.deepEqual(ana.problems, []);
});

/** What scrolling back step by step did to the rows in view. */
interface Moves {
  /** Steps after which a row stood elsewhere than the step put it, in pixels off. */
  readonly jumps: readonly number[];
  /** Steps that moved nothing, because a page came in the same frame. */
  readonly swallowed: number;
  readonly compared: number;
  readonly drawn: number;
  readonly middleMs: number;
}

function readBack(page: Page): Promise<Moves> {
  return messages(page).evaluate(
    async (list, { px, count: steps, still }) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const topOf = (element: Element | undefined) => element?.getBoundingClientRect().top ?? 0;
      const jumps: number[] = [];
      const times: number[] = [];
      let [swallowed, compared, drawn] = [0, 0, 0];
      for (let at = 0; at < steps; at++) {
        // At the upper edge the next page is still on its way.
        for (let wait = 0; wait < 60 && list.scrollTop < px; wait++) await frame();
        const shown = [...list.querySelectorAll('article')].filter((one) => topOf(one) >= topOf(list));
        const anchor = shown.sort((a, b) => topOf(a) - topOf(b))[0];
        const before = topOf(anchor);
        // Where the next page has not come in all that time there is less to scroll.
        const by = Math.min(px, list.scrollTop);
        const started = performance.now();
        list.scrollTop -= by;
        await frame();
        await frame();
        times.push(performance.now() - started);
        drawn = Math.max(drawn, list.querySelectorAll('article').length);
        if (anchor?.isConnected !== true) continue;
        compared += 1;
        const moved = topOf(anchor) - before;
        if (Math.abs(moved) <= still) swallowed += 1;
        else if (Math.abs(moved - by) > still) jumps.push(moved - by);
      }
      times.sort((a, b) => a - b);
      return { jumps, swallowed, compared, drawn, middleMs: times[times.length >> 1] ?? 0 };
    },
    { ...step, still: stillPx },
  );
}

function judge({ jumps, swallowed, compared, drawn, middleMs }: Moves): void {
  assert.deepEqual(jumps, [], 'no row jumped');
  assert.ok(compared >= step.count * 0.95, `rows stayed in reach (${compared})`);
  assert.ok(swallowed <= step.count * 0.1, `${swallowed} steps moved nothing`);
  assert.ok(drawn <= mostDrawn, `${drawn} rows drawn`);
  assert.ok(middleMs < smoothMs, `two frames took ${Math.round(middleMs)} ms`);
}

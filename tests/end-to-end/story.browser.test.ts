// The story of a newcomer, in real browsers: set-up link, own notes, the echo bot, an invitation, a chat from key
// press to blue tick, a break of the network, five hundred messages while away, and signing a device out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, picture, type Someone, violations } from './browser.ts';
import { anotherDevice } from './devices.ts';
import {
  act,
  bubble,
  chat,
  choose,
  closeSheet,
  composer,
  header,
  messages,
  openActions,
  say,
  signIn,
  tick,
  wordsShown,
} from './page.ts';
import { password } from './people.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { layWire, type Wire } from './wire.ts';

const missed = 500;
/** A revoked page ends within two seconds; drawing it on a busy machine may take one more. */
const revokedMs = 3_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
/** Ben's way to the server. */
let wire: Wire;
let ana: Someone;
let ben: Someone;

before(async () => {
  const settings = { PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100', PARLEY_ECHO_BOT: 'on' };
  server = opened.use(await startServer(await freshFolder(), settings));
  wire = opened.use(await layWire(server.summary.url));
  browser = opened.use(await launchBrowser());
  ana = await person(browser, 'desktop');
  ben = await person(browser, 'phone', 'dark');
});
after(() => opened.disposeAsync());

test('[WEB8] the set-up page makes the owner and lands in a chat with the echo bot', async () => {
  const { page } = ana;
  const { setup_link: setup } = server.summary;
  assert.ok(setup !== undefined, 'there is a set-up link while there is no owner');
  await page.goto(setup);
  await page.getByLabel('Your name').fill('Ana Lind');
  await page.getByLabel('Password', { exact: true }).fill(password);
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await composer(page).waitFor();
  assert.match(page.url(), /\/c\/c_[^#]+$/);
  await bubble(page, 'Hello! I am a small bot').waitFor();
});

test('[WEB46] the chat with a bot says who can read there', async () => {
  await messages(ana.page).getByText('This is a program. Whoever runs it can read what you write here.').waitFor();
});

test('[WEB14] the echo bot reads, types and answers', async () => {
  const { page } = ana;
  await say(page, 'Is anybody there?');
  await header(page).getByText('typing…').waitFor();
  await tick(page, 'Is anybody there?', 'Read').waitFor();
  await messages(page).locator('article.other').filter({ hasText: 'Is anybody there?' }).waitFor();
});

test('[WEB14] notes to self show one tick', async () => {
  const { page } = ana;
  await chat(page, 'Notes to self').click();
  await say(page, 'A note for me');
  await tick(page, 'A note for me', 'Sent').waitFor();
  await chat(page, 'A note for me').getByRole('img', { name: 'Sent', exact: true }).waitFor();
});

test('[WEB8] an invitation brings a second person into the chat, with the cursor in it', async () => {
  const { page } = ben;
  await choose(ana.page, 'Invite somebody');
  await ana.page.getByRole('button', { name: 'Make a link' }).click();
  const link = await ana.page.getByRole('textbox', { name: 'Invite somebody' }).inputValue();
  await closeSheet(ana.page);
  await page.goto(link.replace(server.summary.url, wire.url));
  await page.getByRole('heading', { name: 'Ana Lind invites you' }).waitFor();
  await page.getByLabel('Your name').fill('Ben Okafor');
  await page.getByLabel('Password', { exact: true }).fill(password);
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Start chatting' }).click();
  await composer(page).waitFor();
  assert.ok(await composer(page).evaluate((field) => field === document.activeElement), 'the cursor is in it');
  assert.ok(!page.url().includes('#'), 'the secret has left the address');
});

test('[WEB14] a message goes from key press to blue ticks, and typing shows', async () => {
  await say(ben.page, 'Hello Ana');
  await chat(ana.page, 'Ben Okafor').click();
  await bubble(ana.page, 'Hello Ana').waitFor();
  await composer(ana.page).pressSequentially('I am');
  await header(ben.page).getByText('typing…').waitFor();
  await say(ana.page, 'I am here');
  await bubble(ben.page, 'I am here').waitFor();
  await ben.page.bringToFront();
  await tick(ana.page, 'I am here', 'Read').waitFor();
  await header(ben.page).getByText('online').waitFor();
  assert.deepEqual(await violations(ben.page), []);
});

test('[WEB14] without a network messages wait with a clock, survive a restart of the page, and go out once', async () => {
  await wire.cut();
  await say(ben.page, 'Said under the bridge');
  await tick(ben.page, 'Said under the bridge', 'Waiting').waitFor();
  await ben.page.getByRole('status').filter({ hasText: 'Waiting for network', visible: true }).waitFor();
  await picture(ben.page, 'phone-dark-offline');
  const address = ben.page.url();
  await ben.page.close();
  assert.equal(await bubble(ana.page, 'Said under the bridge').count(), 0);
  await wire.mend();
  ben.page = await ben.context.newPage();
  await ben.page.goto(address);
  await bubble(ana.page, 'Said under the bridge').waitFor();
  await tick(ben.page, 'Said under the bridge', 'Delivered')
    .or(tick(ben.page, 'Said under the bridge', 'Read'))
    .waitFor();
  assert.equal(await bubble(ana.page, 'Said under the bridge').count(), 1);
  assert.equal(await bubble(ben.page, 'Said under the bridge').count(), 1);
});

test('[WEB14] replies, edits, reactions and deletion show on both sides', async () => {
  await act(ana.page, 'Hello Ana', 'Reply');
  await say(ana.page, 'An answer to you');
  await bubble(ben.page, 'An answer to you').getByText('Hello Ana').waitFor();
  await act(ana.page, 'An answer to you', 'Edit');
  await say(ana.page, 'A better answer');
  await bubble(ben.page, 'A better answer').getByText('edited').waitFor();
  await openActions(ana.page, 'Said under the bridge');
  await ana.page.getByRole('button', { name: '👍' }).click();
  await bubble(ben.page, 'Said under the bridge').getByRole('button', { name: /👍/ }).waitFor();
  await act(ana.page, 'A better answer', 'Delete');
  await ana.page.getByRole('button', { name: 'Delete for everyone' }).click();
  await messages(ben.page).getByText('This message was deleted').waitFor();
  await messages(ana.page).getByText('You deleted this message').waitFor();
  const gone = bubble(ana.page, 'You deleted this message');
  assert.equal(await gone.getByRole('img', { name: /Waiting|Sent|Delivered|Read/ }).count(), 0, 'no ticks [WEB48]');
  await act(ben.page, 'Hello Ana', 'Delete');
  await ben.page.getByRole('button', { name: 'Delete for me' }).click();
  await bubble(ben.page, /^Hello Ana/).waitFor({ state: 'detached' });
  assert.ok((await bubble(ana.page, 'Hello Ana').count()) > 0, 'the other side keeps it');
});

test('[WEB4] five hundred messages that came while away are there, once, in order, from the first on', async () => {
  await ben.page.close();
  // Another device of Ana's says them; her page shows them as her own.
  await using laptop = await anotherDevice(server.summary.url, 'ana.lind', await wordsShown(ana.page));
  const conversation = await laptop.createDirect('ben.okafor');
  for (let n = 1; n <= missed; n++) await conversation.send(`number ${n}.`);
  await laptop.flushed();
  await tick(ana.page, `number ${missed}.`, 'Sent').waitFor();
  ben.page = await ben.context.newPage();
  await ben.page.goto(wire.url);
  const row = chat(ben.page, 'Ana Lind');
  await row.getByRole('img', { name: `${missed} unread messages` }).waitFor();
  assert.equal(await ben.page.title(), `(${missed}) Parley`);
  await row.click();
  await messages(ben.page).getByText(`${missed} new messages`).waitFor();
  await bubble(ben.page, /number 1\./).waitFor();
  await picture(ben.page, 'phone-dark-unread');
  assert.deepEqual(
    await readThrough(ben.page, `number ${missed}.`),
    Array.from({ length: missed }, (_, n) => `number ${n + 1}.`),
  );
  await tick(ana.page, `number ${missed}.`, 'Read').waitFor();
  await ben.page.waitForFunction(() => document.title === 'Parley');
});

test('[WEB14] signing a device out ends its page at once, and the page says so', async () => {
  const other = await person(browser, 'desktop');
  await signIn(other.page, { url: server.summary.url, handle: 'ana.lind', password });
  await chat(other.page, 'Notes to self').click();
  await choose(ana.page, 'Settings');
  const devices = ana.page.locator('.room-line').filter({ hasText: 'Chrome on Linux' });
  const here = ana.page.getByText('This device', { exact: true });
  await devices.filter({ has: here }).waitFor();
  const foreign = devices.filter({ hasNot: here });
  await foreign.getByRole('button', { name: 'Sign out' }).click();
  await ana.page
    .getByRole('dialog', { name: /Sign out Chrome/ })
    .getByRole('button', { name: 'Sign out' })
    .click();
  await foreign.waitFor({ state: 'detached' });
  await other.page.getByRole('heading', { name: 'You are signed out' }).waitFor({ timeout: revokedMs });
  await picture(other.page, 'desktop-light-signed-out');
  await other.page.getByRole('button', { name: 'Sign in again' }).click();
  await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await other.page.getByText('Notes to self').count(), 0, 'nothing of the account is left on the page');
  await closeSheet(ana.page);
  assert.deepEqual(other.problems, []);
});

test('[WEB15] no script failed, and the policy of the page held everything', () => {
  assert.deepEqual([...ana.problems, ...ben.problems], []);
});

/** Scrolls from the present place to the end and collects the numbered messages in the order of the screen. */
async function readThrough(page: Page, last: string): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let round = 0; round < 400 && !seen.includes(last); round++) {
    const shown = await messages(page)
      .getByRole('article')
      .filter({ hasText: /number \d+\./ })
      .evaluateAll((articles) =>
        articles
          .map((article) => ({
            top: article.getBoundingClientRect().top,
            text: article.querySelector('.words')?.textContent ?? '',
          }))
          .sort((a, b) => a.top - b.top)
          .map(({ text }) => text),
      );
    assert.equal(new Set(shown).size, shown.length, 'nothing is shown twice');
    seen.push(...shown.filter((text) => !seen.includes(text)));
    await messages(page).evaluate((list) => {
      list.scrollTop += list.clientHeight * 0.8;
      return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
  }
  return seen;
}

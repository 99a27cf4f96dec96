// What one does with one's chats, in a real browser: drafts, unread counts, order, stars, search, disappearing
// messages, privacy, blocking. The others are SDK clients, so both sides are looked at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { unopened } from './live.ts';
import {
  act,
  bubble,
  chat,
  choose,
  chooseOf,
  closeSheet,
  composer,
  dialog,
  header,
  messages,
  openInfo,
  say,
  signInWithKey,
} from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { foundTown, holds, type Town } from './town.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let town: Town;
let ana: Someone;

before(
  async () => {
    const settings = { PARLEY_SIGNUP: 'open', PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100' };
    server = opened.use(await startServer(await freshFolder(), settings));
    town = opened.use(await foundTown(server.summary.url));
    browser = opened.use(await launchBrowser());
    ana = await person(browser, 'desktop');
    await ana.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await signInWithKey(ana.page, {
      url: server.summary.url,
      handle: 'ana',
      words: await recoveryWords(town.clients.ana),
    });
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

test('[WEB7] a draft stays when the chat is left, shows in the list and on the other device', async () => {
  const { page } = ana;
  await chat(page, 'Jonas Weber').getByText('Draft:').waitFor();
  await chat(page, 'Jonas Weber').click();
  assert.equal(await composer(page).inputValue(), 'I looked into the');
  await composer(page).fill('I looked into the canoes');
  await chat(page, 'Notes to self').click();
  await chat(page, 'Jonas Weber').getByText('I looked into the canoes').waitFor();
  const elsewhere = await town.chat('ana', 'jonas');
  await holds(town.clients.ana, () => elsewhere.snapshot.draft === 'I looked into the canoes');
  await chat(page, 'Jonas Weber').click();
  await composer(page).press('Enter');
  await bubble(page, 'I looked into the canoes').waitFor();
  await holds(town.clients.ana, () => elsewhere.snapshot.draft === '');
});

test('[WEB14] unread counts agree between devices, and what one has read the other has', async () => {
  const { page } = ana;
  const elsewhere = await town.chat('ana', 'Book circle');
  for (const text of ['Chapter ten next week?', 'I bring cake']) await town.say('noor', 'Book circle', text);
  const row = chat(page, 'Book circle');
  await row.getByRole('img', { name: '2 unread messages' }).waitFor();
  await holds(town.clients.ana, () => elsewhere.snapshot.unread === 2);
  await row.click();
  await bubble(page, 'I bring cake').waitFor();
  await holds(town.clients.ana, () => elsewhere.snapshot.unread === 0);
});

test('[WEB14] chats are kept on top, muted, archived, and found again', async () => {
  const { page } = ana;
  await chooseOf(page, 'Piotr Zieliński', 'Keep on top');
  await page.waitForFunction(() => document.querySelector('li .chat-row .name')?.textContent === 'Piotr Zieliński');
  await chooseOf(page, 'Piotr Zieliński', 'Do not keep on top');
  await chooseOf(page, 'Noor Haddad', 'Mute');
  await page.getByRole('menuitem', { name: '8 hours' }).click();
  await chat(page, 'Noor Haddad').getByRole('img', { name: 'Muted' }).waitFor();
  await chooseOf(page, 'Noor Haddad', 'Archive');
  await chat(page, 'Noor Haddad').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Archived', exact: true }).click();
  await chooseOf(page, 'Noor Haddad', 'Move to chats');
  await page.getByText('Nothing is archived.').waitFor();
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await chat(page, 'Noor Haddad').waitFor();
});

test('[WEB14] messages are starred, pinned, forwarded, copied, and their receipts shown', async () => {
  const { page } = ana;
  await chat(page, 'River trip').click();
  await act(page, 'Weather looks good', 'Star');
  await bubble(page, 'Weather looks good').getByRole('img', { name: 'Starred' }).waitFor();
  await act(page, 'There is a flat meadow', 'Pin');
  await page.getByRole('button', { name: /Pinned There is a flat meadow/ }).waitFor();
  await act(page, 'Weather looks good', 'Copy text');
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Weather looks good/);
  await act(page, 'Perfect. I booked', 'Info');
  await dialog(page, 'Message').getByText('Read by').waitFor();
  await dialog(page, 'Message').getByText('Lin Okafor').waitFor();
  await closeSheet(page);
  await act(page, 'Weather looks good', 'Forward');
  await dialog(page, 'Forward to').getByRole('button', { name: 'Lin Okafor' }).click();
  await dialog(page, 'Forward to').getByRole('button', { name: 'Forward', exact: true }).click();
  const ofLin = await town.chat('lin', 'ana');
  await holds(town.clients.lin, () => ofLin.snapshot.last?.text.startsWith('Weather looks good') === true);
  await choose(page, 'Starred messages');
  await dialog(page, 'Starred messages')
    .getByRole('button', { name: /Weather looks good/ })
    .click();
  await bubble(page, 'Weather looks good').waitFor();
});

test('[WEB9] search finds people, chats and messages, and within a chat goes from hit to hit', async () => {
  const { page } = ana;
  const field = page.getByRole('searchbox', { name: 'Search people and messages' });
  await field.fill('tomato');
  await page.getByRole('button', { name: /Garden club/ }).click();
  await bubble(page, 'The first tomatoes').waitFor();
  await field.fill('lindq');
  await chat(page, 'Mara Lindqvist').waitFor();
  await field.fill('nothing of the kind');
  await page.getByText('Nothing found.').waitFor();
  await field.press('Escape');
  await page.getByRole('button', { name: 'Search in this chat' }).click();
  await page.getByRole('searchbox', { name: 'Search in this chat' }).fill('watered');
  await page.getByText('1 of 11').waitFor();
  await page.getByRole('button', { name: 'Older', exact: true }).click();
  await page.getByText('2 of 11').waitFor();
  await bubble(page, 'Bed 10 is watered').and(page.locator('.highlighted')).waitFor();
  await page.getByRole('searchbox', { name: 'Search in this chat' }).press('Escape');
});

test('[WEB14] messages can disappear, and the chat says since when', async () => {
  const { page } = ana;
  await openInfo(page, 'Mara Lindqvist');
  await page.getByRole('button', { name: /Disappearing messages/ }).click();
  await page.getByRole('menuitem', { name: '7 days' }).click();
  await messages(page).getByText('You set messages to disappear after 7 days.').waitFor();
  await say(page, 'This one goes away');
  await bubble(page, 'This one goes away').getByRole('img', { name: 'Disappearing messages' }).waitFor();
  await page.getByRole('button', { name: 'Disappearing messages 7 days' }).waitFor();
});

test('[WEB14] who switches read receipts off gives none and sees none; who hides sees nobody', async () => {
  const { page } = ana;
  await town.clients.mara.caughtUp();
  await chat(page, 'Mara Lindqvist').click();
  await header(page).getByText('online').waitFor();
  await choose(page, 'Settings');
  const settings = dialog(page, 'Settings');
  await settings.getByRole('switch', { name: /Read receipts/ }).uncheck();
  await settings.getByLabel(/Who sees when you are online/).selectOption('nobody');
  await closeSheet(page);
  await header(page).getByText('online').waitFor({ state: 'detached' });
  const elsewhere = town.clients.ana.settings;
  await holds(town.clients.ana, () => !elsewhere.snapshot.readReceipts && elsewhere.snapshot.presence === 'nobody');
  const ofMara = await town.chat('mara', 'ana');
  const question = await ofMara.send('Did you get this?');
  await bubble(page, 'Did you get this?').waitFor();
  await question.reached('delivered');
  await town.clients.mara.flushed();
  assert.equal(question.state, 'delivered');
  await choose(page, 'Settings');
  await settings.getByRole('switch', { name: /Read receipts/ }).check();
  await settings.getByLabel(/Who sees when you are online/).selectOption('contacts');
  await closeSheet(page);
});

test('[WEB14] a blocked person stays silent until unblocked', async () => {
  const { page } = ana;
  await openInfo(page, 'Sam Rivera');
  await page.getByRole('button', { name: 'Block Sam Rivera' }).click();
  await dialog(page, 'Block Sam Rivera?').getByRole('button', { name: 'Block Sam Rivera' }).click();
  await page.getByText('You blocked Sam Rivera.').waitFor();
  // It is shown at once; that it holds, another device says.
  const elsewhere = await town.chat('ana', 'sam');
  await holds(town.clients.ana, () => elsewhere.snapshot.blocked);
  const ofSam = await town.chat('sam', 'ana');
  await (await ofSam.send('Can you hear me?')).reached('sent');
  await page.getByRole('button', { name: 'Unblock', exact: true }).click();
  await composer(page).waitFor();
  await holds(town.clients.ana, () => !elsewhere.snapshot.blocked);
  await (await ofSam.send('And now?')).reached('sent');
  await bubble(page, 'And now?').waitFor();
  assert.equal(await bubble(page, 'Can you hear me?').count(), 0);
});

test('[OBS5] none of them could not open something', async () => {
  assert.equal(await unopened(Object.values(town.clients)), 0);
});

test('[WEB15] nothing failed and nothing broke the policy meanwhile', () => {
  assert.deepEqual(ana.problems, []);
});

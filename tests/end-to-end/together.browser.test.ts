// What people do with each other, in a real browser: requests, groups, rooms, mentions, drafts, stars, disappearing
// messages, privacy, and what was refused. The others are SDK clients, so both sides are looked at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { act, bubble, chat, choose, closeSheet, composer, messages, say, signIn, tick } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { foundTown, password, type Town } from './town.ts';

let browser: Browser;
let server: RunningServer;
let town: Town;
let ana: Someone;

before(
  async () => {
    const settings = { PARLEY_SIGNUP: 'open', PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100' };
    server = await startServer(await freshFolder(), settings);
    town = await foundTown(server.summary.url);
    browser = await launchBrowser();
    ana = await person(browser, 'desktop');
    await ana.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await signIn(ana.page, { url: server.summary.url, handle: 'ana', password });
  },
  { timeout: 120_000 },
);
after(async () => {
  await browser.close();
  await town[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const header = (page: Page) => page.locator('.conversation-header');
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });

/** Resolves when this holds of what a client shows. */
function until({ conversations }: Client, done: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = conversations.subscribe(look);
    function look(): void {
      if (!done()) return;
      stop();
      resolve();
    }
    look();
  });
}

async function stranger(handle: string, name: string): Promise<Client> {
  const { url } = server.summary;
  const session = await entrance(url).signUp({ handle, name, password, deviceName: 'Phone' });
  const client = await connect({ server: url, session });
  await client.caughtUp();
  return client;
}

/** Opens a chat and its pane. */
async function openInfo(page: Page, title: string): Promise<void> {
  await chat(page, title).first().click();
  await header(page).getByText(title).first().waitFor();
  const pane = page.getByRole('complementary', { name: 'About this chat' });
  if (!(await pane.isVisible())) await page.getByRole('button', { name: 'About this chat', exact: true }).click();
  await pane.waitFor();
}

/** Chooses in the menu of a row of the list. */
async function chooseOf(page: Page, title: string, name: string): Promise<void> {
  await chat(page, title).click({ button: 'right' });
  await page.getByRole('menuitem', { name, exact: true }).click();
}

test('[WEB14] a request of a stranger stands apart and is accepted, deleted or blocked', async () => {
  const { page } = ana;
  await using eva = await stranger('eva', 'Eva Stone');
  await using tom = await stranger('tom', 'Tom Reed');
  for (const client of [eva, tom])
    await (await (await client.createDirect('ana')).send('May I write to you?')).placed();
  const requests = page.getByRole('button', { name: '3 requests' });
  await requests.click();
  await chat(page, 'Kai Tanaka').click();
  await page.getByText('Kai Tanaka wants to write to you.').waitFor();
  assert.equal(await composer(page).count(), 0);
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await say(page, 'It is, come along');
  const { kai } = town.clients;
  await until(kai, () => kai.conversations.snapshot.some(({ last }) => last?.text === 'It is, come along'));

  await chat(page, 'Eva Stone').click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await chat(page, 'Eva Stone').waitFor({ state: 'detached' });

  await chat(page, 'Tom Reed').click();
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await choose(page, 'Settings');
  const blocked = dialog(page, 'Settings').locator('.room-line').filter({ hasText: 'Tom Reed' });
  await blocked.getByRole('button', { name: 'Unblock' }).click();
  await blocked.waitFor({ state: 'detached' });
  await closeSheet(page);
});

test('[WEB14] what is refused says why, and goes out when it may', async () => {
  const { page } = ana;
  await using uma = await stranger('uma', 'Uma Castle');
  await page.getByRole('searchbox', { name: 'Search people and messages' }).fill('uma');
  await page.getByRole('button', { name: /Uma Castle/ }).click();
  await page.getByRole('button', { name: 'Clear search' }).click();
  for (const text of ['One', 'Two', 'Three', 'And a fourth']) await say(page, text);
  const refused = bubble(page, 'And a fourth');
  await refused.getByRole('img', { name: 'Not sent' }).waitFor();
  await refused.getByRole('alert').waitFor();
  await page.getByText('They have not accepted yet').waitFor();
  await until(uma, () => uma.conversations.snapshot.some(({ last }) => last?.text === 'Three'));
  await (await uma.createDirect('ana')).accept();
  await page.getByText('They have not accepted yet').waitFor({ state: 'detached' });
  await refused.getByRole('button', { name: 'Send again' }).click();
  await until(uma, () => uma.conversations.snapshot.some(({ last }) => last?.text === 'And a fourth'));
  await tick(page, 'And a fourth', 'Sent').waitFor();
});

test('[WEB14] a group is made, its people get roles, come, go and are sent away', async () => {
  const { page } = ana;
  await choose(page, 'New group');
  const sheet = dialog(page, 'New group');
  await sheet.getByLabel('Name of the group').fill('Kite day');
  for (const name of ['Mara Lindqvist', 'Lin Okafor']) await sheet.getByRole('button', { name }).first().click();
  await sheet.getByRole('button', { name: 'Make the group' }).click();
  await header(page).getByText('Kite day').waitFor();
  await header(page).getByText('3 members').waitFor();
  await say(page, 'Who has a kite?');
  const { lin, mara } = town.clients;
  const ofLin = await town.chat('lin', 'Kite day');
  await openInfo(page, 'Kite day');
  const members = page.locator('.info-members');
  const member = (name: string) => members.getByRole('button', { name: new RegExp(name) });
  await member('Lin Okafor').click();
  await page.getByRole('menuitem', { name: 'Make admin' }).click();
  await until(lin, () => ofLin.snapshot.role === 'admin');
  await messages(page).getByText('You made Lin Okafor an admin.').waitFor();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog(page, 'Add')
    .getByRole('button', { name: /Jonas Weber/ })
    .click();
  await dialog(page, 'Add').getByRole('button', { name: 'Add', exact: true }).click();
  await member('Jonas Weber').waitFor();
  await member('Mara Lindqvist').click();
  await page.getByRole('menuitem', { name: 'Remove from chat' }).click();
  const ofMara = await town.chat('mara', 'Kite day');
  await until(mara, () => ofMara.snapshot.role === null);
  await messages(page).getByText('You removed Mara Lindqvist.').waitFor();
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name of the group').fill('Kite weekend');
  await page.getByRole('button', { name: 'Save' }).click();
  await until(lin, () => ofLin.snapshot.title === 'Kite weekend');
  await member('Lin Okafor').click();
  await page.getByRole('menuitem', { name: 'Make owner' }).click();
  await until(lin, () => ofLin.snapshot.role === 'owner');
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await dialog(page, 'Leave this chat?').getByRole('button', { name: 'Leave' }).click();
  await page.getByText('You left this chat.').waitFor();
  assert.equal(await composer(page).count(), 0);
});

test('[WEB14] rooms are listed, joined, made, and say that the operator can read them', async () => {
  const { page } = ana;
  const garden = await town.clients.ada.createRoom({ title: 'Seed swap', topic: 'Seeds and cuttings', access: 'open' });
  await garden.send('Welcome to the seed swap');
  await choose(page, 'Browse rooms');
  const sheet = dialog(page, 'Rooms');
  await sheet.locator('.room-line').filter({ hasText: 'Seed swap' }).getByRole('button', { name: 'Join' }).click();
  await header(page).getByText('Seed swap').waitFor();
  await header(page).getByText('open', { exact: true }).waitFor();
  await bubble(page, 'Welcome to the seed swap').waitFor();
  assert.equal(await composer(page).getAttribute('placeholder'), 'Message · the operator can read this');
  await say(page, 'I have tomatoes');
  await tick(page, 'I have tomatoes', 'Sent').waitFor();

  await choose(page, 'Browse rooms');
  await sheet.getByRole('button', { name: 'New room' }).click();
  const making = dialog(page, 'New room');
  await making.getByLabel('Name of the room').fill('Night walks');
  await making.getByLabel('By invitation').check();
  await making.getByRole('button', { name: 'Make the room' }).click();
  await header(page).getByText('Night walks').waitFor();
  await openInfo(page, 'Night walks');
  await page.getByRole('button', { name: 'Invite links' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await page.getByRole('textbox', { name: 'Invite somebody' }).inputValue();
  await closeSheet(page);

  const sam = await person(browser, 'phone');
  await signIn(sam.page, { url: server.summary.url, handle: 'sam', password });
  await sam.page.goto(link);
  await sam.page.getByRole('heading', { name: 'Ana Lind invites you to Night walks' }).waitFor();
  await sam.page.getByRole('button', { name: 'Go on as Sam Rivera' }).click();
  await header(sam.page).getByText('Night walks').waitFor();
  assert.ok(!sam.page.url().includes('#'));
  await say(sam.page, 'I am in');
  await bubble(page, 'I am in').waitFor();
  await messages(page).getByText('Sam Rivera joined').waitFor({ state: 'detached' });
  assert.deepEqual(sam.problems, []);
  await sam.context.close();
});

test('[WEB14] a mention is chosen by keys, arrives as one, and one of oneself stands out', async () => {
  const { page } = ana;
  await chat(page, 'Garden club').click();
  await composer(page).pressSequentially('Good work @ad');
  await page
    .getByRole('listbox', { name: 'People to mention' })
    .getByRole('option', { name: /Ada Moreau/ })
    .waitFor();
  await composer(page).press('Enter');
  assert.equal(await composer(page).inputValue(), 'Good work @ada ');
  await composer(page).press('Enter');
  const { ada } = town.clients;
  const garden = await town.chat('ada', 'Garden club');
  await until(ada, () => garden.snapshot.unreadMentions === 1);
  await chat(page, 'Notes to self').click();
  await garden.send('All yours @ana', { mentions: [town.clients.ana.me.snapshot.account] });
  await chat(page, 'Garden club').getByRole('img', { name: 'You were mentioned' }).waitFor();
});

test('[WEB7] a draft stays when the chat is left, shows in the list and on the other device', async () => {
  const { page } = ana;
  await chat(page, 'Jonas Weber').getByText('Draft:').waitFor();
  await chat(page, 'Jonas Weber').click();
  assert.equal(await composer(page).inputValue(), 'I looked into the');
  await composer(page).fill('I looked into the canoes');
  await chat(page, 'Notes to self').click();
  await chat(page, 'Jonas Weber').getByText('I looked into the canoes').waitFor();
  const elsewhere = await town.chat('ana', 'jonas');
  await until(town.clients.ana, () => elsewhere.snapshot.draft === 'I looked into the canoes');
  await chat(page, 'Jonas Weber').click();
  await composer(page).press('Enter');
  await bubble(page, 'I looked into the canoes').waitFor();
  await until(town.clients.ana, () => elsewhere.snapshot.draft === '');
});

test('[WEB14] unread counts agree between devices, and what one has read the other has', async () => {
  const { page } = ana;
  const elsewhere = await town.chat('ana', 'Book circle');
  for (const text of ['Chapter ten next week?', 'I bring cake']) await town.say('noor', 'Book circle', text);
  const row = chat(page, 'Book circle');
  await row.getByRole('img', { name: '2 unread messages' }).waitFor();
  await until(town.clients.ana, () => elsewhere.snapshot.unread === 2);
  await row.click();
  await bubble(page, 'I bring cake').waitFor();
  await until(town.clients.ana, () => elsewhere.snapshot.unread === 0);
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
  await until(town.clients.lin, () => ofLin.snapshot.last?.text.startsWith('Weather looks good') === true);
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
  await until(town.clients.ana, () => !elsewhere.snapshot.readReceipts && elsewhere.snapshot.presence === 'nobody');
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
  const ofSam = await town.chat('sam', 'ana');
  await (await ofSam.send('Can you hear me?')).reached('sent');
  await page.getByRole('button', { name: 'Unblock', exact: true }).click();
  await composer(page).waitFor();
  await (await ofSam.send('And now?')).reached('sent');
  await bubble(page, 'And now?').waitFor();
  assert.equal(await bubble(page, 'Can you hear me?').count(), 0);
});

test('[WEB15] nothing failed and nothing broke the policy meanwhile', () => {
  assert.deepEqual(ana.problems, []);
});

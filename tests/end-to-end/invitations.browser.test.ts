// Coming into a group in a real browser: who is a contact is in at once, who is none is asked first, and a link with an
// approval lets people wait. Ana, Cleo and Dan are pages; Ben is an SDK client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { lookAt } from './looks.ts';
import {
  about,
  bubble,
  chat,
  choose,
  closeSheet,
  composer,
  dialog,
  header,
  messages,
  openInfo,
  say,
  signUp,
} from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { holds, moveIn, password } from './town.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let ana: Someone;
let cleo: Someone;
let dan: Someone;
let ben: Client;
/** A link into the group, with an approval. */
let link: string;

before(
  async () => {
    const settings = { PARLEY_SIGNUP: 'open', PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100' };
    server = opened.use(await startServer(await freshFolder(), settings));
    browser = opened.use(await launchBrowser());
    ben = await moveIn(server.summary.url, 'ben', 'Ben Okafor');
    opened.defer(() => ben.close());
    [ana, cleo, dan] = await Promise.all([
      newcomer('Ana Lind', 'desktop'),
      newcomer('Cleo Park', 'phone'),
      newcomer('Dan Field', 'desktop'),
    ]);
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

async function newcomer(name: string, size: 'phone' | 'desktop'): Promise<Someone> {
  const someone = await person(browser, size);
  await signUp(someone.page, { url: server.summary.url, name, password });
  return someone;
}

const hasCursor = (page: Page) => composer(page).evaluate((field) => field === document.activeElement);

test('[WEB32] a group is made with a contact, who is in, and somebody else, who is asked: its first line says so', async () => {
  const { page } = ana;
  const withAna = await ben.createDirect('ana.lind');
  await (await withAna.send('Hello Ana')).placed();
  await page.getByRole('button', { name: '1 request' }).click();
  await chat(page, 'Ben Okafor').click();
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await say(page, 'Hello Ben');
  await holds(ben, () => withAna.snapshot.contact);
  await page.getByRole('button', { name: 'All', exact: true }).click();

  await choose(page, 'New group');
  const sheet = dialog(page, 'New group');
  await sheet.getByLabel('Name of the group').fill('Kite day');
  await sheet.getByRole('button', { name: /Ben Okafor/ }).click();
  assert.equal(await sheet.getByText('Whoever is no contact of yours may be asked first.').count(), 0);
  await sheet.getByRole('searchbox').fill('cleo');
  await sheet
    .getByRole('button', { name: /Cleo Park/ })
    .first()
    .click();
  await sheet.getByText('Whoever is no contact of yours may be asked first.').waitFor();
  await lookAt(page, 'new-group-asking');
  await sheet.getByRole('button', { name: 'Make the group' }).click();
  await header(page).getByText('Kite day').waitFor();
  await header(page).getByText('2 members').waitFor();
  await messages(page).getByText('You started the chat and invited Cleo Park.').waitFor();
  await say(page, 'Who has a kite?');
  await holds(ben, () => ben.conversations.snapshot.some(({ title }) => title === 'Kite day'));
});

test('[WEB31] who was asked finds it among the requests, reads who asks, accepts and writes', async () => {
  const { page } = cleo;
  await page.getByRole('button', { name: 'Back' }).first().click();
  await page.getByRole('button', { name: '1 request' }).click();
  const row = chat(page, 'Ana Lind');
  await row.getByText('Invites you to a group · 2 people').waitFor();
  await lookAt(page, 'invitation-row');
  await row.click();
  await page.getByRole('heading', { name: 'Ana Lind invites you to a group with 2 people' }).waitFor();
  assert.equal(await composer(page).count(), 0);
  await lookAt(page, 'invitation');
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await composer(page).waitFor();
  assert.ok(await hasCursor(page), 'the cursor is in the field');
  await say(page, 'I have two');
  await bubble(ana.page, 'I have two').waitFor();
  await messages(ana.page).getByText('Cleo Park joined.').waitFor();
  await header(page).getByText('Kite day').waitFor();
});

test('[WEB32] adding says who is in and who is asked, and why', async () => {
  const { page } = ana;
  await openInfo(page, 'Kite day');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const sheet = dialog(page, 'Add');
  await sheet.getByRole('searchbox').fill('dan');
  await sheet
    .getByRole('button', { name: /Dan Field/ })
    .first()
    .click();
  await sheet.getByRole('button', { name: 'Add', exact: true }).click();
  const added = dialog(page, 'Not everybody is in yet').locator('.room-line');
  await added.filter({ hasText: 'Dan Field' }).getByText('Invited', { exact: true }).waitFor();
  await added.getByText('You are no contacts yet. They are asked first.').waitFor();
  await lookAt(page, 'added');
  await page.getByRole('button', { name: 'Done' }).click();
  await messages(page).getByText('You invited Dan Field.').waitFor();
});

test('[WEB33] what was asked is withdrawn, which the one who looks at it is told', async () => {
  await dan.page.getByRole('button', { name: '1 request' }).click();
  await chat(dan.page, 'Ana Lind').click();
  await dan.page.getByRole('heading', { name: 'Ana Lind invites you to a group with 3 people' }).waitFor();
  const { page } = ana;
  await lookAt(page, 'pending-invited');
  await about(page).getByRole('button', { name: 'Withdraw the invitation of Dan Field' }).click();
  await about(page).getByText('Dan Field').waitFor({ state: 'detached' });
  await dan.page.getByRole('heading', { name: 'This invitation is not there any more.' }).waitFor();
  await lookAt(dan.page, 'invitation-over');
  await dan.page.getByRole('button', { name: 'Back' }).last().click();
  await dan.page.getByRole('button', { name: 'All', exact: true }).click();
});

test('[WEB34] a link with an approval says so before it is used, and then the page waits', async () => {
  const { page } = ana;
  await about(page).getByRole('button', { name: 'Invite links' }).click();
  await page.getByRole('checkbox', { name: 'People need to be approved' }).check();
  await lookAt(page, 'link-approval');
  await page.getByRole('button', { name: 'Make a link' }).click();
  link = await page.getByRole('textbox', { name: 'Invite somebody' }).inputValue();
  await dialog(page, 'Invite links').locator('.room-line').getByText('People need to be approved').waitFor();
  await closeSheet(page);

  await dan.page.goto(link);
  await dan.page.getByText('People need to be approved: you wait until an admin lets you in.').waitFor();
  await lookAt(dan.page, 'landing-approval');
  await dan.page.getByRole('button', { name: 'Go on as Dan Field' }).click();
  await dan.page.getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
  assert.ok(!dan.page.url().includes('#'));
  await chat(dan.page, 'Group').getByText('Waiting to be let in').waitFor();
  await lookAt(dan.page, 'waiting');
});

test('[WEB33] who leads sees that somebody waits on the row, over the messages and in the pane, and lets them in', async () => {
  const { page } = ana;
  await chat(page, 'Kite day').getByRole('img', { name: '1 person waits to be let in' }).waitFor();
  await about(page).getByRole('heading', { name: 'Waiting to be let in 1' }).waitFor();
  await lookAt(page, 'pending-waiting');
  await page.getByRole('button', { name: 'About this chat', exact: true }).click();
  await lookAt(page, 'waiting-line');
  await page.locator('.conversation-pane').getByRole('button', { name: '1 person waits to be let in' }).click();
  await about(page).getByRole('button', { name: 'Approve Dan Field' }).click();
  await composer(dan.page).waitFor();
  assert.ok(await hasCursor(dan.page), 'the cursor is in the field');
  await say(dan.page, 'Thank you');
  await bubble(page, 'Thank you').waitFor();
  await bubble(cleo.page, 'Thank you').waitFor();
  await chat(page, 'Kite day')
    .getByRole('img', { name: /waits? to be let in/ })
    .waitFor({ state: 'detached' });
});

test('[WEB33] who is refused is told so', async () => {
  const eva = await newcomer('Eva Stone', 'phone');
  await eva.page.goto(link);
  await eva.page.getByRole('button', { name: 'Go on as Eva Stone' }).click();
  await eva.page.getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
  await about(ana.page).getByRole('button', { name: 'Refuse Eva Stone' }).click();
  await eva.page.getByRole('heading', { name: 'You were not let in.' }).waitFor();
  await lookAt(eva.page, 'refused');
  await eva.page.getByRole('button', { name: 'Back' }).last().click();
  await eva.page.getByRole('heading', { name: 'Chats' }).waitFor();
  assert.equal(await chat(eva.page, 'Group').count(), 0);
  assert.deepEqual(eva.problems, []);
  await eva.context.close();
});

test('[WEB34] [WEB90] a newcomer reads where such a link leads, makes an account with it, and waits', async () => {
  const fay = await person(browser, 'phone', 'dark');
  const { page } = fay;
  await page.goto(link);
  await page.getByText('People need to be approved: you wait until an admin lets you in.').waitFor();
  await page.getByText('Choose a name and a password to come in.').waitFor();
  await page.getByLabel('Your name').fill('Fay Brook');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Start chatting' }).click();
  await page.getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
  await page.getByRole('button', { name: 'Do not wait any longer' }).click();
  await page.getByRole('heading', { name: 'Chats' }).waitFor();
  await about(ana.page).getByText('Fay Brook').waitFor({ state: 'detached' });
  assert.deepEqual(fay.problems, []);
  await fay.context.close();
});

test('[WEB15] nothing failed and nothing broke the policy while people came in', () => {
  assert.deepEqual(
    [ana, cleo, dan].flatMap(({ problems }) => problems),
    [],
  );
});

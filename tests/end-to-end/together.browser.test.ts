// How people come together, in a real browser: requests, groups, rooms, mentions, and what is refused. The others are
// SDK clients, so both sides are looked at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { unopened } from './live.ts';
import {
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
  signIn,
  signInWithKey,
  tick,
} from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { foundTown, holds, moveIn, password, type Town } from './town.ts';

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
    await signInWithKey(ana.page, {
      url: server.summary.url,
      handle: 'ana',
      words: await recoveryWords(town.clients.ana),
    });
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

const url = () => server.summary.url;

test('[WEB14] [WEB103] a request of a stranger stands apart and is accepted, deleted or blocked', async () => {
  const { page } = ana;
  await using eva = await moveIn(url(), 'eva', 'Eva Stone');
  await using tom = await moveIn(url(), 'tom', 'Tom Reed');
  for (const client of [eva, tom])
    await (await (await client.createDirect('ana')).send('May I write to you? See https://example.org')).placed();
  const requests = page.getByRole('button', { name: '3 requests' });
  await requests.click();
  await chat(page, 'Kai Tanaka').click();
  await page.getByText('Kai Tanaka wants to write to you.').waitFor();
  assert.equal(await composer(page).count(), 0);
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await say(page, 'It is, come along');
  const { kai } = town.clients;
  await holds(kai, () => kai.conversations.snapshot.some(({ last }) => last?.text === 'It is, come along'));

  await chat(page, 'Eva Stone').click();
  const asking = bubble(page, 'May I write to you?');
  await asking.getByText('https://example.org').waitFor();
  assert.equal(await asking.getByRole('link').count(), 0, 'nothing of a stranger is to be pressed');
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
  await using uma = await moveIn(url(), 'uma', 'Uma Castle');
  await page.getByRole('searchbox', { name: 'Search people and messages' }).fill('uma');
  await page.getByRole('button', { name: /Uma Castle/ }).click();
  await page.getByRole('button', { name: 'Clear search' }).click();
  for (const text of ['One', 'Two', 'Three', 'And a fourth']) await say(page, text);
  const refused = bubble(page, 'And a fourth');
  await refused.getByRole('img', { name: 'Not sent' }).waitFor();
  await refused.getByRole('alert').waitFor();
  await page.getByText('You can send three short messages').waitFor();
  await holds(uma, () => uma.conversations.snapshot.some(({ last }) => last?.text === 'Three'));
  await (await uma.createDirect('ana')).accept();
  await page.getByText('You can send three short messages').waitFor({ state: 'detached' });
  await refused.getByRole('button', { name: 'Send again' }).click();
  await holds(uma, () => uma.conversations.snapshot.some(({ last }) => last?.text === 'And a fourth'));
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
  await holds(lin, () => ofLin.snapshot.role === 'admin');
  await messages(page).getByText('You made Lin Okafor an admin.').waitFor();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog(page, 'Add')
    .getByRole('button', { name: /Jonas Weber/ })
    .click();
  await dialog(page, 'Add').getByRole('button', { name: 'Add', exact: true }).click();
  await member('Jonas Weber').waitFor();
  await member('Mara Lindqvist').click();
  await page.getByRole('menuitem', { name: 'Remove from chat' }).click();
  await dialog(page, /^Remove Mara Lindqvist/)
    .getByRole('button', { name: 'Remove from chat' })
    .click();
  const ofMara = await town.chat('mara', 'Kite day');
  await holds(mara, () => ofMara.snapshot.role === null);
  await messages(page).getByText('You removed Mara Lindqvist.').waitFor();
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name of the group').fill('Kite weekend');
  await page.getByRole('button', { name: 'Save' }).click();
  await holds(lin, () => ofLin.snapshot.title === 'Kite weekend');
  await member('Lin Okafor').click();
  await page.getByRole('menuitem', { name: 'Make owner' }).click();
  await dialog(page, /^Make Lin Okafor/)
    .getByRole('button', { name: 'Make owner' })
    .click();
  await holds(lin, () => ofLin.snapshot.role === 'owner');
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
  await holds(ada, () => garden.snapshot.unreadMentions === 1);
  await chat(page, 'Notes to self').click();
  await garden.send('All yours @ana', { mentions: [town.clients.ana.me.snapshot.account] });
  await chat(page, 'Garden club').getByRole('img', { name: 'You were mentioned' }).waitFor();
});

test('[OBS5] none of them could not open something', async () => {
  assert.equal(await unopened(Object.values(town.clients)), 0);
});

test('[WEB15] nothing failed and nothing broke the policy meanwhile', () => {
  assert.deepEqual(ana.problems, []);
});

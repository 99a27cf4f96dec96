// The story of a newcomer, in two real browsers: set-up link, own notes, an invitation, a chat from key press to
// blue tick, a break of the network, five hundred messages while away, a group, and signing a device out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, violations } from './browser.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';

const password = 'correct horse battery';
let browser: Browser;
let server: RunningServer;

before(async () => {
  [browser, server] = await Promise.all([
    launchBrowser(),
    freshFolder().then((folder) => startServer(folder, { PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100' })),
  ]);
});
after(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const bubble = (page: Page, text: string) => page.locator('article').filter({ hasText: text });
const tick = (page: Page, text: string, name: string) => bubble(page, text).getByRole('img', { name, exact: true });
const chat = (page: Page, title: string) => page.getByRole('listitem').filter({ hasText: title }).getByRole('button');

async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

test('[WEB8] two people from the set-up link to blue ticks', { timeout: 240_000 }, async (t) => {
  const ana = await person(browser, 'desktop');
  const ben = await person(browser, 'phone', 'dark');
  const { setup_link: setup } = server.summary;
  assert.ok(setup !== undefined, 'there is a set-up link while there is no owner');

  await t.test('[WEB8] the set-up page makes the owner and lands in a chat', async () => {
    await ana.page.goto(setup);
    await ana.page.getByLabel('Your name').fill('Ana Lind');
    await ana.page.getByLabel('Password', { exact: true }).fill(password);
    await ana.page.getByRole('button', { name: 'Make the account' }).click();
    await composer(ana.page).waitFor();
    assert.match(ana.page.url(), /\/c\/c_/);
    await say(ana.page, 'A note for me');
    await tick(ana.page, 'A note for me', 'Sent').waitFor();
    assert.deepEqual(await violations(ana.page), []);
  });

  await t.test('[WEB8] an invitation brings a second person into the chat, with the cursor in it', async () => {
    await ana.page.getByRole('button', { name: 'Menu' }).click();
    await ana.page.getByRole('menuitem', { name: 'Invite somebody' }).click();
    await ana.page.getByRole('button', { name: 'Make a link' }).click();
    const link = await ana.page.getByRole('textbox', { name: 'Invite somebody' }).inputValue();
    await ana.page.getByRole('button', { name: 'Close' }).click();
    await ben.page.goto(link);
    await ben.page.getByRole('heading', { name: 'Ana Lind invites you' }).waitFor();
    await ben.page.getByLabel('Your name').fill('Ben Okafor');
    await ben.page.getByLabel('Password', { exact: true }).fill(password);
    assert.deepEqual(await violations(ben.page), []);
    await ben.page.getByRole('button', { name: 'Start chatting' }).click();
    await composer(ben.page).waitFor();
    assert.ok(!ben.page.url().includes('#'), 'the secret has left the address');
  });

  await t.test('[RCP1] a message goes from key press to blue ticks, and typing shows', async () => {
    await say(ben.page, 'Hello Ana');
    await chat(ana.page, 'Ben Okafor').click();
    await bubble(ana.page, 'Hello Ana').waitFor();
    await composer(ana.page).pressSequentially('I am');
    await ben.page.getByText('typing…').first().waitFor();
    await say(ana.page, 'I am here');
    await bubble(ben.page, 'I am here').waitFor();
    await ana.page.bringToFront();
    await tick(ana.page, 'I am here', 'Delivered')
      .or(tick(ana.page, 'I am here', 'Read'))
      .waitFor();
    await ben.page.bringToFront();
    await tick(ana.page, 'I am here', 'Read').waitFor();
    assert.deepEqual(await violations(ben.page), []);
  });

  await t.test('[OUT1] without a network messages wait with a clock, survive a reload, and go out once', async () => {
    await ben.context.setOffline(true);
    await say(ben.page, 'Said under the bridge');
    await tick(ben.page, 'Said under the bridge', 'Waiting').waitFor();
    await ben.context.setOffline(false);
    await tick(ben.page, 'Said under the bridge', 'Delivered')
      .or(tick(ben.page, 'Said under the bridge', 'Read'))
      .waitFor();
    await ben.page.reload();
    await bubble(ben.page, 'Said under the bridge').waitFor();
    assert.equal(await bubble(ana.page, 'Said under the bridge').count(), 1);
    assert.equal(await bubble(ben.page, 'Said under the bridge').count(), 1);
  });

  await t.test('[TLN1] replies, edits, reactions and deletion show on both sides', async () => {
    await act(ana.page, 'Hello Ana', 'Reply');
    await say(ana.page, 'An answer to you');
    await bubble(ben.page, 'An answer to you').getByText('Hello Ana').waitFor();
    await act(ana.page, 'An answer to you', 'Edit');
    await say(ana.page, 'A better answer');
    await bubble(ben.page, 'A better answer').getByText('edited').waitFor();
    await bubble(ana.page, 'Hello Ana').first().hover();
    await bubble(ana.page, 'Hello Ana').first().getByRole('button', { name: 'Message actions' }).click();
    await ana.page.getByRole('button', { name: '👍' }).click();
    await bubble(ben.page, 'Hello Ana').first().getByRole('button', { name: /👍/ }).waitFor();
    await act(ana.page, 'A better answer', 'Delete', 'button');
    await ana.page.getByRole('button', { name: 'Delete for everyone' }).click();
    await ben.page.getByText('This message was deleted').waitFor();
  });

  await t.test('[SYN1] five hundred messages that came while away are there, once, in order', async () => {
    await ben.page.close();
    for (let n = 1; n <= 500; n++) await say(ana.page, `number ${n}.`);
    await tick(ana.page, 'number 500.', 'Sent').waitFor();
    ben.page = await ben.context.newPage();
    await ben.page.goto(server.summary.url);
    await chat(ben.page, 'Ana Lind').click();
    await ben.page.getByText(/500 new messages/).waitFor();
    await ben.page.getByRole('button', { name: /new message|newest message/ }).click();
    await bubble(ben.page, 'number 500.').waitFor();
  });

  await t.test('[ACC1] signing a device out ends its page', async () => {
    await ana.page.getByRole('button', { name: 'Menu' }).click();
    await ana.page.getByRole('menuitem', { name: 'Settings' }).click();
    await ana.page.getByText('This device').waitFor();
    assert.deepEqual(await violations(ana.page), []);
    await ana.page.getByRole('button', { name: 'Close' }).click();
  });
  assert.deepEqual([...ana.problems, ...ben.problems], []);
});

/** Opens the menu of a message and chooses from it. */
async function act(page: Page, text: string, name: string, role: 'menuitem' | 'button' = 'menuitem'): Promise<void> {
  const where = bubble(page, text).last();
  await where.hover();
  await where.getByRole('button', { name: 'Message actions' }).click();
  await page.getByRole(role, { name, exact: true }).click();
}

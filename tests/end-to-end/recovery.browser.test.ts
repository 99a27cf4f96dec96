// The recovery key in a real browser, from the first message to a new device: offered, written down, asked for, and the
// one thing that opens old messages after everything was signed out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, picture, type Someone, violations } from './browser.ts';
import { bubble, chat, choose, composer, dialog, messages, say, signIn, signUp, tick } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';

const password = 'correct horse battery';
const handle = 'ana.lind';
const note = 'Where the spare key lies';
/** A browser that opens keys for the first time compiles the library. */
const firstKeysMs = 60_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let ana: Someone;
/** As somebody has it on paper. */
let paper: readonly string[];

before(async () => {
  server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
  browser = opened.use(await launchBrowser());
  ana = await person(browser, 'desktop');
});
after(() => opened.disposeAsync());

const offer = (page: Page) => page.getByRole('status').filter({ hasText: 'Save your recovery key' });
const sheet = (page: Page) => dialog(page, /Recovery key|Just to be sure|Your recovery key is saved/);

test('[WEB40] the recovery key is offered after the first message, and not before', async () => {
  const { page } = ana;
  await signUp(page, { url: server.summary.url, name: 'Ana Lind', password });
  assert.equal(await offer(page).count(), 0);
  await say(page, note);
  await tick(page, note, 'Sent').waitFor({ timeout: firstKeysMs });
  await messages(page).getByText('Only your own devices can read them.').waitFor();
  await offer(page).waitFor();
  await picture(page, 'recovery-offer');
  assert.deepEqual(await violations(page), []);
});

test('[WEB46] what encryption means is one press away', async () => {
  const { page } = ana;
  await messages(page).getByRole('button', { name: 'What does that mean?' }).click();
  await dialog(page, 'What encryption does here').getByText('The server cannot read').waitFor();
  await picture(page, 'recovery-about');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
});

test('[WEB41] it is shown in words, groups and squares, and counts as written down after two of its words', async () => {
  const { page } = ana;
  await offer(page).getByRole('button', { name: 'Show it' }).click();
  const list = sheet(page).getByRole('list', { name: 'The 24 words' });
  await list.waitFor();
  paper = await list.getByRole('listitem').allTextContents();
  assert.equal(paper.length, 24);
  await picture(page, 'recovery-words');
  assert.deepEqual(await violations(page), []);
  await sheet(page).getByText('The same key, shorter').click();
  await sheet(page).getByRole('img', { name: 'The recovery key as a code to scan' }).waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.equal(await list.isVisible(), true);
  assert.equal(await composer(page).isVisible(), false, 'nothing of the page is on paper');
  assert.equal(await sheet(page).getByRole('button', { name: 'Print' }).isVisible(), false);
  await picture(page, 'recovery-paper');
  await page.emulateMedia({ media: null });
  await sheet(page).getByRole('button', { name: 'I have written it down' }).click();
  await answer(page, 'nonsense');
  await sheet(page)
    .getByText(/is another one. Look again./)
    .waitFor();
  await picture(page, 'recovery-check');
  await answer(page, null);
  await sheet(page).getByText('Keep the paper in a safe place.').waitFor();
  await picture(page, 'recovery-done');
  await sheet(page).getByRole('button', { name: 'Done' }).click();
  await offer(page).waitFor({ state: 'detached' });
});

test('[WEB42] after everything was signed out a password opens rooms, and the recovery key the chats', async () => {
  const { page } = ana;
  await choose(page, 'Settings');
  await dialog(page, 'Settings').getByText('Written down.').waitFor();
  await picture(page, 'recovery-settings');
  await dialog(page, 'Settings').getByRole('button', { name: 'Sign out', exact: true }).click();
  await dialog(page, 'Sign out of this device?').getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('Handle').fill(handle);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Get your chats here' }).waitFor();
  await chat(page, 'Notes to self').getByText('Locked on this device').waitFor();
  await picture(page, 'locked-choose');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: /I have my recovery key/ }).click();
  await page.getByLabel('Recovery key').fill(`${paper.slice(0, 3).join(' ')} tabel ${paper.slice(4).join(' ')}`);
  await page.getByText(/Word 4, "tabel", is not in the list/).waitFor();
  await picture(page, 'locked-key');
  assert.deepEqual(await violations(page), []);
  assert.equal(await page.getByRole('button', { name: 'Open my chats' }).isDisabled(), true);
  await page.getByLabel('Recovery key').fill(paper.map((word, at) => `${at + 1}. ${word}`).join('\n'));
  await page.getByText('This is a recovery key.').waitFor();
  await page.getByRole('button', { name: 'Open my chats' }).click();
  await page.getByRole('heading', { name: 'Your chats are here' }).waitFor();
  await picture(page, 'locked-done');
  await page.getByRole('button', { name: 'Show my chats' }).click();
  await chat(page, 'Notes to self').click();
  await bubble(page, note).waitFor();
  await say(page, 'And this is new');
  await tick(page, 'And this is new', 'Sent').waitFor();
});

test('[WEB42] who signs in with the recovery key is asked for nothing more', async () => {
  const phone = await person(browser, 'phone', 'dark');
  const { page } = phone;
  await page.goto(server.summary.url);
  await page.getByRole('button', { name: 'Sign in with my recovery key' }).click();
  await page.getByLabel('Handle').fill(handle);
  await page.getByLabel('Recovery key').fill(paper.join(' '));
  await page.getByText('This is a recovery key.').waitFor();
  await picture(page, 'phone-sign-in-key');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Chats' }).waitFor();
  await chat(page, 'And this is new').click();
  await bubble(page, note).waitFor();
  await bubble(page, 'And this is new').waitFor();
  assert.deepEqual(phone.problems, []);
  await phone.context.close();
});

test('[WEB45] the other device is told of the new one', async () => {
  const { page } = ana;
  await page.getByRole('alert').filter({ hasText: 'Chrome on Linux' }).waitFor();
  await picture(page, 'new-device');
  // It can read, so it may have taken the keys.
  await page.getByRole('button', { name: 'Not me' }).click();
  await dialog(page, /Chrome on Linux/)
    .getByText(/may still read new messages/)
    .waitFor();
  await dialog(page, /Chrome on Linux/)
    .getByRole('button', { name: 'Close' })
    .click();
  await page.getByRole('button', { name: 'That was me' }).click();
  await page.getByRole('alert').filter({ hasText: 'Chrome on Linux' }).waitFor({ state: 'detached' });
  assert.deepEqual(ana.problems, []);
});

test('[WEB47] another device vouches for a new one after both have shown the same seven pictures', async () => {
  const fresh = await person(browser, 'phone');
  const { page } = fresh;
  await signIn(page, { url: server.summary.url, handle, password });
  await page.getByRole('button', { name: 'Get them' }).click();
  await page.getByRole('button', { name: /I have another device here/ }).click();
  await page
    .getByRole('button', { name: /Chrome on Linux/ })
    .first()
    .waitFor();
  await picture(page, 'phone-pictures-which');
  await page
    .getByRole('button', { name: /Active now/ })
    .first()
    .click();
  await page.getByText('There, open Settings, then Devices').waitFor();
  await picture(page, 'phone-pictures-waiting');
  const old = ana.page;
  await old.getByRole('alert').filter({ hasText: 'asks to read your chats' }).waitFor();
  await picture(old, 'pictures-asked');
  await old.getByRole('alert').getByRole('button', { name: 'Settings' }).click();
  await linkFrom(old);
  await picture(old, 'pictures-warning');
  assert.deepEqual(await violations(old), []);
  await linkSheet(old)
    .getByRole('button', { name: /^Compare pictures with/ })
    .click();
  const pictures = (one: Page) => one.getByRole('list', { name: 'Seven pictures' }).getByRole('listitem');
  await pictures(old).last().waitFor();
  await pictures(page).last().waitFor();
  assert.equal(await pictures(old).count(), 7);
  assert.deepEqual(await pictures(page).allTextContents(), await pictures(old).allTextContents());
  await picture(old, 'pictures-compare');
  await picture(page, 'phone-pictures-compare');
  assert.deepEqual(await violations(page), []);
  await old.getByRole('button', { name: 'They are the same' }).click();
  await page.getByRole('button', { name: 'They are the same' }).click();
  await page.getByRole('button', { name: 'Show my chats' }).click();
  await chat(page, 'Notes to self').click();
  await say(page, 'Said on the new device');
  await bubble(old, 'Said on the new device').waitFor();
  await old.getByText(named).waitFor();
  await picture(old, 'pictures-done');
  await linkSheet(old).getByRole('button', { name: 'Done' }).click();
  await old.getByRole('button', { name: 'That was me' }).click();
  assert.deepEqual(fresh.problems, []);
  await fresh.context.close();
});

test('[WEB50] [WEB169] a new device shows a code, the settings of another one take it with the password, and its digits link it', async () => {
  const fresh = await person(browser, 'desktop');
  const { page } = fresh;
  const old = ana.page;
  await signIn(page, { url: server.summary.url, handle, password });
  await page.getByRole('button', { name: /I have another device here/ }).click();
  await page.getByRole('button', { name: /Show a code/ }).click();
  await page.getByRole('img', { name: 'The code for your other device' }).waitFor();
  await picture(page, 'link-code');
  assert.deepEqual(await violations(page), []);
  const code = await page.getByText(/^parley-link:/).textContent();
  await choose(old, 'Settings');
  await linkFrom(old);
  await linkSheet(old)
    .getByLabel('Code of the new device')
    .fill(code ?? '');
  await linkSheet(old).getByLabel('Password').fill('a guess');
  await linkSheet(old).getByRole('button', { name: 'Go on' }).click();
  await linkSheet(old).getByRole('alert').filter({ hasText: 'The password is wrong.' }).waitFor();
  const there = linkSheet(old);
  const order = await there.locator('[role=alert], input').evaluateAll((all) => all.map(({ tagName }) => tagName));
  assert.deepEqual(order.slice(0, 2), ['INPUT', 'P'], 'a wrong password is said below it');
  await there.getByLabel('Password').fill(password);
  await there.getByRole('button', { name: 'Go on' }).click();
  const digits = await there.getByLabel('Digits to type on the new device').textContent();
  assert.match(digits ?? '', /^\d{3} \d{3} \d{3}$/);
  await picture(old, 'link-digits');
  assert.deepEqual(await violations(old), []);
  await page.getByLabel('Digits that your other device shows').fill('123 456');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('These are not the digits.').waitFor();
  await page.getByLabel('Digits that your other device shows').fill(digits ?? '');
  await picture(page, 'link-typed');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Show my chats' }).click();
  await chat(page, 'Notes to self').click();
  await bubble(page, note).waitFor();
  await linkSheet(old).getByText(named).waitFor();
  assert.deepEqual(fresh.problems, []);
});

test('[WEB42] who has neither starts over, and says where the old devices are', async () => {
  const fresh = await person(browser, 'phone', 'dark');
  const { page } = fresh;
  await signIn(page, { url: server.summary.url, handle, password });
  await page.getByRole('button', { name: 'Get them' }).click();
  await page.getByRole('button', { name: /I have neither/ }).click();
  await page.getByLabel('Your password').fill(password);
  const go = page.getByRole('button', { name: 'Start over' });
  assert.equal(await go.isDisabled(), true, 'it must be said whether somebody else has a device of before');
  await page.getByLabel('With me, wiped or broken').check();
  await picture(page, 'phone-start-over');
  assert.deepEqual(await violations(page), []);
  await go.click();
  await page.getByText('Your contacts see that you have set up Parley afresh.').waitFor();
  await page.getByRole('button', { name: 'Show the recovery key' }).click();
  await dialog(page, 'Recovery key').getByRole('list', { name: 'The 24 words' }).waitFor();
  await picture(page, 'phone-started-over');
  assert.deepEqual(fresh.problems, []);
  await fresh.context.close();
});

const linkSheet = (page: Page) => dialog(page, 'Link a device');
/** What the other device says at the end: which one it was. */
const named = /^\w+ on Linux is linked and can read your chats\.$/;

/** From the settings, where it begins, past the warning and with the password. */
async function linkFrom(page: Page): Promise<void> {
  await dialog(page, 'Settings').getByRole('button', { name: 'Link a device' }).click();
  await linkSheet(page).getByText('Nobody from this server will ever ask you to.').waitFor();
  await linkSheet(page).getByLabel('Password').fill(password);
}

/** Types both words that are asked for; with `instead` something else in place of the first. */
async function answer(page: Page, instead: string | null): Promise<void> {
  const fields = sheet(page).getByRole('textbox');
  for (const [at, field] of (await fields.all()).entries()) {
    const label = (await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent)) ?? '';
    const place = Number(/\d+/.exec(label)?.[0]);
    await field.fill(at === 0 && instead !== null ? instead : (paper[place - 1] ?? ''));
  }
  await sheet(page).getByRole('button', { name: 'That is it' }).click();
}

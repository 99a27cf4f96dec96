// What a person sees and does on the page, in the words of the page.
import type { Locator, Page } from 'playwright-core';

/** Where one writes. */
export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message', exact: true });

/** The messages of the open chat. */
export const messages = (page: Page): Locator => page.getByRole('log', { name: 'Messages' });

/** A message that has this text. */
export const bubble = (page: Page, text: string | RegExp): Locator =>
  messages(page).getByRole('article').filter({ hasText: text });

/** The tick of an own message. */
export const tick = (page: Page, text: string, name: string): Locator =>
  bubble(page, text).and(page.locator('.own')).last().getByRole('img', { name, exact: true });

/** A row of the list of chats. */
export const chat = (page: Page, title: string): Locator =>
  page.getByRole('region', { name: 'Chats' }).getByRole('listitem').filter({ hasText: title }).getByRole('button');

/** Writes and sends. */
export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** Opens the menu of a message. */
export async function openActions(page: Page, text: string): Promise<void> {
  await bubble(page, text).last().locator('.bubble').click({ button: 'right' });
  await page.getByRole('dialog', { name: 'Message actions' }).waitFor();
}

/** Opens the menu of a message and chooses from it. */
export async function act(page: Page, text: string, name: string): Promise<void> {
  await openActions(page, text);
  await page.getByRole('menuitem', { name, exact: true }).click();
}

/** Chooses from the menu of the list. */
export async function choose(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await page.getByRole('menuitem', { name, exact: true }).click();
}

/** Closes the open sheet. */
export async function closeSheet(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).click();
}

/** Resolves when no layer lies over the page and its step is taken back: another address would be cut off by it. */
export async function isSettled(page: Page): Promise<void> {
  await page.waitForFunction(() => ((history.state as { layers?: number } | null)?.layers ?? 0) === 0);
}

/** Makes an account on the page before the chats, with a handle after the name. */
export async function signUp(page: Page, account: { url: string; name: string; password: string }): Promise<void> {
  await page.goto(account.url);
  await page.getByRole('button', { name: 'Make an account' }).click();
  await page.getByLabel('Your name').fill(account.name);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await composer(page).waitFor();
}

/** Signs in on the page before the chats. */
export async function signIn(page: Page, login: { url: string; handle: string; password: string }): Promise<void> {
  await page.goto(login.url);
  await page.getByLabel('Handle').fill(login.handle);
  await page.getByLabel('Password', { exact: true }).fill(login.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
}

/** Signs in with the recovery key, in words; it opens the chats a moment later. */
export async function signInWithKey(page: Page, login: { url: string; handle: string; words: string }): Promise<void> {
  await page.goto(login.url);
  await page.getByRole('button', { name: 'Sign in with my recovery key' }).click();
  await page.getByLabel('Handle').fill(login.handle);
  await page.getByLabel('Recovery key', { exact: true }).fill(login.words);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
}

/** The recovery key, in words, as the page of somebody's first device offers it. */
export async function wordsShown(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Show it', exact: true }).click();
  const list = dialog(page, 'Recovery key').getByRole('list', { name: 'The 24 words' });
  await list.waitFor();
  const words = await list.getByRole('listitem').allTextContents();
  await closeSheet(page);
  return words.join(' ');
}

/** What stands above the messages. */
export const header = (page: Page): Locator => page.locator('.conversation-header');

/** A sheet or a question by its title. */
export const dialog = (page: Page, name: string | RegExp): Locator => page.getByRole('dialog', { name });

/** The pane beside a chat. */
export const about = (page: Page): Locator => page.getByRole('complementary', { name: 'About this chat' });

/** Opens a chat and its pane. */
export async function openInfo(page: Page, title: string): Promise<void> {
  await chat(page, title).first().click();
  await header(page).getByText(title).first().waitFor();
  if (!(await about(page).isVisible()))
    await page.getByRole('button', { name: 'About this chat', exact: true }).click();
  await about(page).waitFor();
}

/** Chooses in the menu of a row of the list. */
export async function chooseOf(page: Page, title: string, name: string): Promise<void> {
  await chat(page, title).click({ button: 'right' });
  await page.getByRole('menuitem', { name, exact: true }).click();
}

// What a person does with files on the page, and what they see of them, in the words of the page.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Client } from '@parley/sdk';
import type { Download, Page, Route } from 'playwright-core';
import { seen } from './live.ts';
import { bubble, dialog } from './page.ts';
import type { SampleFile } from './sample-files.ts';

/** The button with which one attaches. */
export const attach = (page: Page) => page.getByRole('button', { name: 'Attach files' });
/** What was chosen and not sent yet. */
export const sheet = (page: Page) => dialog(page, /^(Send \d|Nothing to send)/);
/** The picture about which this was said, once the whole of it is there. */
export const shown = (page: Page, text: string) => bubble(page, text).locator('.file-picture img:not(.blurred)');
/** A file with this text. */
export const text = (name: string, said: string): SampleFile => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(said),
});

/** Chooses files with the browser's own choice. */
export async function choose(page: Page, files: readonly SampleFile[]): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await attach(page).click();
  await (await choosing).setFiles([...files]);
  await sheet(page).waitFor();
}

/** Sends what was chosen. */
export const send = (page: Page) => sheet(page).getByRole('button', { name: 'Send', exact: true }).click();

/** Pixels of a picture as they arrived. */
export const sizeShown = (page: Page, said: string) =>
  shown(page, said).evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });

/** What the browser saves after a press. */
export async function saved(page: Page, press: () => Promise<unknown>): Promise<{ name: string; bytes: Buffer }> {
  const saving: Promise<Download> = page.waitForEvent('download');
  await press();
  const download = await saving;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** A file comes in as a browser brings it. */
export function give({ base64, how }: { base64: string; how: 'paste' | 'drag' | 'drop' }): void {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
  const place = document.querySelector('.messages-scroller');
  const common = { bubbles: true, cancelable: true };
  if (how === 'paste')
    document
      .querySelector('textarea')
      ?.dispatchEvent(new ClipboardEvent('paste', { ...common, clipboardData: carried }));
  else place?.dispatchEvent(new DragEvent(how === 'drag' ? 'dragenter' : 'drop', { ...common, dataTransfer: carried }));
}

/** Would the page ask before it is closed? */
export const asksBeforeClosing = (page: Page) =>
  page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));

/** Does this address of a picture lead nowhere any more? */
export function isGone(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(false);
    image.onerror = () => resolve(true);
    image.src = address;
  });
}

/** Does every message end before the page does, on both sides? */
export function isInside(): boolean {
  const edges = [...document.querySelectorAll('.bubble')].map((bubble) => bubble.getBoundingClientRect());
  return edges.every(({ left, right }) => left >= 0 && right <= innerWidth);
}

/** Lin asks, Ana accepts. */
export async function meet(clients: { readonly ana: Client; readonly lin: Client }): Promise<void> {
  await (await clients.lin.createDirect('ana')).send('Hello Ana');
  const mine = await seen(clients.ana.conversations, (all) => {
    const found = all.find(({ request }) => request === 'in');
    return found === undefined ? null : clients.ana.conversation(found.id);
  });
  await mine.accept();
  await (await mine.send('Hello Lin')).reached('delivered');
  await (await clients.ana.createRoom({ title: 'Open house', topic: '', access: 'open' })).send('Come in');
}

/** The bytes of the file about which this was said, as another device of Lin receives them. */
export async function bytesOf(client: Client, said: string): Promise<Buffer> {
  const hers = await client.createDirect('ana');
  for await (const { seq, text } of hers.history()) {
    if (text !== said || seq === null) continue;
    const parts: Uint8Array[] = [];
    for await (const part of hers.openFile(seq)) parts.push(part);
    return Buffer.concat(parts);
  }
  return assert.fail(`nothing says ${said}`);
}

/** The small picture of the newest message that says this, as this client got it. */
export async function smallOf(client: Client, said: string): Promise<Buffer> {
  const hers = await client.createDirect('ana');
  for await (const { text, file } of hers.history())
    if (text === said && file !== null) return Buffer.from(file.thumb ?? '', 'base64');
  return assert.fail(`nothing says ${said}`);
}

/** For `page.route`: a server that answers so. */
export function refused(code: string, status: number) {
  const problem = { type: 'about:blank', code, advice: 'fix', title: code, status };
  const answer = { status, contentType: 'application/problem+json', body: JSON.stringify(problem) };
  return (route: Route) => route.fulfill(answer);
}

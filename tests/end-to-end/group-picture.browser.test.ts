// The picture of a group in a real browser: Ana, who leads it, chooses one of a camera's size that says where it was taken.
// Ben sees it as a member, Cleo as somebody who came later, and Ben again on a new device, long after.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { maxPictureBytes } from '@parley/protocol/limits';
import type { Client, Conversation } from '@parley/sdk';
import { readPicture } from '@parley/sdk/picture';
import type { Browser, Page } from 'playwright-core';
import { jpegPart, png } from '../../packages/sdk/src/picture-fixture.ts';
import { maxChosenBytes } from '../../packages/web/src/view-models/small-picture.ts';
import { launchBrowser, person, type Someone } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { seen } from './live.ts';
import { lookAt } from './looks.ts';
import { about, chat, dialog, header, messages, openInfo, signInWithKey } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { holds, moveIn } from './town.ts';

const title = 'Kite day';
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let [anas, bens, cleos]: Client[] = [];
let [ana, ben]: Someone[] = [];
/** The group as Ben's client has it. */
let group: Conversation;

before(
  async () => {
    const settings = { PARLEY_SIGNUP: 'open', PARLEY_DIRECTORY: 'members', PARLEY_RATE_FACTOR: '100' };
    server = opened.use(await startServer(await freshFolder(), settings));
    browser = opened.use(await launchBrowser());
    const names = ['Ana Lind', 'Ben Okafor', 'Cleo Park'];
    [anas, bens, cleos] = await Promise.all(names.map(clientOf));
    assert.ok(anas && bens && cleos);
    for (const other of [bens, cleos]) await meet(anas, other);
    await anas.createGroup(title, [bens.me.snapshot.account]);
    await holds(bens, () => bens?.conversations.snapshot.some((one) => one.title === title) === true);
    group = groupOf(bens);
    [ana, ben] = await Promise.all([pageOf(anas, 'desktop'), pageOf(bens, 'phone')]);
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

async function clientOf(name: string): Promise<Client> {
  const client = await moveIn(server.summary.url, name.slice(0, name.indexOf(' ')).toLowerCase(), name);
  opened.defer(() => client.close());
  return client;
}

/** They are contacts of each other. */
async function meet(one: Client, other: Client): Promise<void> {
  const handle = (of: Client) => of.me.snapshot.handle;
  const [there, here] = [await one.createDirect(handle(other)), await other.createDirect(handle(one))];
  await (await there.send('Hello')).placed();
  await holds(other, () => here.snapshot.last !== null);
  await (await here.send('Hello')).placed();
  await holds(one, () => there.snapshot.contact);
}

function groupOf(client: Client): Conversation {
  const found = client.conversations.snapshot.find((one) => one.title === title);
  return client.conversation((found ?? assert.fail()).id) ?? assert.fail();
}

/** A browser of this account, which is a new device of it. */
async function pageOf(client: Client, size: 'phone' | 'desktop'): Promise<Someone> {
  const someone = await person(browser, size);
  const { handle } = client.me.snapshot;
  await signInWithKey(someone.page, { url: server.summary.url, handle, words: await recoveryWords(client) });
  await chat(someone.page, title).waitFor();
  return someone;
}

/** A photograph of many colours, as a camera of so many pixels writes it: with the place where it was taken. */
async function photograph(page: Page, width: number, height: number): Promise<Buffer> {
  const text = await page.evaluate(
    ([w, h]) => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [w, h];
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      for (let row = 0; row < 40; row++)
        for (let column = 0; column < 60; column++) {
          context.fillStyle = `hsl(${(row * 67 + column * 41) % 360} 80% ${30 + ((row * column) % 50)}%)`;
          context.fillRect((column * w) / 60, (row * h) / 40, w / 60, h / 40);
        }
      context.fillStyle = '#fff';
      context.beginPath();
      context.arc(w / 2, h / 2, h / 4, 0, 7);
      context.fill();
      return canvas.toDataURL('image/jpeg', 0.95);
    },
    [width, height] as const,
  );
  const bytes = Buffer.from(text.slice(text.indexOf(',') + 1), 'base64');
  const exif = Buffer.from(jpegPart(0xe1, 'Exif\0\0 GPS 52.5200 13.4050 Lins Kamera'));
  return Buffer.concat([bytes.subarray(0, 2), exif, bytes.subarray(2)]);
}

const sheet = (page: Page) => dialog(page, 'Picture of the group');

async function openSheet(page: Page): Promise<void> {
  await openInfo(page, title);
  await about(page).getByRole('button', { name: 'Change picture' }).click();
  await sheet(page).waitFor();
}

async function chooses(page: Page, name: RegExp | string, buffer: Buffer, file = 'file.jpg'): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await sheet(page).getByRole('button', { name }).click();
  await (await chooser).setFiles({ name: file, mimeType: 'image/jpeg', buffer });
}

/** Drops a file with these bytes, or with so many zeros. */
async function drops(page: Page, file: { readonly base64?: string; readonly zeros?: number }): Promise<void> {
  await page.locator('.picture-place').evaluate((place, { base64 = '', zeros = 0 }) => {
    const bytes = zeros > 0 ? new Uint8Array(zeros) : Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], 'dropped.jpg', { type: 'image/jpeg' }));
    for (const type of ['dragover', 'drop'])
      place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }, file);
}

/** Resolves when a picture that was drawn anew stands there, in the place of whatever there was. */
async function drawn(page: Page, place: string): Promise<void> {
  const address = await page.evaluate(
    ([where, text]) =>
      new Promise<string>((resolve) => {
        const look = () => {
          const found = [...document.querySelectorAll(where)].find((one) => one.textContent.includes(text));
          const image = found?.querySelector<HTMLImageElement>('.avatar > img');
          if (image?.complete === true && image.naturalWidth === 192) resolve(image.src);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [place, title] as const,
  );
  assert.match(address, /^blob:/);
}

/** Resolves when only the initials stand there. */
const initials = (page: Page, place: string) =>
  page
    .locator(`${place} .avatar`)
    .filter({ hasText: 'KD', hasNot: page.locator('img') })
    .first()
    .waitFor();

const row = '.chat-row';

test('[WEB104] what cannot be opened as a picture says what to do, and nothing is sent', async () => {
  const { page } = ana ?? assert.fail();
  await openSheet(page);
  await lookAt(page, 'group-picture-empty');
  assert.equal(await sheet(page).getByRole('button', { name: 'Set picture' }).isDisabled(), true);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>';
  for (const text of ['this is no picture', svg, '']) {
    await chooses(page, /^Choose/, Buffer.from(text));
    await sheet(page).getByRole('alert').getByText('could not be opened as a picture. Choose a JPEG').waitFor();
  }
  await lookAt(page, 'group-picture-refused');
  await drops(page, { zeros: maxChosenBytes + 1 });
  await sheet(page).getByRole('alert').getByText('This file is larger than 50 MB. Choose a smaller one.').waitFor();
  assert.equal(await sheet(page).getByRole('button', { name: 'Set picture' }).isDisabled(), true);
});

test('[WEB104] [WEB105] a large photograph becomes a small square without a place, seen before it is sent', async () => {
  const { page } = ana ?? assert.fail();
  await chooses(page, 'Choose a picture', await photograph(page, 3_000, 2_000));
  const preview = sheet(page).getByRole('img', { name: 'The new picture, as everybody in the group will see it' });
  await preview.waitFor();
  assert.equal(await sheet(page).getByRole('alert').count(), 0);
  await lookAt(page, 'group-picture-chosen');
  await sheet(page).getByRole('button', { name: 'Set picture' }).click();
  await sheet(page).waitFor({ state: 'detached' });
  await messages(page).getByText("You changed the group's picture.").waitFor();
  for (const place of [row, '.conversation-header', '.info-top']) await drawn(page, place);
  await lookAt(page, 'group-picture-set');

  await seen(group, ({ picture: seq }) => (seq === null ? null : true));
  const { bytes, type } = (await group.picture()) ?? assert.fail();
  assert.equal(type, 'image/webp');
  assert.ok(bytes.length <= maxPictureBytes, `${bytes.length} bytes`);
  assert.deepEqual(readPicture(bytes), { type, width: 192, height: 192, moves: false, extras: [] });
  assert.doesNotMatch(Buffer.from(bytes).toString('latin1'), /Exif|GPS|52\.52|Kamera/);
});

test('[WEB105] a member sees it in the list, over the messages and in the pane, and cannot change it', async () => {
  const { page } = ben ?? assert.fail();
  await drawn(page, row);
  await openInfo(page, title);
  await drawn(page, '.info-top');
  assert.equal(await about(page).getByRole('button', { name: 'Change picture' }).count(), 0);
  await about(page).getByRole('button', { name: 'Back' }).click();
  await drawn(page, '.conversation-header');
  await messages(page).getByText("Ana Lind changed the group's picture.").waitFor();
  await lookAt(page, 'group-picture-member');
});

test('[WEB105] who is added later sees it, and so does a new device when it was set long ago', {
  timeout: 300_000,
}, async () => {
  assert.ok(anas && bens && cleos);
  await groupOf(anas).members.add(cleos.me.snapshot.account);
  const cleo = await pageOf(cleos, 'phone');
  await drawn(cleo.page, row);
  assert.deepEqual(cleo.problems, []);
  await cleo.context.close();

  for (let count = 1; count <= 120; count++) await (await group.send(`Gust ${count}`)).placed();
  const later = await pageOf(bens, 'desktop');
  await drawn(later.page, row);
  assert.deepEqual(later.problems, []);
  await later.context.close();
});

test('[WEB105] what the browser cannot draw leaves the initials', async () => {
  const { page } = ben ?? assert.fail();
  const bytes = png(40);
  // Its frame is in order but for a checksum, without which a browser draws none of it.
  bytes.fill(255, 29, 33);
  assert.equal(readPicture(bytes)?.width, 40);
  assert.ok(anas);
  const before = group.snapshot.picture;
  const refused = page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const look = ({ target }: Event) => target instanceof HTMLImageElement && resolve();
        document.addEventListener('error', look, true);
      }),
  );
  await groupOf(anas).setPicture(bytes);
  await seen(group, ({ picture: seq }) => (seq === before ? null : true));
  await refused;
  await initials(page, '.conversation-header');
});

test('[WEB104] a picture is dropped, replaced and taken away, with the keyboard alone where one likes', async () => {
  const { page } = ana ?? assert.fail();
  await openSheet(page);
  await drops(page, { base64: (await photograph(page, 400, 300)).toString('base64') });
  await sheet(page)
    .getByRole('img', { name: /^The new picture/ })
    .waitFor();
  await sheet(page).getByRole('button', { name: 'Set picture' }).focus();
  await page.keyboard.press('Enter');
  await sheet(page).waitFor({ state: 'detached' });
  await drawn(page, '.info-top');
  const isBack = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  assert.equal(isBack, 'Change picture', 'focus is where it came from');
  await page.keyboard.press('Enter');
  await sheet(page).getByRole('button', { name: 'Remove picture' }).click();
  await sheet(page).waitFor({ state: 'detached' });
  await messages(page).getByText("You removed the group's picture.").waitFor();
  for (const place of [row, '.conversation-header', '.info-top']) await initials(page, place);
  await seen(group, ({ picture: seq }) => (seq === null ? true : null));
  assert.equal(await header(page).getByText(title).count(), 1);
});

test('[WEB15] nothing failed and nothing broke the policy while pictures were set and shown', () => {
  for (const { problems } of [ana ?? assert.fail(), ben ?? assert.fail()]) assert.deepEqual(problems, []);
});

// Files between two real browsers: attached, pasted and dropped, seen, saved, looked at, deleted; and what of a picture does
// not go with it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, picture, type Someone, violations } from './browser.ts';
import { recoveryWords } from './devices.ts';
import {
  asksBeforeClosing,
  attach,
  bytesOf,
  choose,
  give,
  isGone,
  isInside,
  meet,
  refused,
  saved,
  send,
  sheet,
  shown,
  sizeShown,
  smallOf,
  text,
} from './file-page.ts';
import { act, bubble, chat, composer, dialog, messages, say, signInWithKey } from './page.ts';
import { film, landscape, type SampleFile, tone, whereItWas, withPlace } from './sample-files.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn } from './town.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let clients: { readonly ana: Client; readonly lin: Client };
let ana: Someone;
let lin: Someone;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url } = server.summary;
    clients = { ana: await moveIn(url, 'ana', 'Ana Lind'), lin: await moveIn(url, 'lin', 'Lin Okafor') };
    opened.defer(() => Promise.all([clients.ana.close(), clients.lin.close()]).then(() => {}));
    await meet(clients);
    browser = opened.use(await launchBrowser());
    ana = await person(browser, 'desktop');
    lin = await person(browser, 'phone', 'dark');
    await open(ana.page, 'ana', 'Lin Okafor');
    await open(lin.page, 'lin', 'Ana Lind');
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

async function open(page: Page, handle: 'ana' | 'lin', other: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await signInWithKey(page, { url: server.summary.url, handle, words: await recoveryWords(clients[handle]) });
  await chat(page, other).click();
  await bubble(page, 'Hello Ana').waitFor();
  await attach(page).waitFor();
}

test('[WEB60] a picture with a caption and a text go as two messages, and the other sees and saves them', async () => {
  const notes = text('notes \u202egpj.txt', 'Paddles, dry bags, lunch\n');
  const png: SampleFile = {
    name: 'river.png',
    mimeType: 'image/png',
    buffer: await landscape(ana.page, 'image/png', 2_400, 1_200),
  };
  await choose(ana.page, [png, notes]);
  await sheet(ana.page).getByText('river.png').waitFor();
  await sheet(ana.page).getByText('Sent as a file, as it is').waitFor();
  assert.deepEqual(await violations(ana.page, 'dialog[open]'), []);
  await picture(ana.page, 'files-desktop-light-sheet');
  await sheet(ana.page).getByRole('textbox', { name: 'Caption of the first' }).fill('At the river');
  await ana.page.keyboard.press('Enter');
  await sheet(ana.page).waitFor({ state: 'detached' });
  await ana.page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Message');
  for (const { page } of [ana, lin]) {
    await shown(page, 'At the river').waitFor();
    assert.deepEqual(await sizeShown(page, 'At the river'), [1_600, 800], 'drawn anew, 1,600 pixels long');
  }
  const file = bubble(lin.page, 'notes gpj.txt');
  const got = await saved(lin.page, () => file.getByRole('button', { name: 'Save notes gpj.txt' }).click());
  assert.deepEqual(got, { name: 'notes gpj.txt', bytes: notes.buffer }, '[WEB65]');
  assert.deepEqual(await violations(lin.page), []);
  await picture(lin.page, 'files-phone-dark-timeline');
  await picture(ana.page, 'files-desktop-light-timeline');
  await lin.page.getByRole('button', { name: 'Back' }).click();
  await chat(lin.page, 'Ana Lind').filter({ hasText: 'notes gpj.txt' }).waitFor();
  await chat(lin.page, 'Ana Lind').click();
});

test('[WEB61] nothing of where a picture was taken arrives, and it is the right way up', async () => {
  const photo = withPlace(await landscape(ana.page, 'image/jpeg', 900, 600));
  assert.ok(photo.includes('Exif') && photo.includes(whereItWas.degrees));
  await choose(ana.page, [{ name: 'IMG_1.jpg', mimeType: 'image/jpeg', buffer: photo }]);
  await sheet(ana.page).getByRole('textbox', { name: 'Caption' }).fill('From the bridge');
  await picture(ana.page, 'files-desktop-light-sheet-alone');
  await send(ana.page);
  await shown(lin.page, 'From the bridge').waitFor();
  const arrived = await bytesOf(clients.lin, 'From the bridge');
  assert.deepEqual(await sizeShown(lin.page, 'From the bridge'), [600, 900], 'turned as its file says');
  for (const trace of ['Exif', 'MM\0*', whereItWas.degrees]) assert.ok(!arrived.includes(trace), `no ${String(trace)}`);
  const small = await smallOf(clients.lin, 'From the bridge');
  assert.ok(small.length > 0 && !small.includes('Exif'));
});

test('[WEB61] a picture goes as it is when that is chosen, and the sheet says what that means', async () => {
  const photo = withPlace(await landscape(ana.page, 'image/jpeg', 300, 200));
  await choose(ana.page, [{ name: 'IMG_2.jpg', mimeType: 'image/jpeg', buffer: photo }]);
  await sheet(ana.page).getByRole('button', { name: 'As files' }).click();
  await sheet(ana.page).getByText('What is sent as it is may say where it was taken.').first().waitFor();
  await send(ana.page);
  const got = await saved(lin.page, () => lin.page.getByRole('button', { name: 'Save IMG_2.jpg' }).click());
  assert.deepEqual(got.bytes, photo);
});

test('[WEB60] what is pasted or dropped on the chat is shown before it goes; a room takes nothing', async () => {
  const { page } = ana;
  const png = (await landscape(page, 'image/png', 400, 300)).toString('base64');
  await page.evaluate(give, { base64: png, how: 'paste' as const });
  await sheet(page).getByText('pasted.png').waitFor();
  await page.keyboard.press('Escape');
  await sheet(page).waitFor({ state: 'detached' });
  assert.ok(await composer(page).isVisible(), 'Escape closes the sheet and not the chat');
  await page.evaluate(give, { base64: png, how: 'drag' as const });
  await page.getByText('Drop files here to send them').waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, 'files-desktop-light-drop');
  await page.evaluate(give, { base64: png, how: 'drop' as const });
  await sheet(page).getByRole('textbox', { name: 'Caption' }).fill('Dropped');
  await send(page);
  await shown(lin.page, 'Dropped').waitFor();
  await chat(page, 'Open house').click();
  await bubble(page, 'Come in').waitFor();
  assert.equal(await attach(page).count(), 0);
  await page.evaluate(give, { base64: png, how: 'paste' as const });
  await page.evaluate(give, { base64: png, how: 'drop' as const });
  await say(page, 'Nothing to see');
  await bubble(page, 'Nothing to see').waitFor();
  assert.equal(await sheet(page).count(), 0);
  await chat(page, 'Lin Okafor').click();
});

test('[WEB60] what is too large is refused in words, and at most ten go at once', async () => {
  const { page } = ana;
  await page.evaluate(() => {
    const carried = new DataTransfer();
    carried.items.add(new File([new Uint8Array(100 * 1024 * 1024 + 1)], 'film.bin'));
    for (let n = 1; n <= 12; n++) carried.items.add(new File(['x'], `${n}.txt`));
    document
      .querySelector('textarea')
      ?.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData: carried }));
  });
  await sheet(page).getByText('film.bin is larger than 100 MB and is not sent.').waitFor();
  await sheet(page).getByText('At most 10 at once').waitFor();
  await dialog(page, 'Send 10 files').waitFor();
  await picture(page, 'files-desktop-light-sheet-many');
  await sheet(page).getByRole('button', { name: 'Remove 1.txt' }).click();
  await dialog(page, 'Send 9 files').waitFor();
  await sheet(page).getByRole('button', { name: 'Cancel' }).click();
  await composer(page).waitFor();
});

test('[WEB64] a picture opens as large as the page, leads to the others, and closes where it came from', async () => {
  const { page } = lin;
  await bubble(page, 'Dropped').locator('.file-picture').click();
  const viewer = dialog(page, 'Picture');
  await viewer.getByRole('img', { name: 'Dropped' }).waitFor();
  assert.deepEqual(await violations(page, 'dialog[open]'), []);
  await viewer.getByRole('button', { name: 'Previous picture' }).click();
  await viewer.getByRole('img', { name: 'From the bridge' }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await viewer.getByRole('img', { name: 'At the river' }).waitFor();
  await viewer.getByText('1 of 3').waitFor();
  await picture(page, 'files-phone-dark-viewer');
  const got = await saved(page, () => viewer.getByRole('button', { name: 'Save river.jpg' }).click());
  assert.deepEqual(got, { name: 'river.jpg', bytes: await bytesOf(clients.lin, 'At the river') });
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });
  assert.ok(await composer(page).isVisible(), 'Escape closes the picture and not the chat');
  // The menu of the message has it as well, for whoever has no pointer.
  await ana.page.locator('.messages-scroller').focus();
  await act(ana.page, 'From the bridge', 'Open');
  await dialog(ana.page, 'Picture').getByRole('img', { name: 'From the bridge' }).waitFor();
  await picture(ana.page, 'files-desktop-light-viewer');
  await ana.page.keyboard.press('Escape');
});

test('[WEB63] a sound and a film come after a press, and play', async () => {
  const sound: SampleFile = { name: 'bells.wav', mimeType: 'audio/wav', buffer: tone(1.5) };
  const clip: SampleFile = { name: 'water.webm', mimeType: 'video/webm', buffer: await film(lin.page) };
  const still = { name: 'still.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a, or so it says') };
  await choose(lin.page, [sound, clip, still]);
  await sheet(lin.page).getByText('What is sent as it is may say where it was taken.').last().waitFor();
  assert.deepEqual(await violations(lin.page, 'dialog[open]'), []);
  await picture(lin.page, 'files-phone-dark-sheet');
  await send(lin.page);
  await bubble(ana.page, 'still.gif').getByRole('button', { name: 'Save still.gif' }).waitFor();
  await bubble(ana.page, 'bells.wav').getByText('0:02').waitFor();
  await bubble(lin.page, 'still.gif').waitFor();
  assert.ok(await lin.page.evaluate(isInside), 'nothing is wider than a phone');
  await picture(lin.page, 'files-phone-dark-media');
  await picture(ana.page, 'files-desktop-light-media');
  await ana.page.getByRole('button', { name: 'Play: bells.wav' }).click();
  const player = ana.page.locator('audio.file-sound');
  await player.waitFor();
  await ana.page.waitForFunction(() => (document.querySelector('audio')?.duration ?? 0) > 1.4);
  await ana.page.getByRole('button', { name: /^Play: water.webm/ }).click();
  await ana.page.waitForFunction(() => document.querySelector('video')?.videoWidth === 320);
  assert.deepEqual(await violations(ana.page), []);
  await picture(ana.page, 'files-desktop-light-played');
});

test('[WEB66] a reply and the list name a picture', async () => {
  await act(lin.page, 'At the river', 'Reply');
  await say(lin.page, 'Lovely');
  await bubble(ana.page, 'Lovely').getByText('Photo: At the river').waitFor();
  await say(ana.page, 'Is it?');
  await chat(ana.page, 'Lin Okafor').filter({ hasText: 'Is it?' }).waitFor();
  await choose(ana.page, [
    { name: 'a.png', mimeType: 'image/png', buffer: await landscape(ana.page, 'image/png', 90, 90) },
  ]);
  await send(ana.page);
  await chat(ana.page, 'Lin Okafor').filter({ hasText: 'Photo' }).waitFor();
});

test('[WEB62] a file that cannot be put waits for the server or says why, is tried again, and can be ended', async () => {
  const { page } = ana;
  const held: (() => void)[] = [];
  await page.route('**/blobs/**', (route) => route.abort());
  await choose(page, [text('plan.txt', 'A plan'), text('second.txt', 'Another one')]);
  await send(page);
  const rows = page.getByRole('list', { name: 'Files on their way' }).getByRole('listitem');
  const [first, second] = [rows.filter({ hasText: 'plan.txt' }), rows.filter({ hasText: 'second.txt' })];
  await first.getByText('Waiting for network').first().waitFor();
  await page.unroute('**/blobs/**');
  await page.route('**/blobs/**', refused('blob.quota', 403));
  await first.getByRole('alert').filter({ hasText: 'Your files fill the space' }).waitFor();
  await second.getByRole('progressbar', { name: 'second.txt' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, 'files-desktop-light-failed');
  await page.unroute('**/blobs/**');
  await page.route('**/blobs/**', (route) => held.push(() => void route.continue()));
  await first.getByRole('button', { name: 'Try again' }).click();
  await first.getByRole('progressbar', { name: 'plan.txt' }).waitFor();
  assert.equal(await asksBeforeClosing(page), true);
  await second.getByRole('button', { name: 'Cancel second.txt' }).click();
  await second.waitFor({ state: 'detached' });
  for (const go of held) go();
  await page.unroute('**/blobs/**');
  await first.waitFor({ state: 'detached' });
  await bubble(lin.page, 'plan.txt').waitFor();
  assert.equal(await bubble(ana.page, 'second.txt').count(), 0);
  assert.equal(await asksBeforeClosing(page), false);
});

test('[WEB67] a file that is gone, or is not what was sent, says so and is not shown', async () => {
  for (const name of ['gone.txt', 'altered.txt']) {
    await choose(ana.page, [text(name, `This is ${name}`)]);
    await send(ana.page);
    await bubble(lin.page, name).waitFor();
  }
  const press = (name: string) => lin.page.getByRole('button', { name: `Save ${name}` }).click();
  await lin.page.route('**/blobs/**', refused('blob.unknown', 404));
  await press('gone.txt');
  await bubble(lin.page, 'gone.txt').getByText('This file is no longer on the server.').waitFor();
  await lin.page.unroute('**/blobs/**');
  await lin.page.route('**/blobs/**', async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[5] = (body[5] ?? 0) ^ 1;
    await route.fulfill({ response, body });
  });
  await press('altered.txt');
  await bubble(lin.page, 'altered.txt').getByText('This file is not what was sent. It is not shown.').waitFor();
  assert.deepEqual(await violations(lin.page), []);
  await picture(lin.page, 'files-phone-dark-gone');
  await lin.page.unroute('**/blobs/**');
});

test('[WEB63] [WEB132] a picture has its place before it is there, is alone in it then, and nothing moves when it comes', async () => {
  const { page } = lin;
  const held: (() => void)[] = [];
  await page.route('**/blobs/**', (route) => held.push(() => void route.continue()));
  await page.reload();
  const place = bubble(page, 'Dropped').locator('.file-picture');
  await bubble(page, 'altered.txt').waitFor();
  await place.scrollIntoViewIfNeeded();
  await place.locator('.blurred').waitFor();
  const before = await place.boundingBox();
  assert.equal(await shown(page, 'Dropped').count(), 0);
  await page.waitForFunction(() => document.querySelectorAll('.file-picture[aria-busy=true]').length > 0);
  assert.ok(held.length <= 3, 'at most three at once');
  for (const go of held) go();
  await page.unroute('**/blobs/**');
  await shown(page, 'Dropped').waitFor();
  assert.deepEqual(await place.boundingBox(), before);
  await place.locator('.blurred').waitFor({ state: 'detached' });
});

test('[WEB63] a message that is deleted takes its picture with it, and no script or policy failed', async () => {
  await lin.page.emulateMedia({ colorScheme: 'light' });
  await picture(lin.page, 'files-phone-light-timeline');
  await ana.page.emulateMedia({ colorScheme: 'dark' });
  await picture(ana.page, 'files-desktop-dark-timeline');
  const address = await shown(lin.page, 'Dropped').getAttribute('src');
  await act(ana.page, 'Dropped', 'Delete');
  await ana.page.getByRole('button', { name: 'Delete for everyone' }).click();
  await bubble(lin.page, 'This message was deleted').waitFor();
  assert.equal(await lin.page.evaluate(isGone, address ?? ''), true);
  assert.equal(await messages(lin.page).getByText('Dropped').count(), 0);
  assert.deepEqual([...ana.problems, ...lin.problems], []);
});

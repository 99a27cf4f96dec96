// Codes before the camera of a real browser: somebody's, to be sure who they are, and that of a new device.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, person, picture, type Someone, violations } from './browser.ts';
import { holdBeforeCamera } from './camera.ts';
import { lockedDevice } from './devices.ts';
import { seen, stands } from './live.ts';
import { about, chat, choose, dialog, isSettled, openInfo, say, signUp, tick } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn, password, peerOf } from './town.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
const fetched: string[] = [];
let camera: string;
let browser: Browser;
let server: RunningServer;
let ana: Someone;
let lin: Client;
let noor: Client;

before(
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-camera-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    camera = join(folder, 'seen.y4m');
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url } = server.summary;
    [lin, noor] = await Promise.all([moveIn(url, 'lin', 'Lin Okafor'), moveIn(url, 'noor', 'Noor Haddad')]);
    opened.defer(() => Promise.all([lin.close(), noor.close()]).then(() => {}));
    browser = opened.use(await launchBrowser(camera));
    ana = await person(browser, 'phone');
    const { page } = ana;
    await page.addInitScript(keepCameras);
    page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await signUp(page, { url, name: 'Ana Lind', password });
    await say(page, 'A note');
    await tick(page, 'A note', 'Sent').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    for (const client of [lin, noor]) {
      await client.caughtUp();
      await (await client.createDirect('ana.lind')).send('Hello Ana');
    }
    await page.getByRole('button', { name: /request/ }).click();
    await chat(page, 'Lin Okafor').click();
    await page.getByRole('button', { name: 'Accept' }).click();
    await say(page, 'Hello Lin');
    await tick(page, 'Hello Lin', 'Delivered').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('button', { name: 'All', exact: true }).click();
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

declare global {
  /** What the page has opened. */
  var cameras: MediaStream[];
}

/** Runs in the page before anything else does. */
function keepCameras(): void {
  const { mediaDevices } = navigator;
  globalThis.cameras = [];
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    globalThis.cameras.push(stream);
    return stream;
  };
}

test('[WEB53] the code of somebody is scanned: another one says so, the right one confirms them', async () => {
  const { page } = ana;
  const me = peerOf(lin);
  await openInfo(page, 'Lin Okafor');
  await about(page).getByRole('button', { name: 'Compare codes' }).click();
  const sheet = dialog(page, 'Compare codes with Lin Okafor');
  const scan = sheet.getByRole('button', { name: "Scan Lin Okafor's code" });
  await scan.waitFor();
  assert.ok(!fetched.some((path) => path.includes('decode')), 'what reads codes comes with the first press');

  await holdBeforeCamera(camera, (await noor.encryption.identity(me)).code?.qr ?? '');
  await scan.click();
  await sheet.getByText(/This is not the code that Lin Okafor sees for you/).waitFor();
  await cameraIsOff(page);
  await picture(page, 'scan-other');
  assert.deepEqual(await violations(page), []);

  await holdBeforeCamera(camera, 'https://parley.example');
  await scan.click();
  await sheet.getByText('This is not a code to compare.').waitFor();

  await holdBeforeCamera(camera, (await lin.encryption.identity(me)).code?.qr ?? '');
  await scan.click();
  await sheet.getByText(/The codes are the same/).waitFor();
  await sheet.getByText('You have compared codes.').waitFor();
  await picture(page, 'scan-same');
  assert.deepEqual(await violations(page), []);
  await sheet.getByRole('button', { name: 'Close' }).click();
  await isSettled(page);
});

test('[WEB53] [WEB50] the code of a new device is scanned, and the camera is off when it is left', async () => {
  const { page } = ana;
  const { url } = server.summary;
  await page.goto(url);
  await choose(page, 'Settings');
  await dialog(page, 'Settings').getByRole('button', { name: 'Link a device' }).click();
  const sheet = dialog(page, 'Link a device');
  await sheet.getByLabel('Password').fill(password);
  await holdBeforeCamera(camera, null);
  await sheet.getByRole('button', { name: 'Scan the code of the new device' }).click();
  await sheet.getByLabel('What the camera sees').waitFor();
  await picture(page, 'scan-camera');
  assert.deepEqual(await violations(page), []);
  await sheet.getByRole('button', { name: 'Stop' }).click();
  await cameraIsOff(page);

  await using phone = await lockedDevice(url, 'ana.lind');
  const { text } = await phone.encryption.showPairing(url);
  await holdBeforeCamera(camera, text ?? '');
  await sheet.getByRole('button', { name: 'Scan the code of the new device' }).click();
  const digits = await sheet.getByLabel('Digits to type on the new device').textContent();
  await seen(phone.encryption, ({ pairing }) => (pairing?.state === 'digits' ? true : null));
  await phone.encryption.typePairing((digits ?? '').replaceAll(' ', ''));
  await stands(phone, { phase: 'ready', recovery: 'confirmed' });
  assert.deepEqual(ana.problems, []);
});

/** Resolves when no camera of the page is open any more. */
async function cameraIsOff(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    globalThis.cameras.every((stream) => stream.getTracks().every(({ readyState }) => readyState === 'ended')),
  );
}

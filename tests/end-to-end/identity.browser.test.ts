// Who somebody is, in a real browser: codes compared, the sign of it, and what is said when somebody sets up afresh.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, picture, type Someone, violations } from './browser.ts';
import { about, bubble, chat, composer, dialog, header, openInfo, say, signUp, tick } from './page.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn, password, peerOf } from './town.ts';

/** A browser that opens keys for the first time compiles the library. */
const firstKeysMs = 60_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let ana: Someone;
let lin: Client;
let noor: Client;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url } = server.summary;
    [lin, noor] = await Promise.all([moveIn(url, 'lin', 'Lin Okafor'), moveIn(url, 'noor', 'Noor Haddad')]);
    opened.defer(() => Promise.all([lin.close(), noor.close()]).then(() => {}));
    browser = opened.use(await launchBrowser());
    ana = await person(browser, 'desktop');
    const { page } = ana;
    await signUp(page, { url, name: 'Ana Lind', password });
    // Once this is sent the page has keys, and others can write to it.
    await say(page, 'A note');
    await tick(page, 'A note', 'Sent').waitFor({ timeout: firstKeysMs });
    for (const client of [lin, noor]) {
      await client.caughtUp();
      const conversation = await client.createDirect('ana.lind');
      await conversation.send('Hello Ana');
    }
    for (const name of ['Lin Okafor', 'Noor Haddad']) {
      await page.getByRole('button', { name: /request/ }).click();
      await chat(page, name).click();
      await page.getByRole('button', { name: 'Accept' }).click();
      await say(page, `Hello, ${name}`);
      await tick(page, `Hello, ${name}`, 'Delivered').waitFor();
      await page.getByRole('button', { name: 'All', exact: true }).click();
    }
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

test('[WEB44] two people see the same twelve groups of digits, and whose code was confirmed has a sign', async () => {
  const { page } = ana;
  await openInfo(page, 'Lin Okafor');
  await about(page).getByText('Only the two of you can read this.').waitFor();
  await picture(page, 'identity-info');
  assert.deepEqual(await violations(page), []);
  await about(page).getByRole('button', { name: 'Compare codes' }).click();
  const sheet = dialog(page, 'Compare codes with Lin Okafor');
  const digits = sheet.getByRole('list', { name: 'The code' }).getByRole('listitem');
  await digits.last().waitFor();
  await sheet.getByRole('img', { name: 'The code to scan' }).waitFor();
  await picture(page, 'identity-compare');
  assert.deepEqual(await violations(page), []);
  const mine = await lin.encryption.identity(peerOf(lin));
  assert.equal((await digits.allTextContents()).join(''), mine.code?.digits);
  await sheet.getByRole('button', { name: 'They are the same' }).click();
  await header(page).getByRole('img', { name: 'Codes compared' }).waitFor();
  await about(page).getByText('You have compared codes.').waitFor();
  await picture(page, 'identity-confirmed');
});

test('[WEB44] who was never confirmed and sets up afresh is told of, and messages go on', async () => {
  const { page } = ana;
  noor = await afresh(noor, 'noor');
  await chat(page, 'Noor Haddad').click();
  await page.getByText('Noor Haddad set up Parley afresh.').first().waitFor();
  await picture(page, 'identity-changed');
  assert.deepEqual(await violations(page), []);
  await say(page, 'Is it you?');
  await bubble(page, 'Is it you?').getByRole('img', { name: 'Delivered' }).waitFor();
  await page.getByRole('button', { name: 'OK', exact: true }).click();
  await page.getByRole('button', { name: 'OK', exact: true }).waitFor({ state: 'detached' });
});

test('[WEB44] who was confirmed and sets up afresh gets nothing until it was reviewed', async () => {
  const { page } = ana;
  lin = await afresh(lin, 'lin');
  await chat(page, 'Lin Okafor').click();
  await page.getByText(/Nothing is sent until you review/).waitFor();
  await picture(page, 'identity-held');
  assert.deepEqual(await violations(page), []);
  assert.equal(await composer(page).count(), 0);
  await page.getByRole('button', { name: 'Accept without comparing' }).click();
  await say(page, 'So it is you');
  await tick(page, 'So it is you', 'Delivered').waitFor();
  assert.deepEqual(ana.problems, []);
});

/** The same account on a new device that had no recovery key. */
async function afresh(before: Client, handle: string): Promise<Client> {
  await before.signOut();
  const { url } = server.summary;
  const session = await entrance(url).signIn({ handle, password, deviceName: 'New laptop' });
  const client = await connect({ server: url, session });
  await client.caughtUp();
  await new Promise<void>((resolve) => {
    const look = () => client.encryption.snapshot.phase === 'needs_linking' && resolve();
    client.encryption.subscribe(look);
    look();
  });
  await client.encryption.startOver(password, 'safe');
  await (await client.createDirect('ana.lind')).send('I have a new laptop');
  return client;
}

// A browser that has no room for what a page keeps, and one that cannot fetch the crypto library, under the policy of the
// server: the page says what is wrong, nothing that was taken is lost, said twice or sealed with a key a second time, and
// it goes on when it can.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client, Conversation, Timeline } from '@parley/sdk';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, picture, type Someone, violations } from './browser.ts';
import { seen, unopened } from './live.ts';
import { bubble, chat, composer, messages, say, signUp, tick } from './page.ts';
import { placesOf } from './sealed-place.ts';
import { SentFrames } from './sent-frames.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { Room } from './storage-full.ts';
import { moveIn, password } from './town.ts';
import { layWire, type Wire } from './wire.ts';

const full = 'This browser cannot keep your chats: its storage is full or damaged.';
const waiting = ['Kept before it was full', 'And this too'];
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
/** Ana's way to the server. */
let wire: Wire;
let ana: Someone;
let room: Room;
/** What Ana's page sends. */
let sent: SentFrames;
let ben: Client;
let withAna: Conversation;
let timeline: Timeline;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    wire = opened.use(await layWire(server.summary.url));
    browser = opened.use(await launchBrowser());
    ana = await person(browser, 'desktop');
    room = await Room.limit(ana.page, wire.url);
    sent = new SentFrames(ana.page);
    await signUp(ana.page, { url: wire.url, name: 'Ana Lind', password });
    await say(ana.page, 'A note');
    await tick(ana.page, 'A note', 'Sent').waitFor();
    ben = await moveIn(server.summary.url, 'ben', 'Ben Osei');
    opened.defer(() => ben.close());
    withAna = await ben.createDirect('ana.lind');
    timeline = withAna.timeline();
    await (await withAna.send('Hello Ana')).placed();
    await ana.page.getByRole('button', { name: /request/ }).click();
    await chat(ana.page, 'Ben Osei').click();
    await ana.page.getByRole('button', { name: 'Accept', exact: true }).click();
    await say(ana.page, 'Here I am');
    await tick(ana.page, 'Here I am', 'Delivered').waitFor();
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

test('[WEB101] without room a message is not taken: the page says why, and the text stays where it was written', async () => {
  const { page } = ana;
  await wire.cut();
  for (const text of waiting) {
    await say(page, text);
    await tick(page, text, 'Waiting').waitFor();
  }
  await room.fill(page);
  await say(page, 'Too much');
  await page.getByText(full).first().waitFor();
  assert.equal(await composer(page).inputValue(), 'Too much');
  assert.equal(await bubble(page, 'Too much').count(), 0);
  await picture(page, 'storage-full');
  assert.deepEqual(await violations(page), []);
});

test('[ENC300] without room nothing goes out, comes in or is confirmed that could not be kept, and what was taken is still there', async () => {
  const { page } = ana;
  const before = sent.of('message').length;
  await wire.mend();
  await (await withAna.send('Do you get this?')).placed();
  // It asks again and again for what it could not keep.
  const asked = sent.of('sync').length;
  await sent.until(() => sent.of('sync').length >= asked + 3);
  assert.equal(sent.of('message').length, before);
  assert.equal(stateOf('Do you get this?'), 'sent');
  for (const text of waiting) await tick(page, text, 'Waiting').waitFor();
  await page.reload();
  for (const text of waiting) await tick(page, text, 'Waiting').waitFor();
  assert.equal(sent.of('message').length, before);
  assert.equal(stateOf('Do you get this?'), 'sent');
});

test('[ENC300] with room again what waited goes out once, by itself, and is read at the other end; no key was used twice', async () => {
  const { page } = ana;
  await room.empty(page);
  for (const text of waiting) await tick(page, text, 'Delivered').waitFor();
  await bubble(page, 'Do you get this?').waitFor();
  await say(page, 'Too much');
  await tick(page, 'Too much', 'Delivered').waitFor();
  assert.equal(await page.getByText(full).count(), 0);
  assert.equal(await messages(page).getByText('Waiting for this message').count(), 0);
  await seen(timeline, () => (['sent', 'pending'].includes(stateOf('Do you get this?') ?? '') ? null : true));
  const texts = timeline.snapshot.items.map(({ text }) => text).filter((text) => text !== '');
  assert.deepEqual(texts.toSorted(), ['Do you get this?', 'Hello Ana', 'Here I am', ...waiting, 'Too much'].toSorted());
  assert.equal(await unopened([ben]), 0);
  const places = placesOf(sent.sealed());
  assert.ok(places.length >= 5, `${places.length} were sealed`);
  assert.deepEqual(places, [...new Set(places)]);
  assert.deepEqual(ana.problems, []);
});

test('[WEB102] without the crypto library the page says so, and trying again opens the keys and sends what waited', async () => {
  const eva = await person(browser, 'desktop');
  const { page } = eva;
  opened.defer(() => eva.context.close());
  let isBlocked = true;
  let fetched = 0;
  await eva.context.route('**/*.wasm', (route) => {
    fetched += 1;
    return isBlocked ? route.abort() : route.continue();
  });
  const answer = await page.goto(server.summary.url);
  assert.match(answer?.headers()['content-security-policy'] ?? '', /script-src[^;]* 'wasm-unsafe-eval'/);
  await signUp(page, { url: server.summary.url, name: 'Eva Stone', password });
  await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
  await say(page, 'Said without keys');
  await tick(page, 'Said without keys', 'Waiting').waitFor();
  const trouble = page.getByRole('alert').filter({ hasText: 'Your chats cannot be opened here now.' });
  await trouble.waitFor();
  assert.ok(fetched > 0, 'it was asked for');
  await picture(page, 'no-library');
  assert.deepEqual(await violations(page), []);
  isBlocked = false;
  await trouble.getByRole('button', { name: 'Try again' }).click();
  await tick(page, 'Said without keys', 'Sent').waitFor();
  await trouble.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => 'isSamePage' in globalThis), true, 'without a reload');
  assert.deepEqual(eva.problems, []);
});

/** The tick of what Ben said. */
function stateOf(text: string) {
  return timeline.snapshot.items.find((item) => item.text === text)?.state;
}

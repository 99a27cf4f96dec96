// What one meets on an ordinary day, in a real browser: code that is wider than the screen, writing while one reads
// further up, the panel of emoji, and the end of a chat. The other one is an SDK client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client, Conversation } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, type Someone, sizes } from './browser.ts';
import { recoveryWords } from './devices.ts';
import { seen } from './live.ts';
import { lookAt } from './looks.ts';
import { about, bubble, chat, chooseOf, composer, dialog, messages, openInfo, say, signInWithKey } from './page.ts';
import { password } from './people.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';

/** More than a screen of messages. */
const lines = 60;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let ana: Someone;
let anaElsewhere: Client;
let ben: Client;
let withAna: Conversation;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url } = server.summary;
    const join = async (handle: string, name: string) => {
      const session = await entrance(url).signUp({ handle, name, password, deviceName: 'Laptop' });
      const client = await connect({ server: url, session });
      opened.defer(() => client.close());
      await client.caughtUp();
      return client;
    };
    anaElsewhere = await join('ana', 'Ana Lind');
    ben = await join('ben', 'Ben Okafor');
    const withBen = await anaElsewhere.createDirect('ben');
    await (await withBen.send('Tell me everything')).placed();
    withAna = await ben.createDirect('ana');
    for (let n = 1; n <= lines; n++) await withAna.send(`line ${n}.`);
    await ben.flushed();
    browser = opened.use(await launchBrowser());
    ana = await person(browser, 'desktop');
    await signInWithKey(ana.page, { url, handle: 'ana', words: await recoveryWords(anaElsewhere) });
    await chat(ana.page, 'Ben Okafor').getByText(`line ${lines}.`).waitFor();
    await chat(ana.page, 'Ben Okafor').click();
    await bubble(ana.page, 'line 1.').first().waitFor();
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

test('[WEB127] what is said while one reads further up is shown, and all before it counts as read', async () => {
  const { page } = ana;
  const end = () => messages(page).evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
  assert.ok((await end()) > 500, 'it opens at what is unread');
  await say(page, 'I see it at once');
  await bubble(page, 'I see it at once').waitFor();
  await page.getByRole('button', { name: 'To the newest message' }).waitFor({ state: 'detached' });
  assert.ok((await end()) < 50);
  await chat(page, 'Ben Okafor')
    .getByRole('img', { name: /unread/ })
    .waitFor({ state: 'detached' });
  await messages(page).evaluate((list) => list.scrollTo({ top: 0 }));
  await bubble(page, 'line 1.').first().waitFor();
  await (await withAna.send('Said by another one meanwhile')).placed();
  await page.getByRole('button', { name: '1 new message' }).waitFor();
  assert.ok((await end()) > 500, 'what others say moves nothing');
  await page.getByRole('button', { name: '1 new message' }).click();
  await bubble(page, 'Said by another one meanwhile').waitFor();
});

test('[WEB128] a block of code scrolls in its bubble, and no empty line stands below it', async () => {
  const { page } = ana;
  await (await withAna.send(`See\n\`\`\`\n${'wide = code; '.repeat(40)}\n\`\`\`\nand so on`)).placed();
  await say(page, `\`\`\`\n${'mine = too; '.repeat(40)}\n\`\`\``);
  await bubble(page, 'mine = too').waitFor();
  for (const viewport of [sizes.phone, { width: 1280, height: 800 }]) {
    await page.setViewportSize(viewport);
    for (const text of ['wide = code', 'mine = too']) {
      const seen = await bubble(page, text).evaluate((article) => {
        const [row, inside, block, time] = [
          article,
          ...['.bubble', 'pre', 'time'].map((one) => article.querySelector(one)),
        ];
        const edges = [row, inside, block, time].map((one) => one?.getBoundingClientRect().right ?? 0);
        const scrolls = (block?.scrollWidth ?? 0) > (block?.clientWidth ?? 0);
        const words = article.querySelector('.words');
        const below = (words?.getBoundingClientRect().bottom ?? 0) - (block?.getBoundingClientRect().bottom ?? 0);
        return { edges, scrolls, below, line: Number.parseFloat(getComputedStyle(article).lineHeight) };
      });
      const [row = 0, ...inside] = seen.edges;
      assert.ok(
        inside.every((edge) => edge > 0 && edge <= row),
        `${text}: ${inside.join()} in ${row}`,
      );
      assert.ok(seen.scrolls, text);
      if (text === 'wide = code') assert.ok(seen.below < 2 * seen.line, `${seen.below} below, ${seen.line} a line`);
    }
  }
  await page.setViewportSize(sizes.desktop);
  await lookAt(page, 'code');
});

test('[WEB17] Escape closes the panel of emoji and leaves the chat open', async () => {
  const { page } = ana;
  await page.getByRole('button', { name: 'Emoji' }).click();
  await page.getByRole('searchbox', { name: 'Search emoji' }).fill('cat');
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox', { name: 'Search emoji' }).waitFor({ state: 'detached' });
  assert.ok(await composer(page).isVisible());
  assert.ok(await composer(page).evaluate((field) => field === document.activeElement));
  await page.getByRole('button', { name: 'Emoji' }).click();
  await page.getByRole('button', { name: 'Emoji' }).press('Escape');
  await page.getByRole('searchbox', { name: 'Search emoji' }).waitFor({ state: 'detached' });
  assert.ok(await composer(page).isVisible());
});

test('[WEB18] with a mouse every filter is in reach, and what a request offers stands in lines of two on a phone', async () => {
  const { page } = ana;
  const session = await entrance(server.summary.url).signUp({
    handle: 'eva',
    name: 'Eva Stone',
    password,
    deviceName: 'Laptop',
  });
  await using eva = await connect({ server: server.summary.url, session });
  await (await (await eva.createDirect('ana')).send('May I write to you?')).placed();
  await chooseOf(page, 'Notes to self', 'Archive');
  await page.getByRole('button', { name: 'Archived', exact: true }).waitFor();
  const strip = page.locator('.filters');
  assert.equal(await strip.evaluate((list) => list.scrollWidth > list.clientWidth), false);
  await lookAt(page, 'filters');
  await page.getByRole('button', { name: '1 request' }).click();
  await chat(page, 'Eva Stone').click();
  await page.getByText('Eva Stone wants to write to you.').waitFor();
  await page.setViewportSize(sizes.phone);
  const tops = await page
    .locator('.obstacle-choices .button')
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
  assert.deepEqual(
    tops.map((top) => tops.filter((other) => other === top).length),
    [2, 2, 2, 2],
  );
  await page.setViewportSize(sizes.desktop);
  await lookAt(page, 'request-choices');
  await page.getByRole('button', { name: 'All', exact: true }).click();
});

test('[WEB131] handing over a group and removing somebody ask once more', async () => {
  const { page } = ana;
  const group = await anaElsewhere.createGroup('Canoe crew', []);
  await group.members.add(ben.me.snapshot.account);
  await openInfo(page, 'Canoe crew');
  const choose = async (name: string) => {
    await about(page)
      .getByRole('button', { name: /Ben Okafor/ })
      .click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  };
  await choose('Make owner');
  await dialog(page, 'Make Ben Okafor the owner?').getByRole('button', { name: 'Cancel' }).click();
  await choose('Remove from chat');
  await dialog(page, 'Remove Ben Okafor from this chat?').getByRole('button', { name: 'Cancel' }).click();
  await choose('Make owner');
  await dialog(page, 'Make Ben Okafor the owner?').getByRole('button', { name: 'Make owner' }).click();
  await about(page)
    .getByRole('button', { name: /Ben Okafor/ })
    .getByText('Owner')
    .waitFor();
});

test('[WEB130] [WEB129] whoever was removed reads that, and deletes the chat', async () => {
  const { page } = ana;
  // Its title is a message, which he may not have read yet.
  const crew = await seen(ben.conversations, (all) => all.find(({ title }) => title === 'Canoe crew') ?? null);
  await ben.conversation(crew.id)?.members.remove(anaElsewhere.me.snapshot.account);
  await messages(page).getByText('Ben Okafor removed you.').waitFor();
  await page.getByText('You were removed from this chat.').waitFor();
  assert.equal(await about(page).getByText('Disappearing messages').count(), 0);
  await lookAt(page, 'removed');
  await about(page).getByRole('button', { name: 'Delete chat' }).click();
  await dialog(page, 'Delete this chat for you?').getByRole('button', { name: 'Delete chat' }).click();
  await chat(page, 'Canoe crew').waitFor({ state: 'detached' });
});

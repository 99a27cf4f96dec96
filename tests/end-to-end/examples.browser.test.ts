// The examples in a real browser: the ten lines of SDK behind a development server, and a room with WebSocket alone.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser, person } from './browser.ts';
import { signUp } from './people.ts';
import { call } from './rest.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn } from './town.ts';

const examples = fileURLToPath(new URL('../../docs/examples', import.meta.url));
const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));
const maxRoomLines = 30;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;

before(async () => {
  server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_GUESTS: 'on' }));
  browser = opened.use(await launchBrowser());
});
after(() => opened.disposeAsync());

/** `npx vite docs/examples`, which passes calls on to this server. */
async function development(server: string): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const child = spawn(process.execPath, [vite, examples, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PARLEY_SERVER: server, NO_COLOR: '1' },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [address] = /http:\/\/\S+/.exec(line) ?? [];
    if (address !== undefined) return { child, address };
  }
  throw new Error('the development server did not start');
}

test('[EXM2] the ten lines of the README run in a browser', { timeout: 300_000 }, async (t) => {
  const { url } = server.summary;
  // Somebody is there to read it.
  await using _ben = await moveIn(url, 'ben', 'Ben');
  const { child, address } = await development(url);
  t.after(() => child.kill());
  const { page, problems } = await person(browser, 'desktop');
  const said: string[] = [];
  const placed = new Promise<void>((resolve) =>
    page.on('console', (message) => {
      said.push(message.text());
      if (message.text().startsWith('Its place in the chat:')) resolve();
    }),
  );
  await page.goto(`${address}hello.html`);
  await placed;
  assert.ok(said.some((text) => /^Its place in the chat: \d+$/.test(text)));
  assert.deepEqual(problems, []);
});

test('[EXM3] a page of 30 lines sits in a room with WebSocket alone', { timeout: 300_000 }, async () => {
  const path = `${examples}/room.html`;
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  assert.ok(lines.length <= maxRoomLines, `${lines.length} lines`);
  const { url } = server.summary;
  const owner = await signUp(url, 'hanna');
  const { conversation_id: room } = await call<{ conversation_id: string }>(url, 'POST', '/v1/conversations', {
    token: owner.token,
    body: { kind: 'room', id: '01a21000-8800-7bfd-8000-ebfd0000ebfd', title: 'Help desk', access: 'open' },
  });
  const said = `/v1/conversations/${room}/messages`;
  await call(url, 'POST', said, { token: owner.token, body: { content: 'said before' } });

  const guests = [];
  for (const name of ['Gina', 'Gus']) {
    const { token } = await call<{ token: string }>(url, 'POST', '/v1/guests', { body: { name } });
    await call(url, 'POST', `/v1/conversations/${room}/join`, { token, body: {} });
    const { page, problems } = await person(browser, 'desktop');
    await page.goto(pathToFileURL(path).href);
    await page.locator('#url').fill(`${url.replace('http', 'ws')}/v1/ws`);
    await page.locator('#token').fill(token);
    await page.locator('#room').fill(room);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByText('said before').waitFor();
    guests.push({ page, problems });
  }
  const [gina, gus] = guests;
  assert.ok(gina !== undefined && gus !== undefined);
  await gina.page.locator('#text').pressSequentially('Hello Gus');
  await gus.page.getByText('somebody types…').waitFor();
  await gina.page.locator('#text').press('Enter');
  for (const { page } of guests) await page.getByText('Hello Gus').waitFor();
  await call(url, 'POST', said, { token: owner.token, body: { content: '<b>said by the owner</b>' } });
  for (const { page, problems } of guests) {
    await page.getByText('<b>said by the owner</b>').waitFor();
    assert.deepEqual(problems, []);
  }
});

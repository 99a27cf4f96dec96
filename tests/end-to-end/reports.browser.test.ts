// Reporting somebody in a real browser, the whole way: a stranger writes, the other sees what would be sent and sends it,
// and the operator reads it at a terminal. Ana is a page; Ben and Cleo are SDK clients; the operator has the commands.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@parley/sdk';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, type Someone } from './browser.ts';
import { seen } from './live.ts';
import { lookAt } from './looks.ts';
import { folderOfTest } from './operated.ts';
import { about, bubble, chat, composer, dialog, openInfo, signUp } from './page.ts';
import { call } from './rest.ts';
import { Seat } from './seat.ts';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn, password } from './town.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let server: RunningServer;
let ana: Someone;
let ben: Client;
let cleo: Client;
let olga: Seat;

before(
  async () => {
    server = opened.use(await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' }));
    const { url, setup_link: link = '' } = server.summary;
    await call(url, 'POST', '/v1/setup', {
      body: { secret: link.split('#')[1], handle: 'olga', password, name: 'Olga', device_name: 'test' },
    });
    olga = new Seat(await folderOfTest(), 'olga');
    assert.equal(await olga.run(['login', 'olga', '--server', url, '--password-stdin'], `${password}\n`), 0, olga.text);
    [ben, cleo] = await Promise.all([moveIn(url, 'ben', 'Ben Okafor'), moveIn(url, 'cleo', 'Cleo Park')]);
    opened.defer(() => Promise.all([ben.close(), cleo.close()]).then(() => {}));
    browser = opened.use(await launchBrowser());
    ana = await person(browser, 'desktop');
    const { page } = ana;
    await signUp(page, { url, name: 'Ana Lind', password });
  },
  { timeout: 300_000 },
);
after(() => opened.disposeAsync());

/** Someone whom she does not know writes to her; resolves when the chat is open as a request. */
async function asked(by: Client, name: string, texts: readonly string[]): Promise<void> {
  const { page } = ana;
  const direct = await by.createDirect('ana.lind');
  for (const text of texts) await (await direct.send(text)).placed();
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.getByRole('button', { name: /\d requests?/ }).click();
  await chat(page, name).click();
  for (const text of texts) await bubble(page, text).waitFor();
}

/** What the operator reads, the newest first. */
async function read(): Promise<readonly Record<string, unknown>[]> {
  const objects = () =>
    olga.text
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  assert.equal(await olga.run(['--json', 'admin', 'reports']), 0, olga.text);
  const shown: Record<string, unknown>[] = [];
  for (const { report_id } of objects()) {
    assert.equal(await olga.run(['--json', 'admin', 'reports', 'show', String(report_id)]), 0, olga.text);
    shown.push(...objects());
  }
  return shown;
}

const textsOf = ({ messages }: Record<string, unknown>) => (messages as { text: string }[]).map(({ text }) => text);

test('[REP8] [REP10] a request is reported and blocked with the keyboard alone, and the operator reads what was shown', async () => {
  const { page } = ana;
  const texts = ['Send me money', 'see https://example.test/pay\nnow'];
  await asked(ben, 'Ben Okafor', texts);
  const button = page.getByRole('button', { name: 'Report', exact: true });
  await lookAt(page, 'request-with-report');
  await button.focus();
  await page.keyboard.press('Enter');
  const sheet = dialog(page, 'Report Ben Okafor');
  await sheet.getByText("The last 2 messages go to this server's operator, readable.").waitFor();
  const shown = sheet.getByRole('list', { name: 'Messages of Ben Okafor that are sent' }).getByRole('listitem');
  assert.equal(await shown.count(), 2);
  assert.match((await shown.last().textContent()) ?? '', /see https:\/\/example\.test\/pay\s*now$/);
  assert.equal(await sheet.getByRole('link').count(), 0);
  await lookAt(page, 'report');

  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  assert.equal(await button.evaluate((element) => element === document.activeElement), true, 'where it came from');
  assert.deepEqual(await read(), [], 'nothing was sent');

  await page.keyboard.press('Enter');
  await sheet.getByLabel('Reason').selectOption({ label: 'Threats or abuse' });
  await sheet.getByLabel('Note to the operator (optional)').fill('I do not know him');
  await page.keyboard.press('Enter');
  await sheet.getByRole('status').getByText('Reported, and Ben Okafor is blocked.').waitFor();
  await lookAt(page, 'reported');
  await page.keyboard.press('Enter');
  await sheet.waitFor({ state: 'detached' });
  await composer(page).waitFor({ state: 'detached' });

  const [report, ...others] = await read();
  assert.deepEqual(others, []);
  assert.ok(report !== undefined);
  const { reporter_handle, account_handle, reason, note, closed_at } = report;
  assert.deepEqual(
    { reporter_handle, account_handle, reason, note, closed_at, texts: textsOf(report) },
    {
      ...{ reporter_handle: 'ana.lind', account_handle: 'ben', reason: 'abuse', note: 'I do not know him' },
      closed_at: undefined,
      texts,
    },
  );
  assert.deepEqual(ana.problems, []);
});

test('[REP8] from the pane of a chat on a phone somebody is reported without being blocked', async () => {
  const { page } = ana;
  await asked(cleo, 'Cleo Park', ['Hello Ana']);
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await composer(page).waitFor();
  const direct = await cleo.createDirect('ana.lind');
  for (let n = 1; n <= 6; n++) await (await direct.send(`number ${n}`)).placed();
  await bubble(page, 'number 6').waitFor();
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await openInfo(page, 'Cleo Park');
  await page.setViewportSize({ width: 390, height: 844 });
  await about(page).getByRole('button', { name: 'Report', exact: true }).click();
  const sheet = dialog(page, 'Report Cleo Park');
  await sheet.getByText("The last 5 messages go to this server's operator, readable.").waitFor();
  await lookAt(page, 'report-of-five');
  await sheet.getByRole('button', { name: 'Report only' }).click();
  await sheet.getByRole('status').getByText('Reported. The operator of this server can read it now.').waitFor();
  await sheet.getByRole('button', { name: 'Close', exact: true }).last().click();
  const [report] = await read();
  assert.ok(report !== undefined);
  assert.deepEqual(
    textsOf(report),
    [2, 3, 4, 5, 6].map((n) => `number ${n}`),
  );
  await page.setViewportSize({ width: 1280, height: 800 });
  const here = await seen(cleo.conversations, (chats) => chats.find(({ id }) => id === direct.id) ?? null);
  assert.equal(here.blocked, false);
  await (await direct.send('still heard')).placed();
  await bubble(page, 'still heard').waitFor();
  assert.deepEqual(ana.problems, []);
});

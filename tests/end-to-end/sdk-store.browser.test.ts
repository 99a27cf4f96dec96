// The SDK's browser adapters in a real browser: IndexedDB under the contract of all stores, and tabs that agree on who
// leads.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LocalStore } from '@parley/sdk';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { storeContract } from '../../packages/sdk/src/platform/store.contract.ts';
import { launchBrowser } from './browser.ts';
import { BrowserProcess } from './browser-process.ts';
import { startModuleServer } from './module-server.ts';
import { folderOfTest } from './operated.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let modules: Awaited<ReturnType<typeof startModuleServer>>;
let places = 0;

before(async () => {
  browser = opened.use(await launchBrowser());
  modules = opened.use(await startModuleServer());
});
after(() => opened.disposeAsync());

async function newPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(modules.url);
  return page;
}

/** The store of one page, as if it were here. */
async function openStore(page: Page, account: string): Promise<LocalStore> {
  const store = await page.evaluateHandle(async (name) => {
    const path = '/packages/sdk/src/platform/web-store.ts';
    const { IdbStore } = (await import(path)) as { IdbStore: { open(name: string): Promise<LocalStore> } };
    return IdbStore.open(name);
  }, account);
  return {
    get: (table, key) => store.evaluate((kept, [t, k]) => kept.get(t, k), [table, key] as const),
    list: (table, range) => store.evaluate((kept, [t, r]) => kept.list(t, r), [table, range] as const),
    write: (writes, options = {}) => store.evaluate((kept, [w, o]) => kept.write(w, o), [writes, options] as const),
    clear: () => store.evaluate((kept) => kept.clear()),
    close: () => store.evaluate((kept) => kept.close()),
  };
}

storeContract('indexeddb', async () => {
  const account = `a_${places++}`;
  const context = await browser.newContext();
  const page = await newPage(context);
  return { open: () => openStore(page, account), remove: () => context.close() };
});

test('[LOC2] in a browser a write that holds something unwritable leaves nothing, and the next one works', async () => {
  const context = await browser.newContext();
  const page = await newPage(context);
  const found = await page.evaluate(async () => {
    const path = '/packages/sdk/src/platform/web-store.ts';
    const { IdbStore } = (await import(path)) as { IdbStore: { open(name: string): Promise<LocalStore> } };
    const store = await IdbStore.open('a_unwritable');
    const failed = await store
      .write([
        { table: 'facts', key: ['a'], value: 1 },
        { table: 'facts', key: ['b'], value: () => {} },
      ])
      .then(
        () => false,
        () => true,
      );
    const after = await store.get('facts', ['a']);
    await store.write([{ table: 'facts', key: ['a'], value: 2 }], { relaxed: true });
    return [failed, after, await store.get('facts', ['a'])];
  });
  assert.deepEqual(found, [true, undefined, 2]);
  await context.close();
});

test('[LOC2] a tab that is closed while it writes leaves whole writes, and every one that had resolved', async () => {
  const context = await browser.newContext();
  const page = await newPage(context);
  let resolved = 0;
  let tell = () => {};
  await page.exposeFunction('wrote', (n: number) => {
    resolved = n;
    if (n === 20) tell();
  });
  const enough = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const writing = page.evaluate(async () => {
    const path = '/packages/sdk/src/platform/web-store.ts';
    const { IdbStore } = (await import(path)) as { IdbStore: { open(name: string): Promise<LocalStore> } };
    const store = await IdbStore.open('a_closed');
    const host = globalThis as unknown as { wrote(n: number): Promise<void> };
    for (let n = 1; ; n++) {
      const both = ['a', 'b'].map((name) => ({ table: 'facts', key: [name], value: n }) as const);
      await store.write(both);
      await host.wrote(n);
    }
  });
  writing.catch(() => {});
  await enough;
  await page.close();
  const store = await openStore(await newPage(context), 'a_closed');
  const [a, b] = [await store.get('facts', ['a']), await store.get('facts', ['b'])];
  assert.equal(a, b);
  assert.ok((a as number) >= resolved, `${String(a)} after ${resolved}`);
  await context.close();
});

test('[LOC76] writes to different tables are under way one after the other', async () => {
  // What is not kept on a disk Chromium keeps otherwise.
  await using kept = await BrowserProcess.start(await folderOfTest());
  const page = await newPage(kept.context);
  const tables = ['messages', 'outbox', 'facts', 'settings'] as const;
  const told = await page.evaluate(async (names) => {
    const path = '/packages/sdk/src/platform/web-store.ts';
    const { IdbStore } = (await import(path)) as { IdbStore: { open(name: string): Promise<LocalStore> } };
    const store = await IdbStore.open('a_one');
    const seen: string[] = [];
    const made = IDBDatabase.prototype;
    const begin: typeof made.transaction = Reflect.get(made, 'transaction');
    made.transaction = function (...given: Parameters<typeof begin>) {
      const transaction = begin.apply(this, given);
      const [name = ''] = transaction.objectStoreNames;
      const note = () => void seen.push(name);
      // Each takes its time, so that another would begin meanwhile if it could.
      const linger = (left: number): void => {
        if (left === 0) return;
        transaction.objectStore(name).get(0).onsuccess = () => linger(left - 1);
      };
      linger(100);
      transaction.addEventListener('success', note, { once: true, capture: true });
      transaction.addEventListener('complete', note);
      return transaction;
    };
    await Promise.all(names.map((table) => store.write([{ table, key: ['a'], value: 1 }])));
    return seen;
  }, tables);
  assert.equal(told.length, 2 * tables.length);
  for (let at = 0; at < told.length; at += 2)
    assert.equal(told[at + 1], told[at], `one began in another: ${told.join()}`);
});

/** A tab's member, as it is found on its page. */
interface Member {
  post(message: unknown): void;
  subscribe(listener: (message: unknown) => void): () => void;
  acquire(signal: AbortSignal): Promise<Lease>;
}
interface Lease {
  release(): void;
}
type Tab = {
  readonly state: { readonly member: Member; readonly heard: unknown[]; leads: boolean; lease: Lease | null };
};

/** One tab's part in the choice of the leader. `heard` and `leads` can be looked at. */
async function tab(context: BrowserContext) {
  const page = await newPage(context);
  await page.evaluate(async () => {
    const path = '/packages/sdk/src/platform/web-leadership.ts';
    const { TabLeadership } = (await import(path)) as { TabLeadership: new (account: string) => Member };
    const member = new TabLeadership('a_tabs');
    const state: Tab['state'] = { member, heard: [], leads: false, lease: null };
    Object.assign(globalThis, { state });
    member.subscribe((message) => state.heard.push(message));
    const leading = member.acquire(new AbortController().signal).then((lease) => {
      state.leads = true;
      state.lease = lease;
    });
    leading.catch(() => {});
  });
  return page;
}

test('[LOC5] [LOC6] of the tabs of a browser one leads, all hear each other, and the next leads when it is gone', async () => {
  const context = await browser.newContext();
  const first = await tab(context);
  await first.waitForFunction(() => (globalThis as unknown as Tab).state.leads);
  const [second, third] = [await tab(context), await tab(context)];
  await second.evaluate(() => (globalThis as unknown as Tab).state.member.post({ post: 'want' }));
  for (const page of [first, third])
    await page.waitForFunction(() => (globalThis as unknown as Tab).state.heard.length === 1);
  const leading = () =>
    Promise.all([second, third].map((page) => page.evaluate(() => (globalThis as unknown as Tab).state.leads)));
  assert.deepEqual(await leading(), [false, false]);
  assert.deepEqual(await second.evaluate(() => (globalThis as unknown as Tab).state.heard), []);
  await first.close();
  await second.waitForFunction(() => (globalThis as unknown as Tab).state.leads);
  assert.deepEqual(await leading(), [true, false]);
  await second.evaluate(() => (globalThis as unknown as Tab).state.lease?.release());
  await third.waitForFunction(() => (globalThis as unknown as Tab).state.leads);
  await context.close();
});

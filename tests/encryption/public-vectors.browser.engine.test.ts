// Public vectors in Chromium: the same modules answer on a page.
import { after, before, test } from 'node:test';
import type { JSHandle } from 'playwright-core';
import { numberJudges, primitiveJudges } from '../../packages/sdk/src/crypto/published-answers-fixture.ts';
import type { Ask, answers } from '../../packages/sdk/src/crypto/vector-answers-fixture.ts';
import { testEngine } from '../../packages/server/src/kernel/engines-fixture.ts';
import { launchBrowser } from '../end-to-end/browser.ts';
import { startModuleServer } from '../end-to-end/module-server.ts';
import { judgeAesGcm, judgeEd25519, judgeHkdf, judgeX25519 } from './public-vectors.ts';

const folder = () => testEngine('vectors').folder;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let there: JSHandle<typeof answers>;

before(async () => {
  const browser = opened.use(await launchBrowser());
  const { url } = opened.use(await startModuleServer());
  const page = await browser.newPage();
  await page.goto(url);
  there = await page.evaluateHandle(async (path) => {
    const module = (await import(path)) as { answers: typeof answers };
    return module.answers;
  }, '/packages/sdk/src/crypto/vector-answers-fixture.ts');
});
after(() => opened.disposeAsync());

const ask: Ask = (question, vectors) =>
  there.evaluate((all, [name, given]) => all[name](given as never) as never, [question, vectors] as const) as never;

test('[ENC377] in Chromium AES-256-GCM seals and opens as all vectors of Wycheproof say, and nothing that was altered', () =>
  judgeAesGcm(folder(), ask));

test('[ENC377] in Chromium Ed25519 takes the signatures that all vectors of Wycheproof call valid, and no other', () =>
  judgeEd25519(folder(), ask));

test('[ENC377] in Chromium HKDF-SHA-256 derives what all vectors of Wycheproof say, and no more than can be', () =>
  judgeHkdf(folder(), ask));

test('[ENC377] in Chromium X25519 agrees as all vectors of Wycheproof say, and no point of low order opens anything', () =>
  judgeX25519(folder(), ask));

for (const [what, judge] of Object.entries({ ...primitiveJudges, ...numberJudges }))
  test(`[ENC377] in Chromium ${what}`, () => judge(ask));

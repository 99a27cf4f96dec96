// Acceptance test 2 in Chromium: what makes no sense, what chance alters, and what is kept back.
import { after, before, test } from 'node:test';
import { inChromium, openStage, type Stage } from './chromium-place.ts';
import { lieByChance } from './hostile-chance.ts';
import { lieOfEpochs } from './hostile-epochs.ts';
import { sayNonsense } from './hostile-nonsense.ts';

const timeout = 300_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

test('[ENC379] acceptance 2: what makes no sense, is altered by chance or kept back stops nothing', {
  timeout,
  concurrency: true,
}, async (t) => {
  const stories = {
    'frames that make no sense, and ten thousand hints': sayNonsense,
    'answers and frames that were altered by chance': lieByChance,
    'an epoch of the backup that is kept back': lieOfEpochs,
  };
  await Promise.all(Object.entries(stories).map(([what, story]) => t.test(what, () => inChromium(stage, story))));
});

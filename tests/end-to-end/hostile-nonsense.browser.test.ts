// Acceptance test 2 in Chromium: what can be said of keys and of what was said before, what makes no sense, what chance
// alters, and what is kept back. All at once: most of it waits for an answer.
import { after, before, test } from 'node:test';
import { inChromium, openStage, type Stage } from './chromium-place.ts';
import { lieByChance } from './hostile-chance.ts';
import { lieOfEpochs } from './hostile-epochs.ts';
import { lieOfHistories } from './hostile-histories.ts';
import { lieOfOneTimeKeys } from './hostile-keys.ts';
import { sayNonsense } from './hostile-nonsense.ts';

const timeout = 300_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

test('[ENC379] acceptance 2: what is altered, kept back or given twice of keys and histories, or makes no sense, does no lasting harm', {
  timeout,
  concurrency: true,
}, async (t) => {
  const stories = {
    'another history than others have': lieOfHistories,
    'bad one-time keys, floods of them, and one that is given twice': lieOfOneTimeKeys,
    'frames that make no sense, and ten thousand hints': sayNonsense,
    'answers and frames that were altered by chance': lieByChance,
    'an epoch of the backup that is kept back': lieOfEpochs,
  };
  await Promise.all(Object.entries(stories).map(([what, story]) => t.test(what, () => inChromium(stage, story))));
});

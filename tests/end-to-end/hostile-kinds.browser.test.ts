// Acceptance test 2 in Chromium, what a server can say of conversations: what they are, who is in them and what they may.
import { after, before, test } from 'node:test';
import { inChromium, openStage, type Stage } from './chromium-place.ts';
import { lieOfRanks } from './hostile-groups.ts';
import { lieOfKinds } from './hostile-kinds.ts';

const timeout = 120_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

test('[ENC379] acceptance 2: what a conversation is and who is what in it stays what its members signed', {
  timeout,
  concurrency: true,
}, async (t) => {
  const stories = {
    'a chat or a group that is called a room stays what it is, or is not there': lieOfKinds,
    'ranks, returns, links, ways out, other beginnings and lists that part are shown, and nothing is sealed':
      lieOfRanks,
  };
  await Promise.all(Object.entries(stories).map(([what, story]) => t.test(what, () => inChromium(stage, story))));
});

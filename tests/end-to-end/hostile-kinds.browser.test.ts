// Acceptance test 2 in Chromium, what a server can say that a conversation is.
import { after, before, test } from 'node:test';
import { inChromium, openStage, type Stage } from './chromium-place.ts';
import { lieOfKinds } from './hostile-kinds.ts';

const timeout = 120_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

test(
  '[ENC379] acceptance 2: a chat or a group that is called a room stays what it is, or is not there',
  { timeout },
  () => inChromium(stage, lieOfKinds),
);

// The acceptance tests of encryption by their numbers, with every device in Chromium: a profile of its own each, the SDK
// of a browser on a page that a real server serves under its policy, keys in a worker over IndexedDB.
import { after, before, test } from 'node:test';
import { clockMoves, newDevice, noKeysLeft, type Place, randomHistory, withoutPause } from './acceptance.ts';
import { openStage, inChromium as play, type Stage } from './chromium-place.ts';

const timeout = 300_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

const inChromium = (story: (place: Place) => Promise<void>) => play(stage, story);

test(
  '[ENC371] acceptance 3: a new device reads the oldest message, by the recovery key and by a code',
  {
    timeout,
  },
  () => inChromium(newDevice),
);

test(
  '[ENC372] acceptance 6: after a random history nothing is unreadable, and nothing is readable for others',
  {
    timeout,
  },
  () => inChromium((place) => randomHistory(place, 1)),
);

test('[ENC373] acceptance 7: 120 messages without a pause are read', { timeout }, () => inChromium(withoutPause));

test('[ENC374] acceptance 7: when all one-time keys were taken the key of last resort serves', { timeout }, () =>
  inChromium(noKeysLeft),
);

test('[ENC375] acceptance 7: a clock that moves by eight days ends a session and stops nobody', { timeout }, () =>
  inChromium(clockMoves),
);

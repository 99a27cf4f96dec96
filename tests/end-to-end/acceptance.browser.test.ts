// The acceptance tests of encryption by their numbers, with every device in Chromium.
import { after, before, test } from 'node:test';
import { clockMoves, newDevice, noKeysLeft, randomHistory, removed, withoutPause } from './acceptance.ts';
import type { Place } from './acceptance-people.ts';
import { inChromium, openStage, type Stage } from './chromium-place.ts';

const timeout = 300_000;
/** Random histories, and the seed of the first. */
const histories = Number(process.env.PARLEY_TEST_BROWSER_HISTORIES ?? 1);
const seed = Number(process.env.PARLEY_TEST_SEED ?? 1);
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

const tell = (story: (place: Place) => Promise<void>) => inChromium(stage, story);

test('[ENC370] acceptance 1: who was removed reads nothing later, on any of their devices', { timeout }, () =>
  tell(removed),
);

test(
  '[ENC371] acceptance 3: a new device reads the oldest message, by the recovery key and by a code',
  {
    timeout,
  },
  () => tell(newDevice),
);

for (let n = seed; n < seed + histories; n++)
  test(
    `[ENC372] acceptance 6: after random history ${n} nothing is unreadable, and nothing is readable for others`,
    { timeout },
    () => tell((place) => randomHistory(place, n)),
  );

test('[ENC373] acceptance 7: 120 messages without a pause are read', { timeout }, () => tell(withoutPause));

test('[ENC374] acceptance 7: when all one-time keys were taken the key of last resort serves', { timeout }, () =>
  tell(noKeysLeft),
);

test('[ENC375] acceptance 7: a clock that moves by eight days ends a session and stops nobody', { timeout }, () =>
  tell(clockMoves),
);

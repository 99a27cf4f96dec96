// The catalogue says something for everything that people can meet, and dates in the reader's own terms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errors } from '@parley/protocol/errors';
import { clientErrors } from '../../../sdk/src/error.ts';
import { dayName, sameDay, whenInList, whenLastSeen, words } from './words.ts';

/** These tell of a fault of a program; people read the general sentence. */
const ofPrograms =
  /^(frame\.(malformed|invalid|unknown|binary|abuse|too_many_malformed)|hello\.|auth\.(token_in_url|origin)|method\.|media_type\.|idempotency\.|blob\.range$|internal$|client\.(aborted|closed|unexpected))/;

test('[WEB14] every refusal that people can meet has a sentence of its own', () => {
  const general = words.error('no such code');
  const codes = [...Object.keys(errors), ...Object.keys(clientErrors)].filter((code) => !ofPrograms.test(code));
  assert.deepEqual(
    codes.filter((code) => words.error(code) === general),
    [],
  );
});

test('[WEB14] a time is shown as near as it is: time, yesterday, weekday, date, year', () => {
  const now = new Date(2026, 10, 25, 14, 30).getTime();
  const ago = (days: number) => new Date(2026, 10, 25 - days, 9, 5).getTime();
  assert.match(whenInList(ago(0), now), /9:05/);
  assert.equal(whenInList(ago(1), now), 'Yesterday');
  assert.equal(whenInList(ago(3), now), new Intl.DateTimeFormat(undefined, { weekday: 'short' }).format(ago(3)));
  assert.doesNotMatch(whenInList(ago(20), now), /2026/);
  assert.match(whenInList(ago(400), now), /2025/);
  assert.equal(dayName(ago(0), now), 'Today');
  assert.equal(dayName(ago(1), now), 'Yesterday');
  assert.match(whenLastSeen(ago(1), now), /^yesterday at /);
  assert.ok(sameDay(ago(2), ago(2) + 3_600_000));
  assert.ok(!sameDay(ago(2), ago(3)));
});

test('[WEB14] numbers take their form from how many there are', () => {
  assert.equal(words.chat.newMessages(1), '1 new message');
  assert.equal(words.chat.newMessages(1_500), '1,500 new messages');
  assert.equal(words.chat.typingMany(['Ana']), 'Ana is typing…');
  assert.equal(words.chat.typingMany(['Ana', 'Ben']), '2 people are typing…');
});

// Acceptance test 2 in Chromium: a server that lies to a page. A man stands between the page and the real server, and does
// what he does in tests/encryption to clients in Node; nothing is believed, or it is shown, and with an honest server
// everything goes on. Histories, one-time keys and what makes no sense are in hostile-nonsense.browser.test.ts.
import { after, before, test } from 'node:test';
import { inChromium, openStage, type Stage } from './chromium-place.ts';
import { lieOfBackups } from './hostile-backups.ts';
import { lieOfRanks } from './hostile-groups.ts';
import { lieOfKeys } from './hostile-identities.ts';
import { lieOfKinds } from './hostile-kinds.ts';
import { lieOfMembers } from './hostile-lists.ts';
import { lieOfMessages } from './hostile-messages.ts';
import { lieOnTheWay } from './hostile-way.ts';

const timeout = 240_000;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

test('[ENC379] acceptance 2: of messages, members and keys nothing is believed that only the server says', {
  timeout,
  concurrency: 2,
}, async (t) => {
  const stories = {
    'ranks, returns, links, ways out, newcomers, other beginnings and lists that part are shown, and nothing is sealed':
      lieOfRanks,
    'a message under another name, again or elsewhere shows nothing readable': lieOfMessages,
    'a chat or a group that is called a room stays what it is, or is not there': lieOfKinds,
    'nobody gets a key by a list that is old, or by an entry that no member signed': lieOfMembers,
    'a device that the server adds gets no key, nor does another identity in the place of a confirmed or invited one':
      lieOfKeys,
    'keys of zeros open no session, and room keys that come late, turned around and again open once': lieOnTheWay,
    'what was altered in a backup or a vault is refused or stays unread': lieOfBackups,
  };
  await Promise.all(Object.entries(stories).map(([what, story]) => t.test(what, () => inChromium(stage, story))));
});

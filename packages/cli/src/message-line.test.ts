import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import type { Client, MessageView } from '@parley/sdk';
import { messageObject, messageText, peopleIn } from './message-line.ts';

const [ana, ben] = ['a_0000000000000000000ana', 'a_0000000000000000000ben'] as [AccountId, AccountId];
const noon = new Date(2026, 10, 25, 12).getTime();

/** As much of a client as a line needs: who is who. */
const client = {
  me: { snapshot: { account: ana, handle: 'ana' } },
  people: { get: (account: AccountId) => (account === ben ? { handle: 'ben', name: 'Ben\u001b[31m' } : null) },
} as unknown as Client;

const message = (more: Partial<MessageView> = {}): MessageView => ({
  id: '0198f000-0000-7000-8000-000000000001' as MessageId,
  conversation: 'c_0000000000000000000001' as ConversationId,
  seq: 7,
  sender: ben,
  own: false,
  type: 'text',
  text: 'Hello',
  state: 'received',
  error: null,
  unsettled: false,
  timestamp: noon,
  storedAt: noon,
  expiresAt: null,
  edited: false,
  tooLate: false,
  reactions: [],
  replyTo: null,
  mentions: [],
  mentionsMe: false,
  forwarded: 0,
  starred: false,
  pinned: false,
  poll: null,
  contact: null,
  file: null,
  change: null,
  timerSeconds: null,
  shared: null,
  unreadable: null,
  onlyHere: false,
  ...more,
});

test('[TLN2] a line whose edit came too late says so, to people and to scripts', () => {
  const late = message({ own: true, sender: ana, state: 'read', tooLate: true });
  assert.match(messageText(client, late, noon), / you: Hello ✓✓ read \(too late to edit\)$/);
  assert.equal(messageObject(client, late).too_late, true);
});

test('[CLI30] a line that waits because members keep changing says so, to people and to scripts', () => {
  const waits = message({ own: true, sender: ana, seq: null, state: 'pending', unsettled: true });
  assert.match(messageText(client, waits, noon), / you: Hello … \(waiting: members keep changing\)$/);
  assert.equal(messageObject(client, waits).unsettled, true);
});

test('[CLI2] a message as an object has the promised fields, and the sender is a handle', () => {
  assert.deepEqual(messageObject(client, message()), {
    id: '0198f000-0000-7000-8000-000000000001',
    conversation_id: 'c_0000000000000000000001',
    seq: 7,
    sender: 'ben',
    content: 'Hello',
    timestamp: new Date(noon).toISOString(),
    state: 'received',
  });
});

test('[CLI2] what a message has beside its text is in the object, by handle', () => {
  const poll = {
    question: 'When?',
    choose: 'one',
    options: [{ text: 'Nine', voters: [ana], own: true }],
  } as const;
  const change = { action: 'role', actor: ben, subject: ana, role: 'admin', title: null, invited: [] } as const;
  const object = messageObject(
    client,
    message({
      type: 'poll',
      edited: true,
      forwarded: 2,
      replyTo: { seq: 3, sender: ana, text: 'x', state: 'here' },
      reactions: [{ emoji: '👍', accounts: [ana, ben], own: true }],
      contact: ben,
      timerSeconds: 0,
      expiresAt: noon,
      poll,
      change,
    }),
  );
  const { type, edited, forwarded, reply_to, reactions, contact, timer_seconds, expires_at } = object;
  assert.deepEqual([type, edited, forwarded, reply_to, contact, timer_seconds], ['poll', true, 2, 3, 'ben', 0]);
  assert.deepEqual(reactions, [{ emoji: '👍', by: ['ana', 'ben'] }]);
  assert.deepEqual(object.poll, { question: 'When?', options: [{ text: 'Nine', by: ['ana'] }] });
  assert.deepEqual(object.change, { action: 'role', subject: 'ana', role: 'admin' });
  assert.equal(expires_at, new Date(noon).toISOString());
});

test('[CLI2] a rejected message says why, one without a place has none', () => {
  const object = messageObject(
    client,
    message({
      own: true,
      sender: ana,
      seq: null,
      state: 'rejected',
      error: { code: 'request.limit', advice: 'give_up' },
    }),
  );
  assert.deepEqual([object.sender, object.seq, object.state, object.error], ['ana', null, 'rejected', 'request.limit']);
});

test('[ENC208] what was shared stands under who shared it, with names and times that the sharer says', () => {
  const items = [{ sender: ben, at: noon, text: 'one' }];
  const shared = { subject: ana, part: 1, parts: 1, items };
  const row = message({ type: 'shared', text: '', shared });
  const [heading, item] = messageText(client, row, noon).split('\n');
  assert.match(heading ?? '', /as told by the sharer\)$/);
  assert.equal(item, `  ${new Date(noon).toISOString()} Ben\ufffd[31m: one`);
  assert.deepEqual(messageObject(client, row).shared, {
    with: 'ana',
    items: [{ sender: 'ben', at: new Date(noon).toISOString(), text: 'one' }],
  });
});

test('[CLI12] a line says when, who and what, and the ticks of own ones', () => {
  assert.equal(messageText(client, message(), noon), '12:00 Ben\ufffd[31m: Hello');
  const own = (state: MessageView['state']) => messageText(client, message({ own: true, sender: ana, state }), noon);
  assert.deepEqual(
    ['pending', 'sent', 'delivered', 'read'].map((state) => own(state as MessageView['state'])),
    ['12:00 you: Hello …', '12:00 you: Hello ✓', '12:00 you: Hello ✓✓', '12:00 you: Hello ✓✓ read'],
  );
  const dayBefore = new Date(2026, 10, 24, 23, 5).getTime();
  assert.match(messageText(client, message({ timestamp: dayBefore }), noon), /^2026-11-24 23:05 /);
});

test('[CLI12] every kind of message has words', () => {
  const text = (more: Partial<MessageView>) => messageText(client, message(more), noon).replace(/^12:00 /, '');
  const change = (action: NonNullable<MessageView['change']>['action']) =>
    text({ type: 'change', change: { action, actor: ben, subject: ana, role: 'admin', title: 'River', invited: [] } });
  const benName = 'Ben\ufffd[31m';
  assert.equal(text({ type: 'deleted', text: '' }), `${benName}: (deleted)`);
  assert.equal(text({ type: 'undecryptable', text: '' }), `${benName}: (waiting for this message)`);
  assert.equal(text({ type: 'contact', text: '', contact: ana }), `${benName}: (contact @ana)`);
  assert.equal(
    text({ type: 'timer', text: '', timerSeconds: 86_400 }),
    `${benName} let messages disappear after 1 day`,
  );
  assert.equal(text({ type: 'timer', text: '', timerSeconds: 0 }), `${benName} let messages stay`);
  assert.equal(change('add'), `${benName} added you`);
  assert.equal(change('role'), `${benName} made you admin`);
  assert.equal(change('title'), `${benName} named it "River"`);
  assert.equal(text({ text: 'a\nb', edited: true, forwarded: 1 }), `${benName}: (forwarded) a\n      b (edited)`);
  assert.equal(
    text({
      reactions: [{ emoji: '👍', accounts: [ana, ben], own: true }],
      replyTo: { seq: 3, sender: ana, text: '', state: 'here' },
    }),
    `${benName}: (to 3) Hello  👍2`,
  );
});

test('[CLI12] everybody whose name a line needs is looked up once', () => {
  const reacted = message({ reactions: [{ emoji: '👍', accounts: [ana, ben], own: true }] });
  assert.deepEqual(peopleIn([message(), reacted, message({ contact: ana })]), [ben, ana]);
});

test('[CLI41] a line with a file says what it is, its name and its size, and then what is said with it', () => {
  const nothing = { width: null, height: null, durationMs: null, thumb: null };
  const file = { look: 'image', name: 'a\u001b.jpg', mediaType: 'image/jpeg', bytes: 2_149_000, ...nothing } as const;
  const picture = message({ type: 'file', text: 'The lake', file });
  assert.match(messageText(client, picture, noon), /: \[image a\ufffd\.jpg, 2\.1 MB\] The lake$/);
  const bare = message({ type: 'file', text: '', forwarded: 1, file: { ...file, look: 'voice', bytes: 999 } });
  assert.match(messageText(client, bare, noon), /: \(forwarded\) \[voice a\ufffd\.jpg, 999 B\]$/);
  const { file: object, content, type } = messageObject(client, picture);
  assert.deepEqual([type, content], ['file', 'The lake']);
  assert.deepEqual(object, { name: 'a\u001b.jpg', media_type: 'image/jpeg', bytes: 2_149_000, look: 'image' });
});

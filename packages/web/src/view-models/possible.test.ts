// What can be done with a message, by age, author, role and kind of chat.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteWindowMs, editWindowMs } from '@parley/protocol/limits';
import type { ConversationView } from '@parley/sdk';
import { messageView } from './message-fixture.ts';
import { type Possible, possibleWith, votesAfter } from './possible.ts';

const now = 1_000_000_000_000;
const chat = (fields: Partial<ConversationView> = {}) =>
  ({ kind: 'group', role: 'member', blocked: false, request: null, notes: false, ...fields }) as ConversationView;
const own = (age: number, fields = {}) =>
  messageView({ own: true, state: 'read', storedAt: now - age, timestamp: now - age, ...fields });
const names = (can: Possible) => Object.entries(can).flatMap(([name, is]) => (is ? [name] : []));

test('[WEB6] editing ends after a quarter of an hour, deleting for everyone after two days', () => {
  const can = (age: number) => possibleWith(own(age), chat(), now);
  assert.equal(can(editWindowMs - 1).edit, true);
  assert.equal(can(editWindowMs).edit, false);
  assert.equal(can(deleteWindowMs - 1).deleteForEveryone, true);
  assert.equal(can(deleteWindowMs).deleteForEveryone, false);
  assert.equal(can(deleteWindowMs).deleteForMe, true);
});

test('[WEB6] whoever leads a group deletes what others said; in a direct chat nobody does', () => {
  const theirs = messageView({ storedAt: now - 3 * deleteWindowMs });
  assert.equal(possibleWith(theirs, chat({ role: 'admin' }), now).deleteForEveryone, true);
  assert.equal(possibleWith(theirs, chat(), now).deleteForEveryone, false);
  assert.equal(possibleWith(theirs, chat({ kind: 'direct', role: 'owner' }), now).deleteForEveryone, false);
  assert.equal(possibleWith(theirs, chat(), now).edit, false);
});

test('[WEB6] after leaving, when blocked and before a request is accepted one only keeps and reads', () => {
  for (const away of [chat({ role: null }), chat({ kind: 'direct', blocked: true }), chat({ request: 'in' })]) {
    const can = names(possibleWith(own(0), away, now));
    assert.deepEqual(can, ['copy', 'forward', 'star', 'info', 'deleteForMe']);
  }
});

test('[WEB6] what is pending, refused or deleted offers what makes sense for it', () => {
  const waiting = own(0, { seq: null, state: 'pending' });
  assert.deepEqual(names(possibleWith(waiting, chat(), now)), ['copy']);
  const refused = own(0, { seq: null, state: 'rejected' });
  assert.deepEqual(names(possibleWith(refused, chat(), now)), ['copy', 'deleteForMe', 'sendAgain']);
  const gone = own(0, { type: 'deleted', text: '' });
  assert.deepEqual(names(possibleWith(gone, chat(), now)), ['deleteForMe']);
});

test('[WEB6] receipts of one message are asked for where there are any; pins in rooms are for those who lead', () => {
  assert.equal(possibleWith(own(0), chat({ kind: 'room' }), now).info, false);
  assert.equal(possibleWith(own(0), chat({ kind: 'direct', notes: true }), now).info, false);
  assert.equal(possibleWith(own(0), chat({ kind: 'room' }), now).pin, false);
  assert.equal(possibleWith(own(0), chat({ kind: 'room', role: 'owner' }), now).pin, true);
});

test('[WEB6] a vote is changed or taken back by pressing again', () => {
  const option = (isOwn: boolean) => ({ text: 'x', voters: [], own: isOwn });
  const poll = (choose: 'one' | 'many') =>
    messageView({ poll: { question: '?', choose, options: [option(true), option(false)] } });
  assert.deepEqual(votesAfter(poll('one'), 1), [1]);
  assert.deepEqual(votesAfter(poll('many'), 1), [0, 1]);
  assert.deepEqual(votesAfter(poll('many'), 0), []);
});

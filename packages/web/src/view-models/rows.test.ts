// From messages to lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageView, TimelineView } from '@parley/sdk';
import { messageView } from './message-fixture.ts';
import { rowsOf } from './rows.ts';

const noon = new Date(2026, 5, 1, 12).getTime();
const minute = 60_000;
const at = (seq: number, minutes: number, fields: Partial<MessageView> = {}) =>
  messageView({ seq, storedAt: noon + minutes * minute, ...fields });
const view = (items: readonly MessageView[], fields: Partial<TimelineView> = {}): TimelineView => ({
  items,
  older: 'unreachable',
  newer: 'end',
  firstUnreadSeq: null,
  ...fields,
});
const group = { kind: 'group', unread: 0 } as const;
const shape = (timeline: TimelineView) =>
  rowsOf(timeline, group).map((row) =>
    row.type === 'message' ? `${row.first ? '(' : ''}${row.message.seq}${row.last ? ')' : ''}` : row.type,
  );

test('[WEB3] one sender within five minutes is one run', () => {
  assert.deepEqual(shape(view([at(1, 0), at(2, 1), at(3, 7), at(4, 8, { sender: 'ben' as MessageView['sender'] })])), [
    'day',
    '(1',
    '2)',
    '(3)',
    '(4)',
  ]);
});

test('[WEB3] a day and a system line end a run', () => {
  const change = at(2, 1, { type: 'change' });
  assert.deepEqual(shape(view([at(1, 0), change, at(3, 2)])), ['day', '(1)', 'system', '(3)']);
  assert.deepEqual(shape(view([at(1, 0), at(2, 24 * 60)])), ['day', '(1)', 'day', '(2)']);
});

test('[WEB4] the unread line stands before the first unread message of others', () => {
  const timeline = view([at(1, 0), at(2, 1, { own: true }), at(3, 2), at(4, 3)], { firstUnreadSeq: 2 });
  const rows = rowsOf(timeline, { ...group, unread: 500 });
  assert.deepEqual(shape(timeline), ['day', '(1', '2)', 'unread', '(3', '4)']);
  // The window has two of them, the chat five hundred.
  assert.equal(rows.find((row) => row.type === 'unread')?.count, 500);
  const two = rowsOf(timeline, { ...group, unread: 0 });
  assert.equal(two.find((row) => row.type === 'unread')?.count, 2);
});

test('[WEB3] the beginning of a chat has a line of its own once nothing older is left', () => {
  assert.deepEqual(shape(view([at(1, 0)], { older: 'end' })), ['start', 'day', '(1)']);
  assert.deepEqual(shape(view([], { older: 'end' })), []);
});

test('[WEB3] a direct chat does not say who began it', () => {
  const begun = at(1, 0, {
    type: 'change',
    change: {
      action: 'create',
      actor: 'ana' as MessageView['sender'],
      subject: null,
      role: null,
      title: null,
      invited: [],
    },
  });
  const types = (kind: 'direct' | 'group') =>
    rowsOf(view([begun, at(2, 1)]), { kind, unread: 0 }).map((row) => row.type);
  assert.deepEqual(types('direct'), ['day', 'message']);
  assert.deepEqual(types('group'), ['day', 'system', 'message']);
});

test('[WEB3] what a group is called is told again to whoever comes in, and is no line for the others', () => {
  const change = (seq: number, action: 'title' | 'join' | 'add', title: string | null = null) =>
    at(seq, seq, {
      type: 'change',
      change: { action, actor: 'ana' as MessageView['sender'], subject: null, role: null, title, invited: [] },
    });
  const titles = (...items: MessageView[]) =>
    rowsOf(view(items), { kind: 'group', unread: 0 }).flatMap((row) =>
      row.type === 'system' && row.message.change?.action === 'title' ? [row.message.seq] : [],
    );
  assert.deepEqual(titles(change(1, 'title', 'Tea'), change(2, 'join'), change(3, 'title', 'Tea')), [1]);
  assert.deepEqual(titles(change(2, 'add'), change(3, 'title', 'Tea')), []);
  assert.deepEqual(titles(change(1, 'title', 'Tea'), change(2, 'join'), change(3, 'title', 'Kites')), [1, 3]);
  assert.deepEqual(titles(change(1, 'title', 'Tea'), at(2, 2), change(3, 'title', 'Tea')), [1, 3]);
});

test('[WEB13] the first message of a window waits for the one before it, so that no line changes when it comes', () => {
  const window = [at(2, 1), at(3, 2), at(4, 3)];
  const before = rowsOf(view(window, { older: 'more' }), group);
  const after = rowsOf(view([at(1, 0), ...window], { older: 'more' }), group);
  assert.deepEqual(
    before.map((row) => row.key),
    ['m3', 'm4'],
  );
  assert.deepEqual(after.slice(-before.length), before);
  assert.equal(rowsOf(view([at(2, 1)], { older: 'more' }), group).length, 2, 'one alone is shown');
});

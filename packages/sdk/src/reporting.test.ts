// What somebody shows the operator: which texts, and that what is sent is what was shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '@parley/protocol/limits';
import { ana, ben, chat, cleo, wire as conversation, group, messages, record, Stage } from './client-fixture.ts';
import { settle } from './fixture.ts';
import { shownOf } from './reporting.ts';
import type { MessageView } from './views.ts';

const now = Date.UTC(2026, 10, 25, 12);
const view = (seq: number, text: string, more: Partial<MessageView> = {}) =>
  ({
    id: `id ${seq}`,
    type: 'text',
    seq,
    sender: ben,
    text,
    poll: null,
    onlyHere: false,
    expiresAt: null,
    storedAt: seq,
    ...more,
  }) as MessageView;

async function* newestFirst(views: readonly MessageView[]) {
  yield* [...views].reverse();
}

test('[REP7] the newest five texts of the other are shown, none that is gone, and none of anybody else', async () => {
  const poll = { question: 'Lunch?', options: [{ text: 'yes' }, { text: 'no' }] } as unknown as MessageView['poll'];
  const views = [
    view(1, 'too far back'),
    view(2, 'first'),
    view(3, '', { type: 'deleted' }),
    view(4, 'mine', { sender: ana }),
    view(5, 'over', { expiresAt: now }),
    view(6, 'not over', { expiresAt: now + 1 }),
    view(7, '', { type: 'poll', poll }),
    view(8, 'lost by the server', { onlyHere: true }),
    view(9, '', { type: 'undecryptable' }),
    view(10, 'x'.repeat(wire.maxTextCharacters)),
    view(11, 'not placed', { seq: null }),
    view(12, 'last'),
  ];
  const shown = await shownOf(newestFirst(views), { account: ben, now });
  assert.deepEqual(
    shown.map(({ seq, text }) => [seq, text]),
    [
      [2, 'first'],
      [6, 'not over'],
      [7, 'Lunch?\n- yes\n- no'],
      [10, 'x'.repeat(wire.maxReportTextCharacters)],
      [12, 'last'],
    ],
  );
  assert.equal(shown.length, wire.maxReportMessages);
  assert.deepEqual(await shownOf(newestFirst([]), { account: ben, now }), []);
});

/** Ben has asked Ana, with three texts, of which the second was taken back. */
async function asked(): Promise<Stage> {
  const stage = await Stage.open();
  await stage.up([conversation(chat, { accepted: false, requested_by: ben, head: 3, ord: 3 })]);
  const question = stage.question();
  const items = [record(chat, 1), record(chat, 2, { deleted_by: 3, content: undefined } as never), record(chat, 3)];
  await stage.answer(question, messages(chat, 1, 3, items));
  await settle();
  return stage;
}

test('[REP7] of a file its name is shown, and what was said with it', async () => {
  const file = { name: 'lake.jpg' } as MessageView['file'];
  const views = [view(1, 'The lake', { type: 'file', file }), view(2, '', { type: 'file', file })];
  const shown = await shownOf(newestFirst(views), { account: ben, now });
  assert.deepEqual(
    shown.map(({ text }) => text),
    ['[lake.jpg]\nThe lake', '[lake.jpg]'],
  );
});

test('[REP7] what is sent is what was shown, also when more was said meanwhile, and again it is the same', async () => {
  const stage = await asked();
  const here = stage.conversation(chat);
  const draft = await here.reportDraft();
  assert.deepEqual(
    draft.messages.map(({ seq, text }) => [seq, text]),
    [
      [1, 'text 1'],
      [3, 'text 3'],
    ],
  );
  assert.equal(
    stage.http.asked.some(({ path }) => path === '/v1/reports'),
    false,
    'a draft sends nothing',
  );
  await stage.push(record(chat, 4));
  stage.http.on('POST /v1/reports', { report_id: `r_${'A'.repeat(22)}` }, 201);
  await here.report(draft, { reason: 'abuse', note: 'look' });
  await here.report(draft, { reason: 'abuse', note: 'look' });
  const sent = stage.http.asked.filter(({ path }) => path === '/v1/reports').map((each) => each.body);
  assert.deepEqual(sent[0], {
    id: draft.id,
    conversation_id: chat,
    account: ben,
    messages: draft.messages.map(({ id, seq, sender, text }) => ({ id, seq, sender, text })),
    reason: 'abuse',
    note: 'look',
  });
  assert.deepEqual(sent[1], sent[0]);
  await stage.close();
});

test('[REP7] in a group it must be said who is reported', async () => {
  const stage = await Stage.open();
  await stage.up([conversation(group, { kind: 'group', peer: undefined, member_count: 3 } as never)]);
  await assert.rejects(stage.conversation(group).reportDraft(), { code: 'account.unknown' });
  assert.deepEqual((await stage.conversation(group).reportDraft(cleo)).messages, []);
  await stage.close();
});

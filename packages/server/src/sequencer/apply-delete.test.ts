import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationId, limits } from '@parley/protocol';
import { accountOf, Stage } from './stage.ts';

const [ana, ben, cem] = [accountOf(1), accountOf(2), accountOf(3)];

function refused(code: string) {
  return { state: 'rejected', code, repeat: false };
}

async function texts(stage: Stage, conversation: ConversationId): Promise<readonly (string | null)[]> {
  const rows = await stage.overlay.list('messages', { prefix: [conversation], limit: 100 });
  return rows.map((row) => (row.tail.length === 0 ? null : Buffer.from(row.tail).toString()));
}

test('[CNV15] own messages can be deleted for 48 hours of append time, to the millisecond', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana);
  await stage.say(conversation, ana);
  const older = await stage.say(conversation, ana, { kind: 'delete', targets: [2] }, limits.deleteWindowMs);
  assert.deepEqual(older, refused('message.too_late'));
  const exact = await stage.say(conversation, ana, { kind: 'delete', targets: [3] }, 0);
  assert.equal(exact.state, 'accepted');
});

test('[CNV15] nobody deletes what another wrote in a direct chat, nor a member in a group', async () => {
  const stage = new Stage();
  const direct = await stage.direct(ana, ben);
  await stage.say(direct, ana);
  assert.deepEqual(await stage.say(direct, ben, { kind: 'delete', targets: [2] }), refused('conversation.role'));
  const group = await stage.make('group', [ana, ben, cem]);
  await stage.say(group, cem);
  assert.deepEqual(await stage.say(group, ben, { kind: 'delete', targets: [2] }), refused('conversation.role'));
});

test('[CNV15] administrators of a group or room delete anything, at any time', async () => {
  for (const kind of ['group', 'room'] as const) {
    const stage = new Stage();
    const conversation = await stage.make(kind, [ana], { access: 'open', title: 'Tea' });
    if (kind === 'room') await stage.change(conversation, cem, { action: 'join', inviteHash: '' });
    else await stage.change(conversation, ana, { action: 'add', subject: cem, role: 'member' });
    await stage.say(conversation, cem);
    const verdict = await stage.say(conversation, ana, { kind: 'delete', targets: [3] }, limits.deleteWindowMs * 100);
    assert.equal(verdict.state, 'accepted');
    assert.equal((await texts(stage, conversation))[2], null);
  }
});

test('[CNV15] a target that does not exist, or is no message, is unknown', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  await stage.say(group, ana);
  await stage.say(group, ana, { kind: 'timer', seconds: 0 });
  for (const targets of [[0], [1], [3], [4], [99], [2, 99]])
    assert.deepEqual(await stage.say(group, ana, { kind: 'delete', targets }), refused('message.unknown'));
  assert.deepEqual(await stage.say(group, ana, { kind: 'delete', targets: [] }), refused('frame.invalid'));
  const many = Array.from({ length: limits.maxDeleteTargets + 1 }, (_, i) => i + 1);
  assert.deepEqual(await stage.say(group, ana, { kind: 'delete', targets: many }), refused('frame.invalid'));
});

test('[CNV16] a delete blanks a message and its edits in one record, or nothing', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana);
  await stage.say(conversation, ana, { kind: 'quiet' });
  await stage.say(conversation, ben);
  const before = await texts(stage, conversation);
  assert.deepEqual(
    await stage.say(conversation, ana, { kind: 'delete', targets: [2, 3, 4] }),
    refused('conversation.role'),
  );
  assert.deepEqual(await texts(stage, conversation), before);
  await stage.say(conversation, ana, { kind: 'delete', targets: [2, 3, 3] });
  const rows = await stage.overlay.list('messages', { prefix: [conversation], limit: 100 });
  assert.deepEqual(
    rows.map((row) => [row.seq, row.deletedBy, row.tail.length > 0]),
    [
      [1, null, true],
      [2, 5, false],
      [3, 5, false],
      [4, null, true],
      [5, null, true],
    ],
  );
  assert.ok(
    Buffer.from(rows[4]?.tail ?? [])
      .toString()
      .endsWith(',"targets":[2,3,3]'),
  );
});

test('[CNV16] what is deleted already stays as the first delete left it', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana);
  await stage.say(conversation, ana, { kind: 'delete', targets: [2] });
  assert.equal((await stage.say(conversation, ana, { kind: 'delete', targets: [2] })).state, 'accepted');
  assert.equal(stage.overlay.peek('messages', [conversation, 2])?.deletedBy, 3);
});

test('[CNV41] a delete reaches whoever has any of what it deletes, also who has blocked the sender since', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben, { contact: true });
  await stage.say(conversation, ana);
  const hidden = { hiddenFrom: [ben] };
  await stage.say(conversation, ana, hidden);
  await stage.say(conversation, ana, { ...hidden, kind: 'quiet' });
  const hiddenFrom = async (targets: readonly number[], asked = hidden) => {
    const verdict = await stage.say(conversation, ana, { ...asked, kind: 'delete', targets });
    assert.equal(verdict.state, 'accepted');
    return stage.overlay.peek('messages', [conversation, stage.state(conversation).seq])?.hiddenFrom;
  };
  assert.deepEqual(await hiddenFrom([2]), [], 'it was there before the block');
  assert.deepEqual(await hiddenFrom([2, 4]), [], 'with an edit that never arrived');
  assert.deepEqual(await hiddenFrom([3]), [ben], 'it never arrived');
  assert.deepEqual(await hiddenFrom([3, 4], { hiddenFrom: [] }), [ben], 'nor did any of it, and the block is over');
  assert.deepEqual(await texts(stage, conversation).then((all) => all.slice(1, 4)), [null, null, null]);
});

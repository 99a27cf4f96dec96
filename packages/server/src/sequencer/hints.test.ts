// Who is told of a record, when, and of what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { accountLog } from './conversation-ids.ts';
import { accountOf, creation, message, messageOf, Stage } from './stage.ts';

const [ana, ben, cem, dia] = [accountOf(1), accountOf(2), accountOf(3), accountOf(4)];

type Envelope = Extract<Hint, { readonly type: 'envelope' }>;

/** What was told since the list was last emptied. */
function told({ hints }: Stage): { readonly envelopes: readonly Envelope[]; readonly kinds: readonly string[] } {
  const now = hints.splice(0);
  return {
    envelopes: now.filter((hint): hint is Envelope => hint.type === 'envelope'),
    kinds: now.map(({ type }) => type),
  };
}

const sorted = (accounts: readonly AccountId[] | null | undefined): readonly string[] => [...(accounts ?? [])].sort();

test('[SEQ18] an envelope goes to the members before and after the record', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  assert.deepEqual(sorted(told(stage).envelopes[0]?.joined), [ana, ben]);
  await stage.say(group, ana);
  const said = told(stage);
  assert.deepEqual(said.kinds, ['envelope']);
  assert.deepEqual(sorted(said.envelopes[0]?.recipients), [ana, ben]);
  await stage.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  const added = told(stage).envelopes[0];
  assert.deepEqual([sorted(added?.recipients), added?.joined, added?.left], [[ana, ben, cem], [cem], []]);
  await stage.change(group, ana, { action: 'remove', subject: ben });
  const removed = told(stage).envelopes[0];
  assert.deepEqual([sorted(removed?.recipients), removed?.joined, removed?.left], [[ana, ben, cem], [], [ben]]);
  await stage.say(group, ana);
  assert.deepEqual(sorted(told(stage).envelopes[0]?.recipients), [ana, cem]);
});

test('[SEQ18] the verdict follows where a request may wait for it, and of what a device says only when it is no', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  assert.equal(told(stage).kinds.at(-1), 'verdict');
  await stage.change(group, ana, { action: 'remove', subject: ben });
  assert.equal(told(stage).kinds.at(-1), 'verdict');
  for (const over of [{}, { kind: 'quiet' }, { kind: 'delete', targets: [3] }] as const)
    await stage.say(group, ana, over);
  assert.ok(!told(stage).kinds.includes('verdict'));
  await stage.say(group, ben);
  assert.deepEqual(told(stage).kinds, ['verdict']);
});

test('[SEQ18] in a room whoever is in gets it: it names nobody, and its list version', async () => {
  const stage = new Stage();
  const room = await stage.make('room', [ana], { access: 'open', title: 'Tea' });
  told(stage);
  await stage.change(room, ben, { action: 'join', inviteHash: '' });
  const joined = told(stage).envelopes[0];
  assert.deepEqual([joined?.recipients, joined?.joined, joined?.memberN], [null, [ben], 2]);
});

test('[SEQ18] whom it is hidden from is not among the recipients', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben, { contact: true });
  told(stage);
  await stage.say(conversation, ana, { hiddenFrom: [ben] });
  assert.deepEqual(told(stage).envelopes[0]?.recipients, [ana]);
});

test('[SEQ18] a repeat goes to its sender alone, with the record as it stands now', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben, { contact: true });
  const record = message(conversation, ana, messageOf(50));
  await stage.apply(record);
  await stage.say(conversation, ana, { kind: 'delete', targets: [2] });
  told(stage);
  for (const where of ['overlay', 'store']) {
    await stage.apply(record);
    const { envelopes, kinds } = told(stage);
    assert.deepEqual(kinds, ['envelope'], where);
    assert.deepEqual([envelopes[0]?.recipients, envelopes[0]?.seq], [[ana], 2]);
    const frame = JSON.parse(Buffer.from(envelopes[0]?.frame ?? []).toString()) as Readonly<Record<string, unknown>>;
    assert.deepEqual([frame.deleted_by, frame.content], [3, undefined]);
    await stage.commit();
  }
});

test('[SEQ18] of a rejection only the verdict is told, its repeats included', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  told(stage);
  const record = message(conversation, dia, messageOf(51));
  for (const repeat of [false, true]) {
    await stage.apply(record);
    const [hint] = stage.hints;
    assert.deepEqual(hint, {
      type: 'verdict',
      conversation,
      sender: dia,
      id: record.id,
      verdict: { state: 'rejected', code: 'conversation.denied', repeat },
    });
    assert.deepEqual(told(stage).kinds, ['verdict']);
  }
});

test('[SEQ18] when it is told, its rows can be read', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const seen: (string | undefined)[] = [];
  stage.hints.push = (...hints) => {
    for (const hint of hints)
      if (hint.type === 'envelope') seen.push(stage.overlay.peek('messages', [hint.conversation, hint.seq])?.id);
    return Array.prototype.push.apply(stage.hints, hints as never);
  };
  const record = message(conversation, ana, messageOf(52));
  await stage.apply(record);
  assert.deepEqual(seen, [record.id]);
});

test('[SEQ18] a setting wakes the caches of its account', async () => {
  const stage = new Stage();
  await stage.change(accountLog(ana), ana, creation('account', [ana]));
  told(stage);
  await stage.say(accountLog(ana), ana, { kind: 'setting', key: 'k', value: 'v' });
  assert.deepEqual(told(stage).kinds, ['envelope', 'settings', 'verdict']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { apply } from './apply.ts';
import type { LogRecord } from './record.ts';
import { encodeRecord, recordVersion } from './record-codec.ts';
import { accountOf, entryOf, members, message, messageOf, Stage } from './stage.ts';
import type { View } from './view.ts';

const [ana, ben, cem] = [accountOf(1), accountOf(2), accountOf(3)];

test('[SEQ7] an exception inside apply becomes the stored verdict `internal` and an alarm; the rest flows', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const room = await stage.make('room', [ana], { title: 'Tea' });
  const crash = members(room, ana, stage.id(), { action: 'settings', title: null } as never);
  const verdict = await stage.apply(crash);
  assert.deepEqual(verdict, { state: 'rejected', code: 'internal', repeat: false });
  assert.deepEqual(stage.alarms, ['sequencer.internal']);
  assert.equal(stage.faults.length, 1);
  assert.deepEqual(await stage.apply(crash), { state: 'rejected', code: 'internal', repeat: true });
  assert.equal((await stage.say(conversation, ana)).state, 'accepted');
});

test('[S10] [SEQ7] apply answers any record on any rows, and never throws', () => {
  const throwing: View = {
    logId: 'log-1',
    conversation: () => {
      throw new Error('rows are gone');
    },
    id: () => undefined,
    message: () => undefined,
    member: () => undefined,
    members: () => [],
  };
  const record = message(accountOf(1) as never, ana, messageOf(1));
  const effects = apply(throwing, entryOf(3, 5, record), record);
  assert.deepEqual(effects.verdict, { state: 'rejected', code: 'internal', repeat: false });
  assert.equal(effects.id?.code, 'internal');
  assert.ok(effects.fault instanceof Error);
});

test('[SEQ3] bytes that cannot be read are passed over with an alarm; with an identity they get `internal`', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.applyBytes(Uint8Array.of(recordVersion, 9));
  assert.deepEqual(stage.alarms, ['sequencer.damaged']);
  const cut = encodeRecord(
    message(conversation, ana, messageOf(900), { kind: 'delete', targets: [1], tail: new Uint8Array() }),
  );
  await stage.applyBytes(cut.subarray(0, cut.length - 1));
  const row = await stage.overlay.get('ids', [conversation, ana, messageOf(900)]);
  assert.deepEqual([row?.seq, row?.code], [0, 'internal']);
  assert.equal((await stage.say(conversation, ana)).state, 'accepted');
  assert.equal(stage.counters.faults, 2);
});

test('[SEQ2] records before one of a newer version are applied, it and the later ones are not', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const newer = encodeRecord(message(conversation, ana, messageOf(901)));
  newer[0] = recordVersion + 1;
  const ours = (n: number): Uint8Array => encodeRecord(message(conversation, ana, messageOf(n)));
  await assert.rejects(stage.applyBytes(ours(902), newer, ours(903)), { name: 'NewerVersion' });
  assert.equal(stage.state(conversation).seq, 2);
  assert.equal(stage.counters.appliedOffset, 1);
  await assert.rejects(stage.applyAll([{ type: 'control', control: 'version', value: recordVersion + 1 }]), {
    name: 'NewerVersion',
  });
});

test('[SEQ27] a control record leaves a fact and shows nothing', async () => {
  const stage = new Stage();
  await stage.applyAll([
    { type: 'control', control: 'epoch', value: 3 },
    { type: 'control', control: 'version', value: recordVersion },
  ]);
  assert.deepEqual(await stage.overlay.get('facts', ['epoch']), { name: 'epoch', value: '3' });
  assert.equal((await stage.overlay.get('facts', ['record_version']))?.value, String(recordVersion));
  assert.deepEqual(stage.hints, []);
});

test('[R2] [SEQ8] the first record of an identity wins; a repeat gets its verdict again and changes nothing', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const first = message(conversation, ana, stage.id());
  assert.deepEqual(await stage.apply(first), { state: 'accepted', seq: 2, repeat: false });
  const other = { ...first, tail: Buffer.from('"content":"another"'), kind: 'quiet' as const };
  for (const where of ['overlay', 'store']) {
    assert.deepEqual(await stage.apply(other), { state: 'accepted', seq: 2, repeat: true }, where);
    await stage.commit();
  }
  assert.equal(stage.state(conversation).seq, 2);
  assert.equal(
    Buffer.from((await stage.overlay.get('messages', [conversation, 2]))?.tail ?? []).toString(),
    first.tail.toString(),
  );
});

test('[SEQ8] the same id of another sender, or in another conversation, is another identity', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const other = await stage.direct(ana, cem);
  const id = stage.id();
  for (const [where, who] of [
    [conversation, ana],
    [conversation, ben],
    [other, ana],
    [other, cem],
  ] as const)
    assert.equal((await stage.say(where, who, { id })).repeat, false);
  for (const [where, who] of [
    [other, cem],
    [conversation, ana],
  ] as const)
    assert.equal((await stage.say(where, who, { id })).repeat, true);
});

test('[R5] [SEQ9] a rejection is stored and final, even when the reason has gone', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  const early = message(group, ben, stage.id());
  const refused = { state: 'rejected', code: 'conversation.denied' };
  assert.deepEqual(await stage.apply(early), { ...refused, repeat: false });
  await stage.change(group, ana, { action: 'add', subject: ben, role: 'member' });
  assert.deepEqual(await stage.apply(early), { ...refused, repeat: true });
  await stage.commit();
  assert.deepEqual(await stage.apply(early), { ...refused, repeat: true });
  assert.equal((await stage.say(group, ben)).state, 'accepted');
});

test('[SEQ6] the same record on the same rows has the same effects', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const state = stage.state(conversation);
  const view: View = {
    logId: 'log-1',
    conversation: () => state,
    id: () => undefined,
    message: () => undefined,
    member: () => undefined,
    members: () => [],
  };
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.constantFrom(ana, ben, cem), (time, lamport, sender) => {
      const record: LogRecord = message(conversation, sender, messageOf(5), { lamport });
      const entry = entryOf(9, time, record);
      assert.deepEqual(apply(view, entry, record), apply(view, entry, record));
    }),
  );
  assert.deepEqual(stage.state(conversation), state);
});

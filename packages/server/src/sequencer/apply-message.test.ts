import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '@parley/protocol';
import { maxLamportLeap } from '../kernel/limits.ts';
import { accountLog } from './conversation-ids.ts';
import { accountOf, creation, message, Stage } from './stage.ts';

const [ana, ben, cem] = [accountOf(1), accountOf(2), accountOf(3)];

test('[R3] [ORD1] seq is dense from 1 in each conversation, whatever is said elsewhere or refused', async () => {
  const stage = new Stage();
  const one = await stage.direct(ana, ben);
  const two = await stage.direct(ana, cem);
  assert.deepEqual(await stage.say(one, ana), { state: 'accepted', seq: 2, repeat: false });
  assert.deepEqual(await stage.say(two, ana), { state: 'accepted', seq: 2, repeat: false });
  assert.deepEqual(await stage.say(one, cem), { state: 'rejected', code: 'conversation.denied', repeat: false });
  assert.deepEqual(await stage.say(one, ben), { state: 'accepted', seq: 3, repeat: false });
  const rows = await stage.overlay.list('messages', { prefix: [one], limit: 10 });
  assert.deepEqual(
    rows.map((row) => row.seq),
    [1, 2, 3],
  );
});

test('[ORD2] ord counts content and nothing else', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana);
  await stage.say(conversation, ben, { kind: 'quiet' });
  await stage.say(conversation, ben);
  await stage.say(conversation, ben, { kind: 'delete', targets: [4] });
  await stage.say(conversation, ana, { kind: 'timer', seconds: 86_400 });
  const rows = await stage.overlay.list('messages', { prefix: [conversation], limit: 10 });
  assert.deepEqual(
    rows.map((row) => row.ord),
    [0, 1, 1, 2, 2, 2],
  );
  assert.equal(stage.state(conversation).ord, 2);
});

test('[ORD3] the Lamport time rises with seq, follows the record, and leaps at most 2^20 ahead', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const before = stage.state(conversation).lamport;
  await stage.say(conversation, ana, { lamport: 50 });
  assert.equal(stage.state(conversation).lamport, 51);
  await stage.say(conversation, ben, { lamport: 7 });
  assert.equal(stage.state(conversation).lamport, 52);
  await stage.say(conversation, ben, { lamport: Number.MAX_SAFE_INTEGER });
  assert.equal(stage.state(conversation).lamport, 52 + maxLamportLeap + 1);
  assert.ok(before < 51);
});

test('[ORD4] the clocks of clients and gateways order nothing', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const late = Buffer.from('"timestamp":"2031-01-01T00:00:00.000Z"');
  const early = Buffer.from('"timestamp":"2001-01-01T00:00:00.000Z"');
  assert.equal((await stage.say(conversation, ana, { tail: late, stamp: 9e15 })).state, 'accepted');
  await stage.say(conversation, ben, { tail: early, stamp: 0 });
  const rows = await stage.overlay.list('messages', { prefix: [conversation], limit: 10 });
  assert.deepEqual(
    rows.map((row) => row.seq),
    [1, 2, 3],
  );
  assert.ok((rows[1]?.lamport ?? 0) < (rows[2]?.lamport ?? 0));
});

test('[ORD5] the time of a row is the append time of its record', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana, { stamp: 5 }, 1234);
  assert.equal(stage.state(conversation).time, stage.time);
  assert.equal(stage.overlay.peek('messages', [conversation, 2])?.time, stage.time);
});

test('[CNV4] not a member and no such conversation are the same refusal, for every kind', async () => {
  const stage = new Stage();
  const conversation = await stage.make('group', [ana, ben]);
  const unknown = accountLog(cem);
  for (const kind of ['content', 'quiet', 'delete', 'timer', 'setting'] as const) {
    const asked = { kind, targets: [1], seconds: 0, key: 'k', value: 'v' };
    for (const where of [conversation, unknown])
      assert.deepEqual(await stage.say(where, cem, asked), {
        state: 'rejected',
        code: 'conversation.denied',
        repeat: false,
      });
  }
  await stage.change(conversation, ana, { action: 'remove', subject: ben });
  assert.equal((await stage.say(conversation, ben)).state, 'rejected');
});

test('[CNV12] a request is one until the other side answers or accepts; its rows say so', async () => {
  for (const answer of ['reply', 'accept'] as const) {
    const stage = new Stage();
    const conversation = await stage.direct(ana, ben);
    assert.equal(stage.state(conversation).accepted, false);
    assert.equal(stage.state(conversation).requestedBy, ana);
    await stage.say(conversation, ana);
    assert.equal(stage.overlay.peek('messages', [conversation, 2])?.request, true);
    await stage.say(conversation, ben, { kind: 'quiet' });
    assert.equal(stage.state(conversation).accepted, false, 'a reaction is no answer');
    if (answer === 'reply') await stage.say(conversation, ben);
    else assert.equal((await stage.change(conversation, ben, { action: 'accept' })).state, 'accepted');
    assert.equal(stage.state(conversation).accepted, true);
    assert.equal(stage.overlay.peek('messages', [conversation, 4])?.request, false);
    await stage.say(conversation, ana);
    assert.equal(stage.overlay.peek('messages', [conversation, 5])?.request, false);
  }
});

test('[CNV12] the one who asked cannot accept; accepting again changes nothing', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  assert.deepEqual(await stage.change(conversation, ana, { action: 'accept' }), {
    state: 'rejected',
    code: 'conversation.role',
    repeat: false,
  });
  await stage.change(conversation, ben, { action: 'accept' });
  const { seq } = stage.state(conversation);
  assert.deepEqual(await stage.change(conversation, ben, { action: 'accept' }), {
    state: 'accepted',
    seq,
    repeat: true,
  });
  assert.equal(stage.state(conversation).seq, seq);
});

test('[CNV13] two who wrote to each other in an accepted chat are contacts; what was hidden does not count', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana, { hiddenFrom: [ben] });
  await stage.change(conversation, ben, { action: 'accept' });
  await stage.say(conversation, ben);
  assert.equal(stage.state(conversation).contact, false);
  assert.deepEqual(stage.state(conversation).wrote, [ben]);
  await stage.say(conversation, ana);
  assert.equal(stage.state(conversation).contact, true);
  assert.deepEqual(stage.state(conversation).wrote, []);
});

test('[CNV13] who accepts a request in which something was said is a contact of who asked', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana);
  assert.equal(stage.state(conversation).contact, false);
  await stage.change(conversation, ben, { action: 'accept' });
  assert.deepEqual([stage.state(conversation).contact, stage.state(conversation).wrote], [true, []]);
});

test('[CNV13] who came by a link are contacts from the start, even where a request stood', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana);
  const { seq } = stage.state(conversation);
  await stage.change(conversation, ben, { ...creation('direct', [ben, ana]), contact: true });
  assert.equal(stage.state(conversation).contact, true);
  assert.equal(stage.state(conversation).accepted, true);
  assert.equal(stage.state(conversation).seq, seq + 1);
  const fresh = await stage.direct(ana, cem, { contact: true });
  assert.equal(stage.state(fresh).contact, true);
  assert.equal(stage.state(fresh).requestedBy, null);
});

test('[CNV14] an account log takes settings of its one account, and nothing else', async () => {
  const stage = new Stage();
  const log = accountLog(ana);
  await stage.change(log, ana, creation('account', [ana]));
  assert.equal((await stage.say(log, ana)).state, 'rejected');
  assert.equal((await stage.say(log, ana, { kind: 'timer' })).state, 'rejected');
  assert.equal((await stage.say(log, ben, { kind: 'setting', key: 'k', value: 'v' })).state, 'rejected');
  assert.equal((await stage.change(log, ana, { action: 'add', subject: ben, role: 'member' })).state, 'rejected');
  const kept = await stage.say(log, ana, { kind: 'setting', key: 'star:"x"', value: 'yes' });
  assert.deepEqual(kept, { state: 'accepted', seq: 2, repeat: false });
  assert.deepEqual(await stage.overlay.get('settings', [ana, 'star:"x"']), {
    account: ana,
    key: 'star:"x"',
    value: 'yes',
    seq: 2,
  });
  await stage.say(log, ana, { kind: 'setting', key: 'star:"x"', value: '' });
  assert.equal((await stage.overlay.get('settings', [ana, 'star:"x"']))?.value, '');
  const shown = Buffer.from(stage.overlay.peek('messages', [log, 2])?.tail ?? []).toString();
  assert.ok(shown.endsWith(',"key":"star:\\"x\\"","value":"yes"'));
});

test('[CNV14] a setting elsewhere, or without a key of bounded length, is refused', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const log = accountLog(ana);
  await stage.change(log, ana, creation('account', [ana]));
  const refused = { state: 'rejected', code: 'setting.invalid', repeat: false };
  assert.deepEqual(await stage.say(conversation, ana, { kind: 'setting', key: 'k' }), refused);
  assert.deepEqual(await stage.say(log, ana, { kind: 'setting', key: '' }), refused);
  const long = 'k'.repeat(limits.maxSettingKeyCharacters);
  assert.equal((await stage.say(log, ana, { kind: 'setting', key: long })).state, 'accepted');
  assert.deepEqual(await stage.say(log, ana, { kind: 'setting', key: `${long}k` }), refused);
});

test('[CNV17] a timer gives later content its end by append time; either side of a direct chat sets it', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  await stage.say(conversation, ana);
  assert.equal((await stage.say(conversation, ben, { kind: 'timer', seconds: 86_400 })).state, 'accepted');
  await stage.say(conversation, ana, {}, 10);
  await stage.say(conversation, ana, { kind: 'quiet' });
  const rows = await stage.overlay.list('messages', { prefix: [conversation], limit: 10 });
  assert.deepEqual(
    rows.map((row) => row.expiresAt),
    [null, null, null, (rows[3]?.time ?? 0) + 86_400_000, null],
  );
  assert.ok(
    Buffer.from(rows[2]?.tail ?? [])
      .toString()
      .endsWith(',"seconds":86400'),
  );
  await stage.say(conversation, ana, { kind: 'timer', seconds: 0 });
  await stage.say(conversation, ana);
  assert.equal(stage.overlay.peek('messages', [conversation, 7])?.expiresAt, null);
});

test('[CNV17] in a group only administrators set the timer, and only within its bounds', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  const timer = (seconds: number) => ({ kind: 'timer' as const, seconds });
  assert.equal((await stage.say(group, ben, timer(86_400))).state, 'rejected');
  assert.equal((await stage.say(group, ana, timer(86_400))).state, 'accepted');
  for (const seconds of [limits.minTimerSeconds - 1, limits.maxTimerSeconds + 1])
    assert.deepEqual(await stage.say(group, ana, timer(seconds)), {
      state: 'rejected',
      code: 'frame.invalid',
      repeat: false,
    });
  assert.equal((await stage.say(group, ana, timer(limits.minTimerSeconds))).state, 'accepted');
  assert.equal((await stage.say(group, ana, timer(limits.maxTimerSeconds))).state, 'accepted');
});

test('[CNV21] a row remembers from whom it is hidden', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben, { contact: true });
  await stage.say(conversation, ana, { hiddenFrom: [ben] });
  assert.deepEqual(stage.overlay.peek('messages', [conversation, 2])?.hiddenFrom, [ben]);
});

test('[SEQ6] the tail of content goes through byte for byte', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const record = message(conversation, ana, stage.id(), { tail: Buffer.from([0x22, 0xff, 0x00, 0x7b]) });
  await stage.apply(record);
  assert.deepEqual(
    new Uint8Array(stage.overlay.peek('messages', [conversation, 2])?.tail ?? []),
    new Uint8Array(record.tail),
  );
});

test('[SEQ31] a request holds three texts, also when more are in one batch; an answer opens it', async () => {
  const stage = new Stage();
  const chat = await stage.direct(ana, ben);
  const said = [];
  for (let n = 0; n < 5; n++) said.push(await stage.say(chat, ana));
  assert.deepEqual(
    said.map((verdict) => (verdict.state === 'rejected' ? verdict.code : 'accepted')),
    ['accepted', 'accepted', 'accepted', 'request.limit', 'request.limit'],
  );
  assert.equal((await stage.say(chat, ben)).state, 'accepted');
  assert.equal((await stage.say(chat, ana)).state, 'accepted');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, type RouteBody, limits as wire } from '@parley/protocol';
import { blockKey } from '@parley/protocol/settings';
import { reportRow } from '../directory/sample-rows.ts';
import { maxReports, reportsFullMs } from '../kernel/limits.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { deviceOf } from '../sequencer/stage.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';

type Report = RouteBody<'createReport'>;

/** Ben has said two things to Ana. */
async function chat(desk: Desk) {
  const conversation = await desk.befriend(ana, ben);
  const first = await desk.say(ben, conversation, 'one');
  const second = await desk.say(ben, conversation, 'two');
  const seqs = await Promise.all([first, second].map((id) => desk.sequencer.rows.get('ids', [conversation, ben, id])));
  const [a, b] = seqs.map((row) => row?.seq ?? 0) as [number, number];
  return { conversation, said: [shown(first, a), shown(second, b)] as const };
}

const shown = (id: Report['id'], seq: number, sender: AccountId = ben) => ({ id, seq, sender, text: `text of ${seq}` });

function body(desk: Desk, conversation: ConversationId, more: Partial<Report> = {}): { readonly body: Report } {
  return { body: { id: desk.id(), conversation_id: conversation, account: ben, messages: [], ...more } };
}

test('[REP1] what is shown is kept with the time at which the server took it', async () => {
  await using desk = await Desk.open();
  const { conversation, said } = await chat(desk);
  const taken = await Promise.all(said.map(({ seq }) => desk.sequencer.rows.get('messages', [conversation, seq])));
  const made = await desk.get(
    'createReport',
    ana,
    body(desk, conversation, { messages: [...said], reason: 'abuse', note: 'twice' }),
  );
  assert.deepEqual(await desk.reports.get(made.report_id), {
    report: made.report_id,
    createdAt: desk.clock.now(),
    closedAt: null,
    reporter: ana,
    reported: ben,
    conversation,
    reason: 'abuse',
    note: 'twice',
    messages: said.map((message, i) => ({ ...message, time: taken[i]?.time })),
  });
});

test('[REP1] [REP2] a message that is not there, gone, another sender’s, or not for who reports is one answer', async () => {
  await using desk = await Desk.open();
  const { conversation, said } = await chat(desk);
  const [first, second] = said;
  const own = await desk.say(ana, conversation, 'mine');
  const group = await desk.make('group', [ana, ben]);
  const before = await desk.say(ben, group, 'before Cem came');
  const seqOf = async (where: ConversationId, who: AccountId, id: Report['id']) =>
    (await desk.sequencer.rows.get('ids', [where, who, id]))?.seq ?? 0;
  await desk.set(cem, 'privacy/add', 'everyone');
  await desk.get('addMember', ana, { params: { conversation_id: group }, body: { account: cem } });
  const say = async (frame: object) => {
    const by = { account: ben, device: deviceOf(1), admin: false, address: '' };
    const sent = await desk.messages.send(by, { type: 'message', conversation_id: conversation, ...frame }, () => {});
    assert.ok(sent.ok);
    const { signal } = new AbortController();
    await desk.sequencer.settled(conversation, ben, sent.value.id as Report['id'], signal);
  };
  await say({ kind: 'delete', targets: [second.seq] });
  await say({ kind: 'timer', seconds: wire.minTimerSeconds });
  const brief = await desk.say(ben, conversation, 'brief');
  await say({ kind: 'timer', seconds: 0 });
  await desk.set(ana, blockKey(ben), '1');
  const hushed = await desk.say(ben, conversation, 'hushed');
  const briefly = body(desk, conversation, { messages: [shown(brief, await seqOf(conversation, ben, brief))] });
  assert.ok((await desk.call('createReport', ana, { body: { ...briefly.body, id: desk.id() } })).ok, 'not over yet');
  desk.clock.advance(wire.minTimerSeconds * 1_000);
  const hidden = body(desk, group, { messages: [shown(before, await seqOf(group, ben, before))] });
  const wrong: readonly (readonly [AccountId, ReturnType<typeof body>])[] = [
    [ana, body(desk, conversation, { messages: [{ ...first, seq: 99 }] })],
    [ana, body(desk, conversation, { messages: [{ ...first, id: desk.id() }] })],
    [ana, body(desk, conversation, { messages: [{ ...first, sender: ana }] })],
    [ana, body(desk, conversation, { messages: [second] })],
    [ana, body(desk, conversation, { messages: [first, shown(own, await seqOf(conversation, ana, own), ana)] })],
    [ana, body(desk, conversation, { messages: [shown(own, await seqOf(conversation, ana, own))] })],
    [ana, briefly],
    [ana, body(desk, conversation, { messages: [shown(hushed, await seqOf(conversation, ben, hushed))] })],
    [cem, hidden],
  ];
  const answers = await Promise.all(wrong.map(([who, asked]) => desk.call('createReport', who, asked)));
  assert.deepEqual(new Set(answers.map((answer) => JSON.stringify(answer))), new Set([JSON.stringify(answers[0])]));
  assert.equal(answers[0]?.ok === false && answers[0].code, 'message.unknown');
  assert.ok((await desk.call('createReport', ana, hidden)).ok, 'she could read it');
  assert.equal(await desk.reports.countOpen(), 2);
});

test('[REP2] a conversation that is not there and one of others are the same answer', async () => {
  await using desk = await Desk.open();
  const { conversation, said } = await chat(desk);
  const asked = { messages: [...said] };
  const answers = await Promise.all([
    desk.call('createReport', cem, body(desk, conversation, asked)),
    desk.call('createReport', cem, body(desk, `c_${'A'.repeat(22)}` as ConversationId, asked)),
    desk.call('createReport', cem, body(desk, accountLog(ana), asked)),
  ]);
  assert.deepEqual(answers[0], { ok: false, code: 'conversation.denied' });
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
});

test('[REP1] without messages only the other of a direct chat is reported, and nobody themselves', async () => {
  await using desk = await Desk.open();
  const { conversation, said } = await chat(desk);
  const group = await desk.make('group', [ana, ben]);
  assert.ok((await desk.call('createReport', ana, body(desk, conversation))).ok);
  for (const [where, more] of [
    [group, {}],
    [conversation, { account: dia }],
    [conversation, { account: ana }],
  ] as const)
    assert.equal(await desk.code('createReport', ana, body(desk, where, more)), 'account.unknown');
  const back = [said[1], said[0]];
  assert.equal(await desk.code('createReport', ana, body(desk, conversation, { messages: back })), 'frame.invalid');
});

test('[REP3] the same id is the same report and counts once; of somebody else it is another; guests make none', async () => {
  await using desk = await Desk.open();
  const { conversation } = await chat(desk);
  const asked = body(desk, conversation);
  const [one, two] = [await desk.get('createReport', ana, asked), await desk.get('createReport', ana, asked)];
  assert.deepEqual(one, two);
  assert.equal(await desk.reports.countOpen(), 1);
  desk.reportWaitMs = 5;
  assert.deepEqual(await desk.get('createReport', ana, asked), one, 'it is not counted again');
  desk.reportWaitMs = 0;
  const other = await desk.get('createReport', ben, { body: { ...asked.body, account: ana } });
  assert.notEqual(other.report_id, one.report_id);
  desk.guests.add(ana);
  assert.equal(await desk.code('createReport', ana, body(desk, conversation)), 'account.guest');
});

test('[REP4] beyond the day, and while all that are kept are open, it is said how long to wait', async () => {
  await using desk = await Desk.open();
  const { conversation } = await chat(desk);
  desk.reportWaitMs = 7;
  assert.deepEqual(await desk.call('createReport', ana, body(desk, conversation)), {
    ok: false,
    code: 'rate.limited',
    details: { retry_after_ms: 7 },
  });
  desk.reportWaitMs = 0;
  for (let n = 0; n < maxReports; n++) await desk.reports.add(reportRow(`n${n}`), maxReports);
  const full = await desk.call('createReport', ana, body(desk, conversation));
  assert.deepEqual(full, { ok: false, code: 'rate.limited', details: { retry_after_ms: reportsFullMs } });
  await desk.reports.close(reportRow('n0').report, 1);
  assert.ok((await desk.call('createReport', ana, body(desk, conversation))).ok);
});

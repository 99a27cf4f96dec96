import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ben, chat, Desk, record, trip, wire } from '../fixture.ts';

const report = `r_${'A'.repeat(22)}`;
const hostile = 'pay me\u001b[2J\nnow';

/** Ben, whom Ana does not know, has written two things. */
async function sit(t: TestContext): Promise<Desk> {
  const desk = await Desk.open(t, [wire(chat, { accepted: false, requested_by: ben }), trip]);
  await desk.client.push(record(chat, 1, { content: 'hello' }), record(chat, 2, { content: hostile }));
  desk.client.http.on('GET /v1/handles/ben', { account: ben, handle: 'ben', name: 'Ben', kind: 'person' });
  desk.client.http.on('POST /v1/reports', { report_id: report }, 201);
  return desk;
}

const sentBy = (desk: Desk) => desk.client.http.asked.filter(({ path }) => path === '/v1/reports');

test('[REP9] a script that does not say so sends nothing, and sees what would be sent', async (t) => {
  const desk = await sit(t);
  assert.equal(await desk.run('report', '@ben'), 2);
  assert.match(
    desk.chatter.text,
    /operator of this server, readable[\s\S]*@ben: hello\n[\s\S]*@ben: pay me\ufffd\[2J\n {6}now\n/,
  );
  assert.match(desk.chatter.text, /--yes/);
  assert.ok(!desk.chatter.text.includes('\u001b'));
  assert.deepEqual(sentBy(desk), []);
});

test('[REP9] with --yes it goes to the operator as it was printed, with reason and note', async (t) => {
  const desk = await sit(t);
  assert.equal(
    await desk.pass(desk.run('--json', 'report', '@ben', '--reason', 'spam', '--note', 'again', '--yes')),
    0,
  );
  assert.deepEqual(desk.objects, [{ report_id: report, account: ben, messages: 2, blocked: false }]);
  const body = sentBy(desk)[0]?.body as { messages: { seq: number; text: string }[]; reason: string; note: string };
  assert.deepEqual([body.reason, body.note], ['spam', 'again']);
  assert.deepEqual(
    body.messages.map(({ seq, text }) => [seq, text]),
    [
      [1, 'hello'],
      [2, hostile],
    ],
  );
});

test('[REP9] at a terminal it asks; anything but the word sends nothing', async (t) => {
  for (const [word, code, count] of [
    ['yes', 2, 0],
    ['report', 0, 1],
  ] as const) {
    const desk = await sit(t);
    Object.assign(desk.input, { isTTY: true, setRawMode: () => {} });
    const ended = desk.run('report', '@ben');
    await desk.until(() => desk.chatter.text.includes('Type "'));
    desk.input.write(`${word}\r`);
    assert.equal(await desk.pass(ended), code, desk.chatter.text);
    assert.equal(sentBy(desk).length, count);
  }
});

test('[REP9] with --block they are blocked as well', async (t) => {
  const desk = await sit(t);
  assert.equal(await desk.pass(desk.run('report', '@ben', '--block', '--yes')), 0, desk.chatter.text);
  assert.match(desk.output.text, /and blocked: r_/);
  const set = desk.client.outgoing.map(({ kind, key, value }) => [kind, key, value].join(' '));
  assert.ok(set.includes(`setting block/${ben} 1`), set.join());
});

test('[REP9] whoever is no handle, a long note and another reason are wrong usage', async (t) => {
  const desk = await sit(t);
  assert.equal(await desk.run('report', '#Trip', '--yes'), 2);
  assert.equal(await desk.run('report', '@ben', '--yes', '--note', 'x'.repeat(501)), 2);
  assert.equal(await desk.run('report', '@ben', '--yes', '--reason', 'dislike'), 2);
  assert.deepEqual(sentBy(desk), []);
});

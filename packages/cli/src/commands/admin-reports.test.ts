import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, chat, Desk } from '../fixture.ts';

const id = (letter: string) => `r_${letter.repeat(22)}`;
const row = (letter: string, more: object = {}) => ({
  report_id: id(letter),
  created_at: '2026-11-25T00:00:00.000Z',
  conversation_id: chat,
  reporter: ana,
  reporter_handle: 'ana',
  account: ben,
  account_handle: 'ben',
  reason: 'spam',
  ...more,
});
const closed = { closed_at: '2026-11-26T00:00:00.000Z', account_handle: '' };
const message = { id: 'x', seq: 3, sender: ben, timestamp: '2026-11-24T00:00:00.000Z', text: 'pay\u001b[2J\nme' };

/** An operator's desk; the reports come in two pages. */
async function operator(t: Parameters<typeof Desk.open>[0]): Promise<Desk> {
  const desk = await Desk.open(t, []);
  const { http } = desk.client;
  http.answers.set('GET /v1/admin/reports', ({ path }) => ({
    status: 200,
    body: path.includes('cursor=2')
      ? { items: [row('B', closed)], has_more: false }
      : { items: [row('A')], has_more: true, next_cursor: '2' },
  }));
  http.on(`GET /v1/admin/reports/${id('A')}`, { ...row('A'), note: 'twice\u202e', messages: [message] });
  http.on(`POST /v1/admin/reports/${id('A')}/close`, null, 204);
  return desk;
}

test('[REP9] all reports are listed, page by page; who is deleted by their id', async (t) => {
  const desk = await operator(t);
  assert.equal(await desk.run('admin', 'reports'), 0, desk.chatter.text);
  assert.deepEqual(desk.output.lines, [
    `${id('A')}  open    2026-11-25T00:00:00.000Z  spam   @ben by @ana`,
    `${id('B')}  closed  2026-11-25T00:00:00.000Z  spam   ${ben} by @ana`,
  ]);
});

test('[REP9] one report is shown, its texts obeyed by no terminal, and that nothing proves them', async (t) => {
  const desk = await operator(t);
  assert.equal(await desk.run('admin', 'reports', 'show', id('A')), 0, desk.chatter.text);
  assert.match(desk.output.text, /note: twice\ufffd\n.*3 {2}@ben: pay\ufffd\[2J\n {6}me\n.*nothing proves it/);
  const again = await operator(t);
  assert.equal(await again.run('--json', 'admin', 'reports', 'show', id('A')), 0, again.chatter.text);
  assert.ok(!again.output.text.includes('\u001b') && !again.output.text.includes('\u202e'));
  assert.deepEqual(again.objects[0]?.messages, [message]);
});

test('[REP9] a report is closed by its id; what is none is wrong usage', async (t) => {
  const desk = await operator(t);
  assert.equal(await desk.run('admin', 'reports', 'close', id('A')), 0, desk.chatter.text);
  assert.equal(desk.output.text, 'closed\n');
  assert.equal(desk.client.http.asked.at(-1)?.path, `/v1/admin/reports/${id('A')}/close`);
  assert.equal(await (await operator(t)).run('admin', 'reports', 'close', 'everything'), 2);
});

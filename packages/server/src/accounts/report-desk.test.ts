import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportRow } from '../directory/sample-rows.ts';
import { closedReportMs, maxReportsPerDay, reportSweepMs } from '../kernel/limits.ts';
import { goodPassword, TestAccounts } from './fixture.ts';
import { MemoryLimiter } from './limiter.ts';
import { reportLimit } from './report-limit.ts';

test('[REP5] reports come page by page, open ones first, of each the newest first, without what was written', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const { reports } = server.directory;
  for (let n = 0; n < 6; n++) await reports.add(reportRow(`n${n}`, { createdAt: n }), 10);
  for (const n of [1, 4]) await reports.close(reportRow(`n${n}`).report, 50);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await server.get('adminReports', { by, query: { limit: 2, ...(cursor && { cursor }) } });
    seen.push(...page.items.map(({ report_id, closed_at }) => `${report_id.slice(2, 4)}${closed_at ? ' closed' : ''}`));
    assert.ok(!JSON.stringify(page).includes('text of') && !JSON.stringify(page).includes('note of'));
    assert.equal(page.has_more, page.next_cursor !== undefined);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(seen, ['n5', 'n3', 'n2', 'n0', 'n4 closed', 'n1 closed']);
  assert.equal(await server.refusal('adminReports', { by, query: { cursor: 'made:up' } }), 'frame.invalid');
});

test('[REP5] one report is shown with handles and what was written; who is deleted has no handle', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const [ana, ben] = [await server.join('ana'), await server.join('ben')];
  const row = reportRow('one', { reporter: ana.account, reported: ben.account });
  await server.directory.reports.add(row, 10);
  await server.get('deleteMe', { by: ben, body: { password: goodPassword } });
  const params = { report_id: row.report };
  const shown = await server.get('adminReport', { by, params });
  assert.deepEqual([shown.reporter_handle, shown.account_handle], ['ana', '']);
  assert.deepEqual([shown.note, shown.messages[0]?.text], [row.note, row.messages[0]?.text]);
  assert.equal(shown.messages[0]?.timestamp, '1970-01-01T00:00:00.900Z');
  assert.equal(shown.closed_at, undefined);
});

test('[REP5] a report is closed once; one that is not there is not found', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const row = reportRow('one');
  await server.directory.reports.add(row, 10);
  for (let n = 0; n < 2; n++) await server.get('adminCloseReport', { by, params: { report_id: row.report } });
  assert.notEqual((await server.get('adminReport', { by, params: { report_id: row.report } })).closed_at, undefined);
  const params = { report_id: reportRow('none').report };
  assert.equal(await server.refusal('adminReport', { by, params }), 'not_found');
  assert.equal(await server.refusal('adminCloseReport', { by, params }), 'not_found');
});

test('[REP5] a closed report is removed after thirty days, an open one never', async () => {
  const server = new TestAccounts();
  const { reports } = server.directory;
  await reports.add(reportRow('open'), 10);
  await reports.add(reportRow('closed'), 10);
  await reports.close(reportRow('closed').report, server.clock.now());
  server.clock.advance(closedReportMs);
  await server.accounts.oldReports.sweep();
  assert.notEqual(await reports.get(reportRow('closed').report), undefined);
  server.accounts.oldReports.start();
  await new Promise(setImmediate);
  server.clock.advance(reportSweepMs);
  await new Promise(setImmediate);
  assert.equal(await reports.get(reportRow('closed').report), undefined);
  assert.notEqual(await reports.get(reportRow('open').report), undefined);
  await server.accounts.close();
});

test('[REP4] an account makes ten reports a day, whoever else makes some', async () => {
  const server = new TestAccounts();
  const take = reportLimit(new MemoryLimiter(server.clock), 1);
  const { account } = await server.join('ana');
  const waits = [];
  for (let n = 0; n <= maxReportsPerDay; n++) waits.push(await take(account));
  assert.deepEqual(waits.slice(0, -1), Array(maxReportsPerDay).fill(0));
  assert.equal(waits.at(-1), 24 * 3_600_000);
  assert.equal(await take((await server.join('ben')).account), 0);
  server.clock.advance(24 * 3_600_000);
  assert.equal(await take(account), 0);
});

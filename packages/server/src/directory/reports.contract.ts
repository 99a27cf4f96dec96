// The part of the directory's contract that is about reports to the operator.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Rule } from './devices.contract.ts';
import type { Directory } from './directory.ts';
import { type ReportRow, summaryOf } from './reports.ts';
import { accountId, intentRow, reportRow, signUp } from './sample-rows.ts';

async function listed({ reports }: Directory, state: 'open' | 'closed', limit = 50): Promise<readonly string[]> {
  return (await reports.page(state, null, limit)).map(({ report }) => report);
}

/** The promises about reports, as tests. */
export function reportsContract(rule: Rule): void {
  rule('[DIR19] a report is kept as it came, once, and the same id again changes nothing', async ({ reports }) => {
    const row = reportRow('one');
    assert.equal(await reports.get(row.report), undefined);
    assert.equal(await reports.countOpen(), 0);
    assert.equal(await reports.add(row, 9), 'done');
    assert.deepEqual(await reports.get(row.report), row);
    assert.equal(await reports.add({ ...row, note: 'another' }, 9), 'again');
    assert.deepEqual(await reports.get(row.report), row);
    assert.equal(await reports.countOpen(), 1);
    assert.deepEqual(await reports.page('open', null, 9), [summaryOf(row)]);
    assert.deepEqual(
      Object.keys(summaryOf(row)).filter((key) => /note|messages/.test(key)),
      [],
    );
  });

  rule('[DIR19] open and closed ones are listed apart, the newest first, page by page', async (directory) => {
    const { reports } = directory;
    const rows = [3, 1, 2, 2].map((createdAt, i) => reportRow(`r${i}`, { createdAt }));
    for (const row of rows) await reports.add(row, 9);
    const order = [rows[0], rows[3], rows[2], rows[1]].map((row) => row?.report);
    assert.deepEqual(await listed(directory, 'open'), order);
    const seen: string[] = [];
    for (let below: ReportRow | null = null; ; ) {
      const page = await reports.page('open', below, 1);
      if (page.length === 0) break;
      seen.push(...page.map(({ report }) => report));
      below = (await reports.get(page[0]?.report as ReportRow['report'])) ?? null;
    }
    assert.deepEqual(seen, order);
    assert.equal(await reports.close(reportRow('r3').report, 7), true);
    assert.equal(await reports.close(reportRow('r3').report, 8), true);
    assert.equal(await reports.close(reportRow('none').report, 8), false);
    assert.equal((await reports.get(reportRow('r3').report))?.closedAt, 7, 'closed once');
    assert.deepEqual(await listed(directory, 'closed'), [reportRow('r3').report]);
    assert.deepEqual(await listed(directory, 'open'), [order[0], order[2], order[3]]);
    assert.equal(await reports.countOpen(), 3);
  });

  rule(
    '[DIR19] where as many are kept as may be the oldest closed one goes, and no open one does',
    async (directory) => {
      const { reports } = directory;
      for (const [i, name] of ['a', 'b', 'c'].entries()) await reports.add(reportRow(name, { createdAt: i }), 3);
      assert.equal(await reports.add(reportRow('d'), 3), 'full');
      assert.equal(await reports.get(reportRow('d').report), undefined);
      for (const name of ['b', 'a']) await reports.close(reportRow(name).report, 9);
      assert.equal(await reports.add(reportRow('d'), 3), 'done');
      assert.deepEqual(await listed(directory, 'closed'), [reportRow('b').report]);
      assert.equal(await reports.get(reportRow('a').report), undefined);
      assert.equal(await reports.countOpen(), 2);
    },
  );

  rule('[DIR19] what was closed before a time is forgotten, and what is open never', async (directory) => {
    const { reports } = directory;
    for (const name of ['old', 'new', 'open']) await reports.add(reportRow(name), 9);
    await reports.close(reportRow('old').report, 99);
    await reports.close(reportRow('new').report, 100);
    await reports.forget(100);
    assert.equal(await reports.get(reportRow('old').report), undefined);
    assert.deepEqual(await listed(directory, 'closed'), [reportRow('new').report]);
    assert.deepEqual(await listed(directory, 'open'), [reportRow('open').report]);
    assert.equal(await reports.add(reportRow('fourth'), 3), 'done', 'there is room again');
  });

  rule('[DIR19] a report stays when either account is erased', async ({ accounts, reports }) => {
    for (const handle of ['ana', 'ben']) await accounts.signUp(signUp(handle));
    const row = reportRow('one', { reporter: accountId('ana'), reported: accountId('ben') });
    await reports.add(row, 9);
    for (const account of [row.reporter, row.reported]) {
      await accounts.change(account, { state: 'leaving' }, { intent: intentRow('delete', account) });
      await accounts.erase(account, intentRow('delete', account).intent);
    }
    assert.deepEqual(await reports.get(row.report), row);
  });

  rule('[DIR19] whatever comes and is closed in whatever order, the bound and the count hold', async (directory) => {
    const { reports } = directory;
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), does: fc.constantFrom('add', 'close') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
        for (const { name, does } of steps) {
          if (does === 'close') await reports.close(reportRow(name).report, 5);
          else await reports.add(reportRow(name), 3);
          const [open, closed] = [await listed(directory, 'open'), await listed(directory, 'closed')];
          assert.ok(open.length + closed.length <= 3);
          assert.equal(await reports.countOpen(), open.length);
        }
      }),
      { numRuns: 15 },
    );
  });
}

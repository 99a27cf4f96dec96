// A stranger writes, the other shows it to the operator, the operator reads it: three people at terminals over a real
// server. What was written stands readable in the directory's file and in copies of it, and nowhere else.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteDirectory } from '../../packages/server/src/directory/sqlite-directory.ts';
import { leaksIn, searchFor } from './leaks.ts';
import { folderOfTest, goesWithTest, open, operate, startServer } from './operated.ts';
import { password } from './people.ts';
import { call } from './rest.ts';
import { Seat } from './seat.ts';

const secrets = {
  first: 'canary-first-bittern',
  second: 'canary-second-avocet',
  note: 'canary-note-turnstone',
} as const;
const harmless = 'canary-answer-whimbrel';

test('[REP6] [REP9] [REP10] what a stranger wrote is read by the operator it is shown to, and stands nowhere else', {
  timeout: 120_000,
}, async () => {
  const folder = await folderOfTest();
  const server = await startServer(folder, open);
  const { url, setup_link: link = '', metrics } = server.summary;
  const operator = { handle: 'olga', password, name: 'Olga', device_name: 'test' };
  await call(url, 'POST', '/v1/setup', { body: { secret: link.split('#')[1], ...operator } });
  const home = await folderOfTest();
  const [ana, ben, olga] = [new Seat(home, 'ana'), new Seat(home, 'ben'), new Seat(home, 'olga')];
  const at = ['--server', url, '--password-stdin'];
  for (const [seat, handle] of [
    [ana, 'ana'],
    [ben, 'ben'],
  ] as const)
    assert.equal(await seat.run(['register', handle, ...at], `${password}\n`), 0, seat.text);
  assert.equal(await olga.run(['login', 'olga', ...at], `${password}\n`), 0, olga.text);

  for (const text of [secrets.first, secrets.second]) assert.equal(await ben.run(['send', '@ana', text]), 0, ben.text);
  assert.equal(await ana.run(['send', 'me', harmless]), 0, ana.text);
  assert.equal(
    await ana.run(['report', '@ben', '--reason', 'abuse', '--note', secrets.note, '--block', '--yes']),
    0,
    ana.text,
  );
  assert.match(ana.text, /operator of this server, readable[\s\S]*canary-first[\s\S]*canary-second/);

  assert.equal(await ana.run(['--json', 'admin', 'reports']), 1, 'she is no operator');
  assert.equal(await olga.run(['--json', 'admin', 'reports']), 0, olga.text);
  const listed = printed(olga);
  assert.deepEqual([listed.reporter_handle, listed.account_handle, listed.reason], ['ana', 'ben', 'abuse']);
  assert.ok(!olga.text.includes('canary'), 'a list has nothing that was written');
  const id = String(listed.report_id);
  assert.equal(await olga.run(['--json', 'admin', 'reports', 'show', id]), 0, olga.text);
  const shown = printed(olga) as { note: string; messages: { text: string }[] };
  assert.deepEqual(
    [shown.note, ...shown.messages.map(({ text }) => text)],
    [secrets.note, secrets.first, secrets.second],
  );

  assert.match((await operate(folder, ['doctor'])).stdout, /good {2}open reports: 1\n/);
  const scraped = await (await fetch(metrics)).text();
  assert.match(scraped, /^parley_reports_open 1$/m);
  const search = searchFor({ ...secrets, harmless });
  assert.deepEqual(search(Buffer.from(server.output() + scraped)), [], 'neither logged nor counted');
  const inFolder = await leaksIn(folder, search);
  assert.ok(inFolder.length > 0, 'it is found where it stands');
  assert.deepEqual(
    inFolder.filter((leak) => !/^(first|second|note) in directory\.db(-wal)?$/.test(leak)),
    [],
  );

  const copy = join(await folderOfTest(), 'copy');
  assert.equal((await operate(folder, ['backup', copy])).code, 0);
  goesWithTest(copy);
  assert.equal(await olga.run(['admin', 'reports', 'close', id]), 0, olga.text);
  assert.match(await (await fetch(metrics)).text(), /^parley_reports_open 0$/m);
  await server.stop();
  await using kept = await openSqliteDirectory(join(copy, 'directory.db'));
  assert.equal(await kept.reports.countOpen(), 1, 'a backup has it as it was');
});

/** The last object that was printed. */
function printed({ text }: Seat): Readonly<Record<string, unknown>> {
  const line = text.split('\n').findLast((each) => each.startsWith('{'));
  return JSON.parse(line ?? '{}') as Readonly<Record<string, unknown>>;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { auditKinds } from '../kernel/audit.ts';
import { humanLog } from './human-log.ts';

test('[CFG16] at a terminal an entry of the log is one short line', () => {
  const lines: string[] = [];
  const output = { write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream;
  const logger = pino({ level: 'info' }, humanLog(output));
  logger.info({ port: 8420 }, 'listening');
  logger.error({ where: 'store' }, 'a fault of ours');
  logger.debug('nothing');
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d listening port=8420\n$/);
  assert.match(lines[1] ?? '', /^\d\d:\d\d:\d\d error a fault of ours where=store\n$/);
});

test('[OBS105] of the security log a terminal shows who is new or gone, and what operators do', () => {
  const lines: string[] = [];
  const output = { write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream;
  const logger = pino({ level: 'info' }, humanLog(output));
  for (const audit of auditKinds) logger.info({ audit, address: '192.0.2.1' }, 'security');
  assert.deepEqual(
    lines.map((line) => / audit=(\w+) /.exec(line)?.[1]),
    ['sign_up', 'account_deleted', 'operator_act'],
  );
});

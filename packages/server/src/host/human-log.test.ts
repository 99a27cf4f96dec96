import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
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

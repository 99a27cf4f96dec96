import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../kernel/manual-clock.ts';
import { hostRandom } from '../kernel/random.ts';
import { FileLog } from './file-log.ts';
import { openBench } from './fixture.ts';
import { openHostDisk } from './host-disk.ts';
import { logContract } from './log.contract.ts';

logContract('file log in memory', async () => {
  const { log, clock } = await openBench();
  return { log, clock, close: () => log[Symbol.asyncDispose]() };
});

logContract('file log on the host', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-log-'));
  const clock = new ManualClock();
  const log = await FileLog.open({
    disk: await openHostDisk(join(folder, 'log')),
    clock,
    random: hostRandom,
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    log,
    clock,
    close: async () => {
      await log[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
});

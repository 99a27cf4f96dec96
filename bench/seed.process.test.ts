import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AccountId, ConversationId } from '@parley/protocol';
import { secretHash } from '../packages/server/src/accounts/tokens.ts';
import { LocalBus } from '../packages/server/src/bus/local-bus.ts';
import { files, logFolder } from '../packages/server/src/compose-files.ts';
import { openSqliteDirectory } from '../packages/server/src/directory/sqlite-directory.ts';
import { hostClock } from '../packages/server/src/kernel/clock.ts';
import { hostRandom } from '../packages/server/src/kernel/random.ts';
import { silentEvents } from '../packages/server/src/kernel/silent-events.ts';
import { FileLog } from '../packages/server/src/log/file-log.ts';
import { openHostDisk } from '../packages/server/src/log/host-disk.ts';
import { Sequencer } from '../packages/server/src/sequencer/run.ts';
import { MemoryStore } from '../packages/server/src/store/memory-store.ts';
import { seed } from './seed.ts';

const folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
after(() => rm(folder, { recursive: true, force: true }));

const people = 280;
const data = join(folder, 'data');
const { pairs, group } = await seed(data, join(folder, 'lists'), { people, groupMembers: 270 });
const rowsOf = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, AccountId, ConversationId]);

test('[BEN7] every token is known, and nothing is left to be done for an account', async () => {
  await using directory = await openSqliteDirectory(join(data, files.directory));
  const lines = await rowsOf(pairs);
  assert.equal(lines.length, people);
  for (const [token, account] of lines) assert.equal((await directory.tokens.get(secretHash(token)))?.account, account);
  assert.deepEqual(await directory.intents.open(10), []);
});

test('[BEN7] every record is accepted, and the conversations have who talks in them', async () => {
  const disk = await openHostDisk(join(data, logFolder));
  const onFatal = (error: Error) => assert.fail(error);
  await using log = await FileLog.open({ disk, clock: hostClock, random: hostRandom, onFatal });
  const bus = new LocalBus((error) => assert.fail(String(error)));
  const events = silentEvents((_, error) => assert.fail(String(error)));
  const parts = { log, partition: 0, store: new MemoryStore(), bus, clock: hostClock, events };
  await using sequencer = new Sequencer(parts);
  await sequencer.caughtUp();
  assert.equal(sequencer.counters.rejected, 0);
  assert.equal(sequencer.counters.accepted, log.end(0));
  for (const [, account, conversation] of await rowsOf(pairs)) {
    const state = await sequencer.rows.get('conversations', [conversation]);
    assert.ok(state?.members?.has(account) && state.memberCount === 2 && state.accepted && state.contact);
  }
  const members = await rowsOf(group);
  const state = await sequencer.rows.get('conversations', [members[0]?.[2] as ConversationId]);
  assert.equal(state?.memberCount, members.length);
  for (const [, account] of members) assert.ok(state?.members?.has(account));
});

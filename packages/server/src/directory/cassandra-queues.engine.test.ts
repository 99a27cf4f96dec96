// What the queue of a device costs: nearly always nothing waits in it, and every device asks when it connects.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openCassandra } from '../engines/cassandra.ts';
import { dropKeyspace, freshKeyspace } from '../engines/cassandra-fixture.ts';
import type { CassandraSession } from '../engines/cassandra-session.ts';
import { openCassandraDirectory } from './cassandra-directory.ts';
import { emptied } from './cassandra-fixture.ts';
import { accountId, deviceId, signUp } from './sample-rows.ts';

// Runs where testEngine('cassandra') is.
const session = await openCassandra(freshKeyspace());
after(() => dropKeyspace(session));

/** The same session, which notes how it reads. */
function noted(inner: CassandraSession) {
  const reads: ('plain' | 'serial')[] = [];
  const outer: CassandraSession = {
    ...inner,
    read(query, params, options) {
      reads.push(options?.serial === true ? 'serial' : 'plain');
      return inner.read(query, params, options);
    },
  };
  return { session: outer, reads };
}

test('[DIR23] that nothing waits is found by one plain read, before the first row and after the last', async () => {
  const { session: watched, reads } = noted(await emptied(session));
  const directory = await openCassandraDirectory(watched);
  const [ana, device] = [accountId('ana'), deviceId('ana1')];
  await directory.accounts.signUp(signUp('ana'));
  const page = async () => {
    reads.length = 0;
    const rows = await directory.toDevice.page(device, 0, 10);
    return { found: rows.length, reads: [...reads] };
  };
  assert.deepEqual(await page(), { found: 0, reads: ['plain'] });
  const row = { device, sender: ana, senderDevice: device, txn: 't', type: 'e', content: '{}' };
  await directory.toDevice.enqueue([row], 10, 1);
  const waiting = await page();
  assert.deepEqual([waiting.found, waiting.reads.slice(0, 2)], [1, ['plain', 'serial']]);
  const [first] = await directory.toDevice.page(device, 0, 10);
  await directory.toDevice.acknowledge(device, first?.n ?? 0);
  assert.deepEqual(await page(), { found: 0, reads: ['plain'] });
});

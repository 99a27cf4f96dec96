// Keys that cannot be opened, without a screen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { words } from '../words/words.ts';
import { HandEncryption } from './encryption-fixture.ts';
import { createKeysTrouble } from './keys-trouble.ts';

test('[ENC247] a page says in words why its keys cannot be opened, and tries again when asked', async () => {
  const encryption = new HandEncryption({ phase: 'opening' });
  const trouble = createKeysTrouble({ encryption: encryption.view });
  assert.equal(trouble.snapshot.why, null);
  encryption.update({ problem: 'client.crypto' });
  assert.equal(trouble.snapshot.why, words.error('client.crypto'));
  encryption.refusals.set('openKeys', 'client.storage');
  await trouble.again();
  assert.deepEqual(trouble.snapshot, { why: words.error('client.storage'), busy: false });
  encryption.refusals.clear();
  const trying = trouble.again();
  assert.equal(trouble.snapshot.busy, true);
  await trouble.again();
  await trying;
  assert.deepEqual(trouble.snapshot, { why: null, busy: false });
  assert.deepEqual(encryption.done, ['openKeys', 'openKeys']);
  trouble.close();
});

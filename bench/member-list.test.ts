import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memberList } from './suites/member-list.ts';

test('[MEM37] the figure of a member list comes from one that was checked whole', async () => {
  const [found, ...more] = await memberList(20, new AbortController().signal);
  assert.equal(found?.id, '20');
  assert.ok((found?.value ?? 0) > 0);
  assert.deepEqual(more, []);
  await assert.rejects(memberList(20, AbortSignal.abort()), { name: 'AbortError' });
});

// What calls that do not get through say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from './error.ts';
import { restOver } from './rest.ts';

test('[ENC291] a call that is not made, because what it would say is not kept, says that and not that nobody is there', async () => {
  const rest = (cause: Error) => restOver({ call: () => Promise.reject(cause) })('listToDevice');
  await assert.rejects(rest(new ChatError('client.storage')), { code: 'client.storage' });
  await assert.rejects(rest(new TypeError('fetch failed')), { code: 'client.unreachable' });
});

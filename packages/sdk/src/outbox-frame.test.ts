import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from './error.ts';
import { unsealed } from './outbox-frame.ts';

test('[ENC215] what cannot be sealed ends a message only when the server refused it for good', () => {
  const refused = { type: 'refused', code: 'conversation.denied', advice: 'give_up', retryAfterMs: null };
  assert.deepEqual(unsealed(new ChatError('conversation.denied')), refused);
  for (const error of [
    new ChatError('client.unreachable'),
    new ChatError('client.crypto'),
    // Something between us and the server answered, or a server that is out of its mind.
    new ChatError('client.unexpected'),
    new TypeError('x is not a function'),
    'text',
  ])
    assert.deepEqual(unsealed(error), { type: 'unsealed' });
});

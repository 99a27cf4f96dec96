// The id of a chat, which both sides work out by themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, cleo } from '../../packages/sdk/src/client-fixture.ts';
import { directId } from '../../packages/sdk/src/direct-id.ts';
import { directConversation } from '../../packages/server/src/sequencer/conversation-ids.ts';

test('[ENC245] the id of a chat is the same hash in the client and on the server', () => {
  for (const [a, b] of [
    [ana, ben],
    [ben, ana],
    [ana, ana],
  ] as const)
    assert.equal(directId(a, b), directConversation(a, b));
  assert.notEqual(directId(ana, ben), directId(ana, cleo));
});

// Ids of conversations, which both sides work out by themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, cleo } from '../../packages/sdk/src/client-fixture.ts';
import { directId, logId, roomId } from '../../packages/sdk/src/direct-id.ts';
import { messageId } from '../../packages/sdk/src/fixture.ts';
import {
  accountLog,
  directConversation,
  madeConversation,
} from '../../packages/server/src/sequencer/conversation-ids.ts';

test('[ENC245] the id of a chat is the same hash in the client and on the server', () => {
  for (const [a, b] of [
    [ana, ben],
    [ben, ana],
    [ana, ana],
  ] as const)
    assert.equal(directId(a, b), directConversation(a, b));
  assert.notEqual(directId(ana, ben), directId(ana, cleo));
});

test('[ENC251] the id of a room, and that of the log of an account, are the same hashes in the client and on the server', () => {
  const made = { by: ben, as: messageId(7) };
  assert.equal(roomId(made), madeConversation('room', made.by, made.as));
  assert.notEqual(roomId(made), madeConversation('group', made.by, made.as));
  assert.equal(logId(ana), accountLog(ana));
});

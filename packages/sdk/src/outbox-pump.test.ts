import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';

test('[OUT8] a message that is said while nothing else happens goes out at once', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.conversation().send('hello');
  await settle();
  assert.deepEqual(
    stage.outgoing.map(({ content, first }) => [content, first]),
    [['hello', true]],
  );
  await stage.close();
});

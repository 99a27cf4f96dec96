// What is being written, over a real client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxTextCharacters } from '@parley/protocol/limits';
import { createComposer } from './composer.ts';
import { messageView } from './message-fixture.ts';
import { arrive, openPage } from './page-fixture.ts';

async function openComposer(...of: Parameters<typeof openPage>) {
  const page = await openPage(...of);
  return { ...page, composer: createComposer(page.stage.client, page.stage.conversation()) };
}

test('[WEB7] what was written is a draft when the chat is left, and is gone once it was sent', async () => {
  const { stage, desk, composer } = await openComposer(1);
  composer.write('half a thou', 11);
  await stage.clock.advance(3_000);
  await arrive(desk, stage);
  assert.equal(stage.conversation().snapshot.draft, 'half a thou');
  const again = createComposer(stage.client, stage.conversation());
  assert.equal(again.snapshot.text, 'half a thou');
  assert.equal(again.snapshot.canSend, true);
  await again.send();
  await stage.clock.advance(3_000);
  assert.equal(again.snapshot.text, '');
  assert.equal(stage.conversation().snapshot.draft, '');
  assert.ok((await stage.shown()).includes('half a thou:pending'));
  await stage.close();
});

test('[WEB7] a message that could not be sent comes back into the field, before what was written since', async () => {
  const { stage, composer } = await openComposer(1);
  composer.write('first', 5);
  stage.store.failure = new Error('the disk is full');
  const sending = composer.send();
  composer.write('second', 6);
  await sending;
  assert.equal(composer.snapshot.text, 'first\nsecond');
  assert.notEqual(composer.snapshot.error, null);
  assert.equal(composer.snapshot.canSend, true);
  composer.write('first\nsecond, again', 8);
  assert.equal(composer.snapshot.error, null, 'writing on takes the error away');
  await composer.send();
  assert.notEqual(composer.snapshot.error, null);
  stage.store.failure = null;
  await composer.send();
  assert.deepEqual([composer.snapshot.text, composer.snapshot.error], ['', null], 'and so does what is sent');
  await stage.close();
});

test('[WEB7] an edit begins with the text of the message and leaves the draft alone', async () => {
  const { stage, composer } = await openComposer(1);
  composer.write('a draft', 7);
  await stage.clock.advance(3_000);
  composer.edit(messageView({ seq: 1, text: 'as it was', own: true }));
  assert.equal(composer.snapshot.text, 'as it was');
  assert.equal(composer.snapshot.focus, 1);
  composer.cancel();
  assert.equal(composer.snapshot.text, 'a draft');
  assert.equal(composer.snapshot.editing, null);
  await stage.close();
});

test('[WEB7] a draft from another device is taken in where nothing else was written', async () => {
  const { stage, composer } = await openComposer(1);
  const there = createComposer(stage.client, stage.conversation());
  stage.conversation().subscribe(() => composer.refresh());
  there.write('from the phone', 14);
  await stage.clock.advance(3_000);
  assert.equal(composer.snapshot.text, 'from the phone');
  composer.write('from the phone, and on', 22);
  there.write('from the phone!', 15);
  await stage.clock.advance(3_000);
  assert.equal(composer.snapshot.text, 'from the phone, and on');
  await stage.close();
});

test('[WEB14] a text that is too long says by how much and is not sent', async () => {
  const { stage, composer } = await openComposer(1);
  composer.write('x'.repeat(maxTextCharacters + 3), 0);
  assert.equal(composer.snapshot.over, 3);
  assert.equal(composer.snapshot.canSend, false);
  await composer.send();
  assert.equal((await stage.shown()).length, 1);
  await stage.close();
});

test('[WEB14] nothing can be written to somebody whose account was deleted', async () => {
  const { stage, composer } = await openComposer(1);
  assert.equal(composer.snapshot.obstacle, null);
  const { peer } = stage.conversation().snapshot;
  assert.ok(peer);
  const gone = { account: peer, handle: 'deleted', name: 'Deleted account', kind: 'person', deleted: true };
  stage.http.on('GET /v1/accounts', { items: [gone], has_more: false });
  stage.socket.say({ type: 'notice', topic: 'contacts', account: peer });
  await stage.clock.advance(1_000);
  composer.refresh();
  assert.equal(composer.snapshot.obstacle, 'gone');
  await stage.close();
});

test('[WEB14] what is in the way of writing is said', async () => {
  const request = await openComposer(1, { accepted: false, requested_by: 'a_someone' as never });
  assert.equal(request.composer.snapshot.obstacle, 'request_in');
  await request.stage.close();
  const { stage, composer, desk } = await openComposer(1);
  assert.equal(composer.snapshot.obstacle, null);
  stage.conversation().subscribe(() => composer.refresh());
  await stage.conversation().block(true);
  await arrive(desk, stage);
  assert.equal(composer.snapshot.obstacle, 'blocked');
  await stage.close();
});

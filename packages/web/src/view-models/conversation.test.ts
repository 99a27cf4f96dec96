// An open conversation over a real client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, Stage } from '../../../sdk/src/client-fixture.ts';
import { Desk } from '../../../sdk/src/desk-fixture.ts';
import { openConversation } from './conversation.ts';
import { HandEncryption } from './encryption-fixture.ts';
import { messageView } from './message-fixture.ts';
import { arrive, HandHost, openPage } from './page-fixture.ts';

test('[WEB4] a chat opens at its first unread message, and the line counts all that the chat has', async () => {
  const { stage, desk, host } = await openPage(300, { read: 100, read_ord: 100 });
  const open = openConversation(stage.client, stage.conversation(), host);
  assert.equal(open.snapshot.opening, true);
  assert.equal(open.snapshot.rows.length, 0);
  await arrive(desk, stage);
  const { rows, opening, window } = open.snapshot;
  assert.equal(opening, false);
  assert.equal(window, 1);
  const line = rows.findIndex((row) => row.type === 'unread');
  const [unread, after] = [rows[line], rows[line + 1]];
  assert.equal(unread?.type === 'unread' && unread.count, 200);
  assert.equal(after?.type === 'message' && after.message.seq, 101);
  open.close();
  await stage.close();
});

test('[WEB4] what came while the page was away is shown from its first message on, not from its last', async () => {
  const { stage, desk, host, chat } = await openPage(60, { read: 60, read_ord: 60 });
  const open = openConversation(stage.client, stage.conversation(), host);
  await arrive(desk, stage);
  open.onScreen(60, true);
  await arrive(desk, stage);
  for (let n = 0; n < 90; n++) desk.say(chat);
  stage.socket.dropped();
  await stage.upAgain(desk.list());
  await arrive(desk, stage);
  assert.equal(open.snapshot.window, 2, 'another window took the place of the first');
  const line = open.snapshot.rows.find((row) => row.type === 'unread');
  assert.equal(line?.type === 'unread' && line.count, 90);
  assert.equal(stage.conversation().snapshot.readSeq, 60, 'nothing of it was on screen yet');
  open.close();
  await stage.close();
});

test('[WEB100] a chat that was opened while everything was still coming in goes on showing what comes', async () => {
  const desk = new Desk();
  desk.open(chat, { read: 2, read_ord: 2 });
  for (let n = 1; n <= 5; n++) desk.say(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  const open = openConversation(stage.client, stage.conversation(), new HandHost(stage.clock));
  // What is looked at is asked for twice: with everything, and by itself, which is answered when all is here.
  await arrive(desk, stage);
  assert.equal(stage.client.state.snapshot.phase, 'online');
  assert.equal(stage.socket.of('sync').length, 2);
  await stage.push(desk.say(chat));
  const texts = open.snapshot.rows.flatMap((row) => (row.type === 'message' ? [row.message.text] : []));
  assert.deepEqual(texts, ['text 1', 'text 2', 'text 3', 'text 4', 'text 5', 'text 6']);
  open.jumpTo(3);
  await arrive(desk, stage);
  assert.deepEqual([open.snapshot.highlight, open.snapshot.notice], [3, null]);
  open.close();
  await stage.close();
});

test('[WEB127] what is said far from the newest message is shown there, and an edit moves nothing', async () => {
  const { stage, desk, host } = await openPage(300, { read: 100, read_ord: 100 });
  const open = openConversation(stage.client, stage.conversation(), host);
  await arrive(desk, stage);
  assert.equal(open.snapshot.newer, 'more');
  open.composer.write('said up here', 12);
  const sending = open.composer.send();
  await arrive(desk, stage);
  await sending;
  assert.deepEqual([open.snapshot.newer, open.snapshot.toEnd], ['end', 1]);
  const last = open.snapshot.rows.at(-1);
  assert.equal(last?.type === 'message' && last.message.text, 'said up here');
  open.composer.edit(messageView({ own: true, seq: 3, text: 'before' }));
  open.composer.write('after', 5);
  await open.composer.send();
  await arrive(desk, stage);
  assert.equal(open.snapshot.toEnd, 1);
  open.close();
  await stage.close();
});

test('[WEB5] only what was on screen counts as read, and only while somebody looks', async () => {
  const { stage, desk, host } = await openPage(10, { read: 2, read_ord: 2 });
  const open = openConversation(stage.client, stage.conversation(), host);
  await arrive(desk, stage);
  host.looking = false;
  open.onScreen(7, false);
  await arrive(desk, stage);
  assert.equal(stage.conversation().snapshot.readSeq, 2);
  assert.equal(open.snapshot.below, 8);
  host.look();
  await arrive(desk, stage);
  assert.equal(stage.conversation().snapshot.readSeq, 7);
  assert.equal(open.snapshot.below, 3);
  open.onScreen(10, true);
  await arrive(desk, stage);
  assert.equal(stage.conversation().snapshot.unread, 0);
  assert.equal(open.snapshot.below, 0);
  open.close();
  await stage.close();
});

test('[WEB14] a jump shows the message for a moment', async () => {
  const { stage, desk, host } = await openPage(5);
  const open = openConversation(stage.client, stage.conversation(), host, 3);
  await arrive(desk, stage);
  assert.equal(open.snapshot.highlight, 3);
  await stage.clock.advance(2_000);
  assert.equal(open.snapshot.highlight, null);
  open.jumpTo(2);
  await arrive(desk, stage);
  assert.equal(open.snapshot.highlight, 2);
  open.close();
  await stage.close();
});

test('[WEB14] what went wrong is said for a moment, in words', async () => {
  const { stage, desk, host } = await openPage(2);
  const open = openConversation(stage.client, stage.conversation(), host);
  await arrive(desk, stage);
  stage.http.answers.delete(`POST /v1/conversations/${open.conversation.id}/accept`);
  open.run(open.conversation.accept());
  await arrive(desk, stage);
  assert.equal(open.snapshot.notice, 'The server cannot be reached. Try again.');
  await stage.clock.advance(7_000);
  assert.equal(open.snapshot.notice, null);
  open.close();
  await stage.close();
});

test('[WEB46] a chat says that it is encrypted where this device has keys, and that it is not where it has none', async () => {
  const { stage, desk, host } = await openPage(2);
  const encryption = withEncryption(stage.client, 'off');
  const open = openConversation(stage.client, stage.conversation(), host);
  await arrive(desk, stage);
  assert.equal(open.snapshot.encrypted, false);
  encryption.update({ phase: 'opening' });
  assert.equal(open.snapshot.encrypted, true);
  open.close();
  await stage.close();
});

test('[WEB44] nothing is written to somebody who was confirmed and set up afresh, until it was reviewed', async () => {
  const { stage, desk, host } = await openPage(2);
  const encryption = withEncryption(stage.client, 'ready');
  const open = openConversation(stage.client, stage.conversation(), host);
  await arrive(desk, stage);
  const account = stage.conversation().snapshot.peer ?? assert.fail();
  encryption.update({ changed: [{ account, what: 'changed' }] });
  assert.equal(open.composer.snapshot.obstacle, null, 'who was never confirmed is written to');
  encryption.update({ changed: [{ account, what: 'left_out' }] });
  assert.equal(open.composer.snapshot.obstacle, 'review');
  await encryption.acceptIdentity(account);
  assert.equal(open.composer.snapshot.obstacle, null);
  open.close();
  await stage.close();
});

function withEncryption(client: object, phase: 'off' | 'ready'): HandEncryption {
  const encryption = new HandEncryption({ phase });
  Object.defineProperty(client, 'encryption', { value: encryption });
  return encryption;
}

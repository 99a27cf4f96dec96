// Sheets over a real client whose server is the test: loading, failing, trying again, choosing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardConversations } from '@parley/protocol/limits';
import type { Conversation, DeviceView, PersonView } from '@parley/sdk';
import { conversationId } from '../../../sdk/src/fixture.ts';
import { HandEncryption } from './encryption-fixture.ts';
import { arrive, openPage } from './page-fixture.ts';
import { createSheets } from './sheets.ts';

async function open() {
  const page = await openPage(2);
  const shown: Conversation[] = [];
  return { ...page, shown, sheets: createSheets(page.stage.client, page.host, (one) => shown.push(one)) };
}

test('[WEB16] a sheet shows that it loads, why it could not, and tries again', async () => {
  const { stage, desk, sheets } = await open();
  sheets.open({ type: 'rooms' });
  assert.equal(sheets.snapshot.loading, true);
  await arrive(desk, stage);
  assert.equal(sheets.snapshot.loading, false);
  assert.equal(sheets.snapshot.failed, 'The server cannot be reached. Try again.');
  assert.equal(sheets.snapshot.rooms, null);
  stage.http.on('GET /v1/rooms', { items: [], has_more: false, next_cursor: null });
  sheets.retry();
  await arrive(desk, stage);
  assert.equal(sheets.snapshot.failed, null);
  assert.deepEqual(sheets.snapshot.rooms, []);
  await stage.close();
});

test('[WEB16] what comes too late for a sheet that was closed changes nothing', async () => {
  const { stage, desk, sheets } = await open();
  stage.http.on('GET /v1/rooms', { items: [], has_more: false, next_cursor: null });
  sheets.open({ type: 'rooms' });
  sheets.close();
  await arrive(desk, stage);
  assert.equal(sheets.snapshot.sheet, null);
  assert.equal(sheets.snapshot.rooms, null);
  await stage.close();
});

test('[WEB16] an action that fails says so in the sheet, and without one for a moment over the page', async () => {
  const { stage, desk, sheets } = await open();
  const failing = () => Promise.reject(Object.assign(new Error('no'), { code: 'conversation.role' }));
  assert.equal(await sheets.run(failing), false);
  assert.equal(sheets.snapshot.error, 'Only admins can do this here.');
  await stage.clock.advance(7_000);
  assert.equal(sheets.snapshot.error, null);
  sheets.open({ type: 'new_chat' });
  await sheets.run(failing);
  await stage.clock.advance(7_000);
  assert.equal(sheets.snapshot.error, 'Only admins can do this here.');
  await arrive(desk, stage);
  await stage.close();
});

test('[WEB16] people and chats are chosen and let go of, at most as many as may be', async () => {
  const { stage, sheets } = await open();
  const person = { account: 'a_x', handle: 'x', name: 'X' } as unknown as PersonView;
  sheets.choose(person);
  assert.equal(sheets.snapshot.chosen.length, 1);
  sheets.choose(person);
  assert.equal(sheets.snapshot.chosen.length, 0);
  for (let n = 0; n < forwardConversations + 2; n++) sheets.chooseChat(conversationId(20 + n));
  assert.equal(sheets.snapshot.chosenChats.length, forwardConversations);
  sheets.chooseChat(conversationId(20));
  assert.equal(sheets.snapshot.chosenChats.length, forwardConversations - 1);
  await stage.close();
});

test('[WEB16] known people are found by the beginnings of their names at once', async () => {
  const { stage, desk, sheets, shown, chat } = await open();
  sheets.open({ type: 'new_chat' });
  await arrive(desk, stage);
  sheets.setQuery('zzz');
  assert.deepEqual(sheets.snapshot.people, []);
  assert.equal(sheets.snapshot.searching, true, 'the server may know somebody');
  await stage.clock.advance(200);
  await arrive(desk, stage);
  assert.equal(sheets.snapshot.searching, false);
  const { peer } = stage.conversation().snapshot;
  await sheets.writeTo(String(peer));
  assert.equal(shown[0]?.id, chat);
  assert.equal(sheets.snapshot.sheet, null);
  await stage.close();
});

test('[WEB45] a device that was lost is signed out once and shut out, and the new recovery key is shown', async () => {
  const { stage, sheets } = await open();
  const encryption = new HandEncryption({ recovery: 'confirmed' });
  const lost = { device: 'lost', name: 'Phone' } as unknown as DeviceView;
  let there = [lost];
  const devices = {
    list: async () => there,
    revoke: async () => {
      there = [];
      encryption.done.push('revoke');
    },
  };
  Object.defineProperties(stage.client, { encryption: { value: encryption }, devices: { value: devices } });
  encryption.refusals.set('shutOut', 'auth.refused');
  sheets.open({ type: 'shut_out', device: lost });
  await sheets.shutOut(lost, 'wrong');
  assert.equal(sheets.snapshot.sheet?.type, 'shut_out');
  assert.equal(sheets.snapshot.error, 'The password is wrong.');
  encryption.refusals.clear();
  await sheets.shutOut(lost, 'right');
  assert.deepEqual(encryption.done, ['revoke', 'shutOut wrong', 'shutOut right']);
  assert.equal(sheets.snapshot.sheet?.type, 'recovery_key');
  await stage.close();
});

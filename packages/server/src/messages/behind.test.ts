import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstShownLookMs, maxShownLooks } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { creation, deviceOf } from '../sequencer/stage.ts';
import { ana, ben, settle } from './fixture.ts';
import { Desk } from './rest-fixture.ts';

/** A group, and a setting of the first of its members. */
async function inGroup(desk: Desk) {
  const { conversation_id: id } = await desk.get('createConversation', ana, {
    body: { kind: 'group', members: [ben] },
  });
  const log = accountLog(ana);
  const own = { conversation: log, sender: ana, device: deviceOf(1) };
  assert.ok((await desk.messages.appender.change(own, creation('account', [ana]))).ok);
  const set = async (value: string) => assert.ok((await desk.messages.appender.setting(own, 'own/a', value)).ok);
  await set('1');
  return { id, set };
}

async function looks(desk: Desk, count: number): Promise<void> {
  for (let look = 0; look < count; look++) {
    await settle();
    desk.clock.advance(firstShownLookMs * 2 ** look);
  }
  await settle();
}

test('[CLU33] a list that is asked for as of something that is not here yet waits for it', async () => {
  await using desk = await Desk.open({ isOneOfSeveral: true });
  const { id, set } = await inGroup(desk);
  const params = { conversation_id: id };
  const asked = [
    desk.get('listMembers', ana, { params, query: { at_least: 2 } }),
    desk.get('listEntries', ana, { params, query: { at_least: 2 } }),
    desk.get('listSettings', ana, { query: { at_least: 3 } }),
  ] as const;
  await looks(desk, 2);
  assert.equal(await desk.in('createConversationInvite', ana, id, { body: {} }), 'ok');
  await set('2');
  await looks(desk, 3);
  const [members, entries, settings] = await Promise.all(asked);
  assert.deepEqual([members.items.length, entries.items.length], [1, 2]);
  assert.deepEqual(settings.items, [{ key: 'own/a', value: '2', seq: 3 }]);
});

test('[CLU33] what does not come is refused, a stranger as ever, and one node waits for nothing', async () => {
  await using desk = await Desk.open({ isOneOfSeveral: true });
  const { id } = await inGroup(desk);
  const params = { conversation_id: id };
  const ahead = { params, query: { at_least: 9 } };
  const refused = [
    assert.rejects(desk.get('listMembers', ana, ahead), Unavailable),
    assert.rejects(desk.get('listEntries', ana, ahead), Unavailable),
    assert.rejects(desk.get('listSettings', ana, { query: { at_least: 9 } }), Unavailable),
  ];
  const outside = { params: { conversation_id: accountLog(ben) }, query: { at_least: 9 } };
  assert.equal(await desk.code('listMembers', ana, outside), 'conversation.denied');
  await looks(desk, maxShownLooks);
  await Promise.all(refused);
  await using alone = await Desk.open();
  const { id: other } = await inGroup(alone);
  const known = { params: { conversation_id: other }, query: { at_least: 9 } };
  assert.equal((await alone.get('listMembers', ana, known)).items.length, 1);
  assert.equal((await alone.get('listSettings', ana, { query: { at_least: 9 } })).items.length, 1);
});

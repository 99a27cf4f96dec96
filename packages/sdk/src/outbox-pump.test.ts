import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, Stage, wire } from './client-fixture.ts';
import { plainCrypto } from './crypto/plain.ts';
import { ChatError } from './error.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

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

for (const order of ['refused, then found to be there', 'found to be there, then refused'])
  test(`[OUT6] a message that is ${order} holds back nothing behind it`, async () => {
    const stage = await Stage.open();
    await stage.up([wire(chat)]);
    await stage.conversation().send('one');
    await stage.conversation().send('two');
    await settle();
    const [one, two] = stage.outgoing;
    assert.ok(one !== undefined && two !== undefined);
    const first = stage.socket;
    // An earlier attempt had been accepted; this one is refused, and the server awaits it on this socket.
    const refuse = () => stage.refuse({ id: one.id as string }, 'unavailable');
    if (order.startsWith('refused')) await refuse();
    await stage.push(stage.confirm(one, 1));
    if (order.startsWith('found')) await refuse();
    assert.notEqual(stage.socket, first, 'a socket on which nothing is awaited is opened');
    await stage.up([wire(chat, { head: 1, ord: 1 })]);
    assert.deepEqual(
      stage.outgoing.map(({ content }) => content),
      ['two'],
    );
    await stage.close();
  });

test('[OUT6] a message that nobody can be sealed for any more holds back nothing behind it', async () => {
  let isDenied = false;
  const stage = await Stage.open(undefined, 1, {
    crypto: {
      seal: async (sealing) => {
        if (isDenied && 'text' in sealing.body && sealing.body.text === 'one')
          throw new ChatError('conversation.denied');
        return plainCrypto.seal(sealing);
      },
    },
  });
  await stage.up([wire(chat)]);
  const one = await stage.conversation().send('one');
  await stage.conversation().send('two');
  await settle();
  const first = stage.socket;
  isDenied = true;
  for (const { id, content } of stage.outgoing.slice())
    await stage.refuse({ id: id as string }, content === 'one' ? 'members.stale' : 'message.out_of_order');
  await stage.clock.advance(limits.retryMinMs * 4);
  await settle();
  assert.equal(one.state, 'rejected');
  assert.notEqual(stage.socket, first, 'the server awaits it on the old one');
  await stage.up([wire(chat)]);
  assert.deepEqual(
    stage.outgoing.map(({ content }) => content),
    ['two'],
  );
  await stage.close();
});

test('[OUT15] a message that is refused five times because members changed says so until it is sent, also in other tabs', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const follower = await Stage.open(stage, 2);
  const chats = [stage, follower].map((one) => one.conversation().timeline());
  await stage.conversation().send('who is here?');
  await settle();
  const shown = () => chats.map(({ snapshot }) => snapshot.items.at(-1)).map((item) => [item?.state, item?.unsettled]);
  const ids = new Set<string>();
  const attempt = async () => {
    const before = stage.outgoing.length;
    for (let waited = 0; stage.outgoing.length === before; waited += limits.retryMinMs) {
      assert.ok(waited <= limits.retryMaxMs);
      await stage.clock.advance(limits.retryMinMs);
    }
  };
  for (let round = 1; round <= limits.staleRounds; round++) {
    assert.deepEqual(shown(), [
      ['pending', false],
      ['pending', false],
    ]);
    const id = stage.outgoing.at(-1)?.id ?? assert.fail();
    ids.add(id);
    await stage.refuse({ id }, round % 2 === 0 ? 'devices.stale' : 'members.stale');
    if (round < limits.staleRounds) await attempt();
  }
  assert.equal(ids.size, 1);
  assert.deepEqual(shown(), [
    ['pending', true],
    ['pending', true],
  ]);
  await attempt();
  const id = stage.outgoing.at(-1)?.id ?? assert.fail();
  await stage.push({ type: 'sent', id, conversation_id: chat });
  assert.deepEqual(shown(), [
    ['sent', false],
    ['sent', false],
  ]);
  await follower.close();
  await stage.close();
});

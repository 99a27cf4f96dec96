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

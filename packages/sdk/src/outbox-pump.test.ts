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

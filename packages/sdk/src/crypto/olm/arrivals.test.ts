// What other devices send, and what of it cannot be opened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId, RouteResult, ToDeviceItem } from '@parley/protocol';
import type { KeyFacts } from '../key-machine.ts';
import { KeyServer } from './key-server-fixture.ts';
import { memoryFacts } from './memory-facts.ts';
import { loginOf, Person } from './person-fixture.ts';

const group = `c_${'g'.repeat(22)}` as ConversationId;

/** Ana writes to Ben, whose device was sent the room key and has not taken it. */
async function sent() {
  const server = new KeyServer();
  const [ana, ben] = [await Person.join(server, 'ana'), await Person.join(server, 'ben')];
  const message = await ana.say(group, [ana, ben], 'hello');
  const { call } = loginOf(server, 'ben');
  const { body } = await call({ method: 'GET', path: '/v1/to-device' });
  const { items } = body as RouteResult<'listToDevice'>;
  assert.equal(items.length, 1);
  return { ana, ben, message, items };
}

/** Something else in the place of its ciphertext. */
function altered(item: ToDeviceItem, sign: string): ToDeviceItem {
  const content = item.content.replace(
    /"body":"(.*?)."/,
    (_, head: string) => `"body":"${head.slice(0, -8)}${sign.repeat(8)}A"`,
  );
  assert.notEqual(content, item.content);
  return { ...item, content };
}

test('[ENC271] what another device sent and cannot be opened is counted once, however often it comes', async () => {
  for (const sign of ['A', '!']) {
    const { ben, message, items } = await sent();
    const bad = items.map((item) => altered(item, sign));
    await ben.machine.receive(bad);
    assert.deepEqual(ben.undecryptable, ['to_device'], sign);
    await ben.machine.receive(bad);
    assert.deepEqual(ben.undecryptable, ['to_device'], sign);
    assert.equal(await ben.read(message), 'no_key');
  }
});

test('[ENC271] what was opened before and is given again is no failure, with what is new beside it neither', async () => {
  const { ana, ben, message, items } = await sent();
  await ben.machine.receive(items);
  await ben.machine.receive(items);
  assert.equal(await ben.read(message), 'hello');
  const other = `c_${'h'.repeat(22)}` as ConversationId;
  const more = await ana.say(other, [ana, ben], 'again');
  await ben.take();
  assert.equal(await ben.read(more), 'again');
  assert.deepEqual(ben.undecryptable, []);
});

test('[ENC361] who closes while something is being taken in waits until all of it is kept', async () => {
  const server = new KeyServer();
  const begun = Promise.withResolvers<void>();
  const mayGoOn = Promise.withResolvers<void>();
  const order: string[] = [];
  const kept = memoryFacts();
  const facts: KeyFacts = {
    ...kept,
    async put(entries) {
      const isFed = entries.some(([name]) => name === 'fed');
      if (isFed) {
        begun.resolve();
        await mayGoOn.promise;
      }
      await kept.put(entries);
      if (isFed) order.push('kept');
    },
    close() {
      order.push('closed');
      kept.close();
    },
  };
  const [ana, ben] = [await Person.join(server, 'ana'), await Person.join(server, 'ben', 'ben', facts)];
  await ana.say(group, [ana, ben], 'hello');
  const taking = ben.take();
  await begun.promise;
  const closing = [ben.machine.close(), ben.machine.close()];
  mayGoOn.resolve();
  await Promise.all([taking, ...closing]);
  assert.deepEqual(order, ['kept', 'closed']);
});

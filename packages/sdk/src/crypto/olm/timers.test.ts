// Sessions and the timer of a conversation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyServer } from './key-server-fixture.ts';
import { conversationOf, Person } from './person-fixture.ts';

const chat = conversationOf('chat');

test('[ENC204] another timer is another session, the same one is the same, and everybody reads on', async () => {
  const server = new KeyServer();
  const ana = await Person.join(server, 'ana');
  const ben = await Person.join(server, 'ben');
  const members = [ana, ben];
  const said = [];
  for (const timerSeconds of [undefined, 0, 3_600, 3_600, 86_400, 0])
    said.push(
      await ana.seal({ ...ana.order(chat, members, 'hello'), ...(timerSeconds !== undefined && { timerSeconds }) }),
    );
  const sessions = said.map(({ content }) => content.split('.')[1]);
  assert.deepEqual(
    sessions.slice(1).map((one, at) => one === sessions[at]),
    [true, false, true, false, false],
  );
  await ben.sync();
  for (const one of said) assert.equal(await ben.read(one), 'hello');
});

// The seeds of the own identity, where something about it is asked or told while another one is made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { KeyServer } from './key-server-fixture.ts';
import { memoryFacts } from './memory-facts.ts';
import { conversationOf, loginOf, Person, people } from './person-fixture.ts';

const chat = conversationOf('chat');

test('[ENC383] what is asked about the own keys while a new identity is made does not take its seeds', async () => {
  const server = new KeyServer();
  const login = loginOf(server, 'ana');
  const over = Promise.withResolvers<void>();
  const asked: Promise<unknown>[] = [];
  let isMaking = false;
  const ana = await Person.open({
    ...login,
    async call(request) {
      const isReset = request.path === '/v1/keys/identity' && (request.body as { version: number }).version > 1;
      if (isReset) {
        isMaking = true;
        asked.push(ana.machine.compare('d_of_nobody').catch(() => {}));
        // Nothing stands between that and its question but promises: it is asked by the end of this turn, or waits.
        await turn();
      }
      const answer = await login.call(request);
      if (isReset) isMaking = false;
      // It named the identity before, and comes when all is over.
      else if (isMaking && request.path === '/v1/keys/query') await over.promise;
      return answer;
    },
  });
  await ana.machine.start();
  const before = await ana.machine.exportSecrets();
  await ana.machine.resetIdentity('correct', 'lost');
  over.resolve();
  assert.equal(asked.length, 1);
  await Promise.all(asked);
  const after = await ana.machine.exportSecrets();
  assert.ok(after);
  assert.notEqual(after.master, before?.master);
});

test('[ENC383] what an own device said that is gone, taken in while a new identity is made, does not take its seeds', async () => {
  const { server, joined } = await people('ben');
  const [ben] = joined as [Person];
  const facts = memoryFacts();
  let resets = 0;
  const slow = { ...facts };
  const ana = await Person.join(server, 'ana', 'ana', slow);
  const old = await ana.link(loginOf(server, 'ana', 'ana2'));
  const said = await old.say(chat, [ana, ben], 'my last words');
  server.revoke(ana.account, old.device);
  slow.put = async (entries) => {
    // It was opened, and what is known of that device is taken back when this has been kept.
    if (entries[0]?.[0] === 'fed') {
      resets += 1;
      await ana.machine.resetIdentity('correct', 'safe');
    }
    await facts.put(entries);
  };
  await ana.sync();
  assert.equal(resets, 1);
  assert.equal(await ana.read(said), 'my last words');
  assert.ok(await ana.machine.exportSecrets());
});

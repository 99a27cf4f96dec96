// What the row of a chat says of its newest messages, over a client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, chat, quiet, record, Stage } from './client-fixture.ts';
import { plainCrypto } from './crypto/plain.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import type { CryptoParts, CryptoProvider } from './ports.ts';
import { rfc3339 } from './time.ts';

async function inChat(count: number) {
  const desk = new Desk();
  desk.open(chat);
  for (let n = 1; n <= count; n++) desk.say(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await desk.serve(stage);
  const said = () => stage.conversation().snapshot.last;
  return { desk, stage, said };
}

test('[WEB48] the row says what was said last; when that is hidden for me, what was said before', async () => {
  const { stage, said } = await inChat(3);
  assert.equal(said()?.text, 'text 3');
  await stage.conversation().deleteForMe(3);
  await settle();
  assert.equal(said()?.text, 'text 2');
  await stage.close();
});

test('[WEB48] what has expired is in no row, and what was said before it is', async () => {
  const { stage, said } = await inChat(0);
  const soon = rfc3339(stage.clock.now() + 10_000);
  await stage.push(record(chat, 1), record(chat, 2, { expires_at: soon }));
  assert.equal(said()?.text, 'text 2');
  await stage.clock.advance(60_000);
  await settle();
  assert.equal(said()?.text, 'text 1');
  await stage.close();
});

test('[WEB48] a deleted one says so, also when it is the one before', async () => {
  const { stage, said } = await inChat(0);
  await stage.push(record(chat, 1), record(chat, 2));
  await stage.push(record(chat, 3, { kind: 'delete', targets: [1, 2], ord: 2, content: undefined as never }));
  assert.deepEqual([said()?.type, said()?.text], ['deleted', '']);
  await stage.conversation().deleteForMe(2);
  await settle();
  assert.equal(said()?.type, 'deleted');
  await stage.close();
});

test('[WEB48] of several edits the newest is in the row, in whatever order they come; others change nothing', async () => {
  const { stage, said } = await inChat(0);
  await stage.push(record(chat, 1, { sender: ana }), record(chat, 2));
  await stage.push(record(chat, 3, { ...quiet({ type: 'edit', target: 2, text: 'second' }), ord: 2 }));
  await stage.push(record(chat, 4, { ...quiet({ type: 'edit', target: 2, text: 'third' }), ord: 2 }));
  await stage.push(record(chat, 5, { ...quiet({ type: 'edit', target: 2, text: 'not mine' }), sender: ana, ord: 2 }));
  assert.equal(said()?.text, 'third');
  await stage.close();
});

test('[WEB48] while a key is awaited the row knows what was said before, and an edit that came first is in it at once', async () => {
  let hasKey = false;
  let parts: CryptoParts | null = null;
  const crypto: Partial<CryptoProvider> = {
    start: (given) => {
      parts = given;
    },
    open: async (opening) =>
      opening.format === 'sealed' && !hasKey
        ? { body: null, reason: 'no_key', session: 's' }
        : plainCrypto.open({ ...opening, format: opening.format === 'sealed' ? 'body' : opening.format }),
  };
  const stage = await Stage.open(undefined, 1, { crypto });
  const desk = new Desk();
  desk.open(chat);
  await stage.up(desk.list());
  const late = JSON.stringify({ type: 'text', text: 'late' });
  await stage.push(record(chat, 1), record(chat, 2, { content: late, format: 'sealed' }));
  await stage.push(record(chat, 3, { ...quiet({ type: 'edit', target: 2, text: 'late, and right' }), ord: 2 }));
  const row = () => stage.conversation().snapshot;
  assert.deepEqual(
    [row().last?.type, row().last?.unreadable, row().before?.text],
    ['undecryptable', 'no_key', 'text 1'],
  );
  hasKey = true;
  (parts as CryptoParts | null)?.onKey(chat, 's');
  await settle();
  assert.deepEqual([row().last?.text, row().last?.unreadable, row().before], ['late, and right', null, null]);
  await stage.close();
});

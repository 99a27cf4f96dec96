// What a row of the list says, over a real client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, body, chat, group, quiet, record, Stage, wire } from '../../../sdk/src/client-fixture.ts';
import { plainCrypto } from '../../../sdk/src/crypto/plain.ts';
import { settle } from '../../../sdk/src/fixture.ts';
import { awaited, createLateKeys, lastLineOf, quietMs } from './last-line.ts';
import { firstNameOf } from './names.ts';
import { HandHost } from './page-fixture.ts';
import { plainText } from './rich-text.ts';

const sealed = { format: 'sealed', content: 'cannot be opened' } as const;

async function openList() {
  const stage = await Stage.open(undefined, 1, {
    crypto: {
      open: async (opening) =>
        opening.format === 'sealed' ? { body: null, reason: 'no_key', session: 's' } : plainCrypto.open(opening),
    },
  });
  stage.http.on('POST /v1/accounts/lookup', {
    items: [{ account: ben, handle: 'ben', name: 'Ben Odd', kind: 'person', created_at: '2026-11-01T00:00:00.000Z' }],
  });
  await stage.up([wire(chat), wire(group, { kind: 'group', peer: undefined as never, member_count: 3 })]);
  const late = createLateKeys(new HandHost(stage.clock));
  const rowOf = (id: typeof chat) => stage.conversation(id).snapshot;
  const line = (id = chat) => lastLineOf(stage.client, rowOf(id), late.snapshot);
  const end = async () => {
    late.close();
    await stage.close();
  };
  return { stage, late, rowOf, line, end };
}

test('[WEB48] the line has the ticks of an own message, and in groups who said it', async () => {
  const { stage, line, end } = await openList();
  assert.deepEqual(line(), { ticks: null, author: null, text: 'No messages yet' });
  await stage.push(record(chat, 1, { content: 'a *big* _boat_ and `code`' }));
  assert.deepEqual(line(), { ticks: null, author: null, text: 'a big boat and code' });
  await stage.push(record(chat, 2, { sender: ana }), record(group, 1), record(group, 2, { sender: ana }));
  assert.deepEqual(line(), { ticks: 'sent', author: null, text: 'text 2' });
  assert.deepEqual(line(group), { ticks: 'sent', author: 'You', text: 'text 2' });
  await stage.push(record(group, 3));
  await settle();
  assert.deepEqual(line(group), { ticks: null, author: firstNameOf(stage.client, ben), text: 'text 3' });
  await end();
});

test('[WEB48] polls and contacts are named, what was deleted has no ticks, and a reaction changes nothing', async () => {
  const { stage, line, end } = await openList();
  const poll = { type: 'poll', question: 'Which day?', options: ['a', 'b'], choose: 'one' };
  await stage.push(record(chat, 1, body(poll)));
  assert.equal(line().text, 'Poll: Which day?');
  await stage.push(record(chat, 2, body({ type: 'contact', account: ben })));
  assert.equal(line().text, 'Contact');
  await stage.push(record(chat, 3, { sender: ana }));
  await stage.push(record(chat, 4, { ...quiet({ type: 'reaction', target: 3, emoji: '👍' }), ord: 3 }));
  assert.deepEqual(line(), { ticks: 'sent', author: null, text: 'text 3' });
  await stage.push(record(chat, 5, { kind: 'delete', sender: ana, targets: [3], ord: 3, content: undefined as never }));
  assert.deepEqual(line(), { ticks: null, author: null, text: 'You deleted this message' });
  await end();
});

test('[WEB48] while a key is only late the line is the one before; then it says that it waits', async () => {
  const { stage, late, rowOf, line, end } = await openList();
  await stage.push(record(chat, 1), record(chat, 2, sealed));
  const id = awaited(rowOf(chat)) ?? assert.fail('nothing is awaited');
  late.expect(id);
  late.expect(id);
  await stage.clock.advance(quietMs - 1);
  assert.equal(line().text, 'text 1');
  await stage.clock.advance(1);
  assert.equal(line().text, 'Waiting for this message');
  assert.equal(late.snapshot.size, 1);
  await end();
});

test('[WEB48] with nothing before it the line is empty for as long, and a page that has ended starts no clock', async () => {
  const { stage, late, rowOf, line, end } = await openList();
  await stage.push(record(chat, 1, sealed));
  assert.equal(line().text, '');
  late.close();
  late.expect(awaited(rowOf(chat)) ?? assert.fail());
  await stage.clock.advance(quietMs);
  assert.equal(late.snapshot.size, 0);
  await end();
});

test('[WEB48] a text in one line has no marks, and loses nothing else', () => {
  assert.equal(
    plainText('*bold _both_* ~gone~ `x` https://a.example and 2 * 3'),
    'bold both gone x https://a.example and 2 * 3',
  );
  assert.equal(plainText('```\nfor (;;);\n```'), 'for (;;);');
  for (const cut of ['', '`', '``']) assert.equal(plainText(`see \`\`\`\nfor (;;);${cut}`), 'see for (;;);');
});

test('[WEB48] what is not here yet is not said to be nothing; what was cleared is', async () => {
  const stage = await Stage.open();
  const late = createLateKeys(new HandHost(stage.clock));
  const line = () => lastLineOf(stage.client, stage.conversation(chat).snapshot, late.snapshot).text;
  await stage.up([wire(chat, { head: 40, ord: 30, read: 40, read_ord: 30 })]);
  assert.equal(line(), '');
  await stage.conversation(chat).clear();
  await settle();
  assert.equal(line(), 'No messages yet');
  late.close();
  await stage.close();
});

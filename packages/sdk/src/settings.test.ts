// Settings of an account: the same on every device, shown at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxTextBytes } from '@parley/protocol/limits';
import { starKey } from '@parley/protocol/settings';
import { accountLog, ana, chat, messages, quiet, record, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';

const account = { kind: 'account', peer: undefined as never } as const;
function setting(seq: number, key: string, value: string) {
  return record(accountLog, seq, { kind: 'setting', ord: 0, key, value, sender: ana, content: undefined as never });
}

test('[SYN7] the last record of a key by seq wins, whatever order they come in, and what is on its way is shown at once', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(accountLog, account)]);
  const { settings } = stage.client;
  await settings.setReadReceipts(false);
  assert.equal(settings.snapshot.readReceipts, false);
  await settle();
  const [frame] = stage.outgoing;
  assert.deepEqual([frame?.kind, frame?.conversation_id, frame?.value], ['setting', accountLog, 'off']);
  // Another device has said the opposite before; ours comes after it.
  await stage.push(setting(1, 'privacy/read_receipts', 'on'));
  assert.equal(settings.snapshot.readReceipts, false);
  await stage.push(stage.confirm(frame as never, 2));
  assert.equal(settings.snapshot.readReceipts, false);
  await stage.push(setting(3, 'privacy/read_receipts', 'on'));
  assert.equal(settings.snapshot.readReceipts, true);
  await stage.answer(
    { type: 'sync', ref: 'late' },
    messages(accountLog, 2, 2, [setting(2, 'privacy/read_receipts', 'off')]),
  );
  assert.equal(settings.snapshot.readReceipts, true);
  await stage.close();
});

test('[SYN7] stars, hidden messages and clearing show at once, without a connection', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(accountLog, account)]);
  await stage.push(record(chat, 1), record(chat, 2), record(chat, 3));
  const timeline = stage.conversation().timeline();
  await settle();
  stage.socket.dropped();
  await stage.conversation().star(1, true);
  await stage.conversation().deleteForMe(2);
  const shown = () => timeline.snapshot.items.map((item) => [item.seq, item.starred]);
  assert.deepEqual(shown(), [
    [1, true],
    [3, false],
  ]);
  assert.deepEqual(stage.client.settings.snapshot.starred, [{ conversation: chat, seq: 1 }]);
  await stage.conversation().clear();
  assert.deepEqual(shown(), []);
  assert.equal(stage.conversation().snapshot.last, null);
  assert.equal(stage.conversation().snapshot.unread, 0);
  await stage.close();
});

test('[SYN7] a star that another device has taken back is gone once the own one is known to have come before', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(accountLog, account)]);
  await stage.push(record(chat, 1));
  await stage.conversation().star(1, true);
  const timeline = stage.conversation().timeline();
  await settle();
  const [own] = stage.outgoing;
  assert.ok(own);
  await stage.push(setting(1, `archive/${chat}`, '1'), setting(2, starKey(chat, 1), ''));
  assert.equal(timeline.snapshot.items[0]?.starred, true, 'as far as is known the own one comes last');
  await stage.push({ ...setting(1, starKey(chat, 1), '1'), id: own.id as never });
  assert.equal(timeline.snapshot.items[0]?.starred, false);
  await stage.close();
});

test('[SYN7] a conversation that was cleared elsewhere is cleared here, in the list and in the store', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(accountLog, account)]);
  await stage.push(
    record(chat, 1, { content: 'a secret' }),
    record(chat, 2, quiet({ type: 'edit', target: 1, text: 'a secret' })),
  );
  await stage.push(record(chat, 3));
  await stage.push(setting(1, `clear/${chat}`, '2'));
  assert.deepEqual(await stage.shown(), ['text 3:received']);
  for (const rows of stage.disk.tables.values()) for (const row of rows) assert.ok(!row.value.includes('secret'));
  await stage.push(setting(2, starKey(chat, 3), '1'));
  assert.equal(stage.client.settings.snapshot.starred.length, 1);
  await stage.close();
});

test('[SYN7] an old record that comes once more brings no value back that is gone since', async () => {
  const stage = await Stage.open();
  stage.http.on('GET /v1/me/settings', { items: [], has_more: false });
  await stage.up([wire(chat), wire(accountLog, { ...account, head: 5 })]);
  await stage.push(setting(2, `archive/${chat}`, '1'));
  assert.equal(stage.conversation().snapshot.archived, false);
  await stage.push(setting(6, `archive/${chat}`, '1'));
  assert.equal(stage.conversation().snapshot.archived, true);
  await stage.close();
});

test('[SYN7] what was wanted and came before a newer value is not shown any more', async () => {
  const stage = await Stage.open();
  const archived = { key: `archive/${chat}`, value: '1', seq: 5 };
  stage.http.on('GET /v1/me/settings', { items: [archived], has_more: false });
  await stage.up([wire(chat), wire(accountLog, { ...account, head: 5 })]);
  assert.equal(stage.conversation().snapshot.archived, true);
  await stage.conversation().archive(false);
  await settle();
  assert.equal(stage.conversation().snapshot.archived, false);
  const [frame] = stage.outgoing;
  await stage.push(stage.confirm(frame as never, 3));
  assert.equal(stage.conversation().snapshot.archived, true);
  await stage.close();
});

test('[CNV31] [SYN7] a message that was cleared is not pinned any more', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(accountLog, { kind: 'account' })]);
  await stage.push(record(chat, 1), record(chat, 2, quiet({ type: 'pin', target: 1, pinned: true })));
  assert.deepEqual(stage.conversation().snapshot.pinnedSeqs, [1]);
  await stage.conversation().clear();
  assert.deepEqual(stage.conversation().snapshot.pinnedSeqs, []);
  await stage.close();
});

test('[ENC246] a value of an app that would not fit when it is sealed is refused before it is kept', async () => {
  const stage = await Stage.open();
  await stage.up([wire(accountLog, { kind: 'account', peer: undefined as never })]);
  await assert.rejects(stage.client.settings.set('app/notes', 'é'.repeat(maxTextBytes / 2 + 1)), {
    code: 'setting.invalid',
  });
  assert.equal(stage.client.settings.get('app/notes'), null);
  await stage.client.settings.set('app/notes', 'é'.repeat(maxTextBytes / 2));
  assert.equal(stage.client.settings.get('app/notes')?.length, maxTextBytes / 2);
  await stage.close();
});

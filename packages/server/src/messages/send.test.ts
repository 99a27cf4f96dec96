import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlobId, blockKey, type FramesUp, limits as wire } from '@parley/protocol';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { decodeRecord } from '../sequencer/record-codec.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { ana, ben, cem, Exchange, sessionOf, settle } from './fixture.ts';
import { sealedFields } from './sealed-fixture.ts';

test('[SND1] a message is answered when the log has it for good, and not before', async () => {
  await using exchange = await Exchange.open();
  const conversation_id = await exchange.direct(ana, ben);
  const durable = Promise.withResolvers<void>();
  const append = exchange.log.append.bind(exchange.log);
  exchange.log.append = async (partition, record) => {
    await durable.promise;
    return append(partition, record);
  };
  let code: string | null = null;
  const sending = exchange.codeOf(ana, { conversation_id }).then((answer) => {
    code = answer;
  });
  await settle();
  assert.equal(code, null);
  durable.resolve();
  await sending;
  assert.equal(code, 'ok');
});

test('[SND1] a message is answered while the store takes nothing', async () => {
  const stuck = Promise.withResolvers<void>();
  const store = new MemoryStore((operation) => (operation === 'commit' ? stuck.promise : undefined));
  await using exchange = await Exchange.open({ store });
  const conversation_id = await exchange.direct(ana, ben);
  await exchange.pass(5_000);
  assert.equal(await exchange.codeOf(ana, { conversation_id }), 'ok');
  assert.equal(store.applied(), null);
  stuck.resolve();
});

test('[SND2] at hand nothing is waited for before the append, and the order of the calls is the order of the log', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  await exchange.messages.settings.of(ben);
  const before = exchange.log.end(0);
  const ids = Array.from({ length: 20 }, () => exchange.id());
  const ordered: string[] = [];
  const sent = ids.map((id) =>
    exchange.messages.frames.message(
      sessionOf(ana),
      { type: 'message', id, conversation_id: conversation, ...sealedFields(id) },
      () => ordered.push(id),
    ),
  );
  assert.equal(exchange.log.end(0), before + 20, 'all were given to the log in this very turn');
  assert.deepEqual(ordered, ids);
  await Promise.all(sent);
  await settle();
  const rows = await exchange.sequencer.rows.list('messages', { prefix: [conversation], after: [1], limit: 50 });
  assert.deepEqual(
    rows.map((row) => row.id),
    ids,
  );
});

test('[SND2] in a group nothing is waited for either', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const before = exchange.log.end(0);
  const sent = exchange.messages.frames.message(
    sessionOf(ben),
    { type: 'message', id: exchange.id(), conversation_id: group, ...sealedFields('Hi') },
    () => {},
  );
  assert.equal(exchange.log.end(0), before + 1);
  await sent;
});

test('[S2] [SND3] a stranger, and a conversation that is not there, are refused the same; who has left may not write', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const room = await exchange.make('room', [ana, ben]);
  const nowhere = accountLog(cem);
  for (const conversation_id of [group, room, nowhere])
    assert.equal(await exchange.codeOf(cem, { conversation_id }), 'conversation.denied');
  await exchange.change(group, ben, { action: 'leave' });
  await exchange.change(room, ben, { action: 'leave' });
  assert.equal(await exchange.codeOf(ben, { conversation_id: group }), 'conversation.read_only');
  assert.equal(await exchange.codeOf(ben, { conversation_id: room }), 'conversation.denied');
  assert.equal(await exchange.codeOf(ana, { conversation_id: room }), 'ok');
});

test('[SND3] a no that memory gives is looked up: who has come back may write at once', async () => {
  await using first = await Exchange.open();
  const group = await first.make('group', [ana, ben]);
  await using exchange = await first.restart();
  assert.equal(exchange.sequencer.rows.conversation(group), undefined, 'nothing of it is at hand');
  assert.equal(await exchange.codeOf(ben, { conversation_id: group }), 'ok');
  assert.equal(await exchange.codeOf(cem, { conversation_id: group }), 'conversation.denied');
});

test('[SND4] the record has the server’s time, the clamped clock of the client, and the content as it is', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.make('room', [ana, ben]);
  const said = { content: 'Grüße "\\u0000 \u{1f600}', format: 'body' } as const;
  const frame = { type: 'message', conversation_id: conversation, ...said } as const;
  const sent = await exchange.messages.frames.message(
    sessionOf(ana),
    { ...frame, timestamp: '2030-01-01T00:00:00Z', lamport: 7, first: true, mentions: [ben] },
    () => {},
  );
  assert.ok(sent.ok);
  const entry = await lastRecord(exchange);
  assert.ok(entry.type === 'message');
  assert.equal(entry.id, sent.value.id);
  assert.equal(entry.first, false, 'only a message with an id of its own can be a first attempt');
  assert.equal(entry.stamp, exchange.clock.now());
  assert.equal(entry.lamport, 7);
  const tail = JSON.parse(`{${Buffer.from(entry.tail).toString()}}`) as Record<string, unknown>;
  assert.deepEqual(tail, {
    device: sessionOf(ana).device,
    timestamp: new Date(exchange.clock.now() + wire.maxTimestampAheadMs).toISOString(),
    ...said,
    mentions: [ben],
  });
});

test('[SND5] what cannot be applied is refused before the append', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const group = await exchange.make('group', [ana, ben]);
  const room = await exchange.make('room', [ana]);
  await exchange.set(ana, 'own/a', '1');
  const own = accountLog(ana);
  const conversation_id = conversation;
  const mutedFor = (ms: number) => new Date(exchange.clock.now() + ms).toISOString();
  const cases: readonly (readonly [Partial<FramesUp['message']>, string])[] = [
    [{ conversation_id, content: '' }, 'frame.invalid'],
    [{ conversation_id: room, content: 'x'.repeat(wire.maxTextCharacters + 1) }, 'message.too_large'],
    [{ conversation_id: room, content: '語'.repeat(wire.maxTextBytes / 3 + 1) }, 'message.too_large'],
    [{ conversation_id: room, content: '語'.repeat(wire.maxTextBytes / 3 - 1) }, 'ok'],
    [{ conversation_id: room, content: 'x'.repeat(wire.maxContentBytes + 1), format: 'body' }, 'message.too_large'],
    [{ conversation_id, content: 'Hello', format: 'text' }, 'message.encrypted_only'],
    [{ conversation_id: group, content: '{}', format: 'body', kind: 'quiet' }, 'message.encrypted_only'],
    [{ conversation_id, content: 'x'.repeat(wire.maxContentBytes + 1), format: 'sealed' }, 'message.too_large'],
    [{ conversation_id, id: exchange.id(exchange.clock.now() - wire.maxMessageIdAgeMs - 1) }, 'message.too_old'],
    [{ conversation_id: group, member_n: 0 }, 'members.stale'],
    [{ conversation_id: group, member_n: 1 }, 'ok'],
    [{ conversation_id, blobs: [`b_${'0'.repeat(22)}` as BlobId] }, 'blob.unknown'],
    [{ conversation_id, kind: 'delete' }, 'frame.invalid'],
    [{ conversation_id, kind: 'timer' }, 'frame.invalid'],
    [{ conversation_id, kind: 'timer', seconds: 1 }, 'frame.invalid'],
    [{ conversation_id, kind: 'timer', seconds: 0 }, 'ok'],
    [{ conversation_id, kind: 'setting', key: 'own/a', value: '1' }, 'setting.invalid'],
    [{ conversation_id: own, kind: 'setting', key: 'own/a', value: '1' }, 'ok'],
    [{ conversation_id: own, kind: 'setting', key: `state/${group}`, value: '1.c2VhbGVk' }, 'ok'],
    [{ conversation_id: own, kind: 'setting', key: `archive/${group}`, value: '1.c2VhbGVk' }, 'setting.invalid'],
    [{ conversation_id: own, kind: 'setting', key: 'nonsense', value: '1' }, 'setting.invalid'],
    [{ conversation_id: own, kind: 'setting', key: 'privacy/presence', value: 'friends' }, 'setting.invalid'],
    [{ conversation_id: own, kind: 'setting', key: 'privacy/presence', value: '' }, 'ok'],
    [{ conversation_id: own, kind: 'setting', key: `mute/${group}`, value: mutedFor(wire.maxMutedMs) }, 'ok'],
    [
      { conversation_id: own, kind: 'setting', key: `mute/${group}`, value: mutedFor(2 * wire.maxMutedMs) },
      'setting.invalid',
    ],
    [{ conversation_id: own, kind: 'setting', key: `mute/${group}`, value: '2026-13-01T00:00:00Z' }, 'setting.invalid'],
    [{ conversation_id: own, kind: 'setting', key: `clear/${group}`, value: '9007199254740992' }, 'setting.invalid'],
    [
      { conversation_id: own, kind: 'setting', key: 'own/a', value: 'x'.repeat(wire.maxSettingValueBytes + 1) },
      'setting.invalid',
    ],
    [{ conversation_id: own, kind: 'content', content: 'Hi' }, 'conversation.read_only'],
    [{ conversation_id: own, kind: 'quiet', content: 'Hi' }, 'conversation.read_only'],
  ];
  for (const [frame, code] of cases) {
    const before = exchange.log.end(0);
    assert.equal(await exchange.codeOf(ana, frame), code, JSON.stringify(frame).slice(0, 200));
    assert.equal(exchange.log.end(0), before + (code === 'ok' ? 1 : 0));
  }
});

test('[SND6] what a blocked sender says is hidden from the other, whatever is at hand, and looks sent', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  await exchange.say(ana, conversation);
  await exchange.set(ben, blockKey(ana), '1');
  assert.equal(exchange.messages.settings.peek(ben), undefined, 'what was read before counts no more');
  await exchange.say(ana, conversation);
  assert.ok(exchange.messages.settings.peek(ben)?.blocked.has(ana));
  await exchange.say(ana, conversation);
  await exchange.say(ben, conversation);
  await exchange.set(ben, blockKey(ana), '');
  await exchange.say(ana, conversation);
  const rows = await exchange.sequencer.rows.list('messages', { prefix: [conversation], after: [1], limit: 50 });
  assert.deepEqual(
    rows.map((row) => row.hiddenFrom),
    [[], [ben], [ben], [], []],
  );
});

test('[SND6] a block that is set while the settings are being read counts', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  await exchange.set(ben, blockKey(ana), '1');
  const sending = exchange.codeOf(ana, { conversation_id: conversation });
  // Something else of the same account is heard of while its settings are on their way.
  exchange.bus.publish({ type: 'settings', account: ben });
  assert.equal(await sending, 'ok');
  await settle();
  const row = await exchange.sequencer.rows.get('messages', [conversation, 2]);
  assert.deepEqual(row?.hiddenFrom, [ben]);
});

test('[SND7] before it is accepted a stranger says three texts of 4 kB, and nothing else', async () => {
  await using exchange = await Exchange.open();
  const conversation_id = await exchange.direct(ana, ben, false);
  assert.equal(await exchange.codeOf(ana, { conversation_id, kind: 'quiet' }), 'request.limit');
  assert.equal(
    await exchange.codeOf(ana, { conversation_id, content: 'x'.repeat(wire.requestSealedBytes) }),
    'request.limit',
  );
  await exchange.say(ana, conversation_id, { content: 'é'.repeat(2_048) });
  await exchange.say(ana, conversation_id);
  await exchange.say(ana, conversation_id);
  assert.equal(await exchange.codeOf(ana, { conversation_id }), 'request.limit');
  await exchange.say(ben, conversation_id);
  assert.equal(await exchange.codeOf(ana, { conversation_id }), 'ok');
});

test('[SND8] while records are not taken nothing is appended', async () => {
  await using exchange = await Exchange.open();
  const conversation_id = await exchange.direct(ana, ben);
  const before = exchange.log.end(0);
  exchange.isClosed = true;
  await assert.rejects(exchange.codeOf(ana, { conversation_id }), { name: 'Unavailable' });
  await assert.rejects(exchange.change(conversation_id, ana, { action: 'accept' }), { name: 'Unavailable' });
  assert.equal(exchange.log.end(0), before);
});

test('[SND11] what was decided is not refused when it is sent again, whatever has changed since', async () => {
  await using exchange = await Exchange.open();
  const request = await exchange.direct(ana, ben, false);
  const group = await exchange.make('group', [ana, ben]);
  const [third, said] = [exchange.id(), exchange.id()];
  await exchange.say(ana, request);
  await exchange.say(ana, request);
  await exchange.say(ana, request, { id: third });
  await exchange.say(ben, group, { id: said });
  await exchange.change(group, ben, { action: 'leave' });
  exchange.bus.hints.length = 0;
  assert.equal(await exchange.codeOf(ana, { conversation_id: request, id: third }), 'ok');
  assert.equal(await exchange.codeOf(ben, { conversation_id: group, id: said }), 'ok');
  await settle();
  const told = exchange.bus.hints.filter((hint) => hint.type === 'envelope');
  assert.deepEqual(
    told.map(({ seq, recipients }) => [seq, recipients]),
    [
      [4, [ana]],
      [2, [ben]],
    ],
  );
  assert.equal(await exchange.codeOf(ana, { conversation_id: request }), 'request.limit');
  assert.equal(await exchange.codeOf(cem, { conversation_id: group, id: said }), 'conversation.denied');
});

async function lastRecord(exchange: Exchange) {
  const reading = exchange.log.read(0, exchange.log.end(0) - 2, new AbortController().signal);
  for await (const [entry] of reading) if (entry !== undefined) return decodeRecord(entry.record);
  throw new Error('the log is empty');
}

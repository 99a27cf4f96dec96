import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlobId, type FramesUp, limits as wire } from '@parley/protocol';
import { decodeFrameUp } from '@parley/protocol/codec';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { ana, ben, Exchange, sessionOf } from './fixture.ts';
import { Desk } from './rest-fixture.ts';
import { sealedFields } from './sealed-fixture.ts';

type Said = { readonly [K in keyof FramesUp['message']]?: FramesUp['message'][K] | undefined };

test('[SND112] [HEL11] what is missing or does not belong there is refused with the path of the field', async () => {
  await using exchange = await Exchange.open();
  const direct = { conversation_id: await exchange.direct(ana, ben) };
  const room = { conversation_id: await exchange.make('room', [ana]) };
  const sealed = { ...direct, ...sealedFields('Hi') };
  const cases: readonly (readonly [Said, string])[] = [
    [{ ...sealed, member_n: undefined }, '/member_n'],
    [{ ...sealed, keys_n: undefined }, '/keys_n'],
    [{ ...sealed, content: 'Hello' }, '/content'],
    [{ ...sealed, ...room }, '/format'],
    [room, '/content'],
    [{ ...room, kind: 'quiet' }, '/content'],
    [{ ...sealed, kind: 'quiet', blobs: [`b_${'0'.repeat(22)}` as BlobId] }, '/blobs'],
    [{ ...direct, kind: 'delete' }, '/targets'],
    [{ ...direct, kind: 'timer' }, '/seconds'],
    [{ ...direct, kind: 'timer', seconds: wire.minTimerSeconds - 1 }, '/seconds'],
  ];
  for (const [said, path] of cases) {
    const frame = { type: 'message', ...said } as FramesUp['message'];
    const answer = await exchange.messages.frames.message(sessionOf(ana), frame, () => {});
    assert.ok(!answer.ok && answer.code === 'frame.invalid', path);
    assert.equal(answer.details?.path, path, JSON.stringify(said));
    assert.match(String(answer.details?.detail), /.{10}/);
  }
  for (const kind of ['content', 'quiet', 'delete']) {
    const empty = decodeFrameUp(JSON.stringify({ type: 'message', ...room, kind, targets: [1], content: '' }));
    assert.ok(!empty.ok && empty.path === '/content', 'the schema says what is refused');
  }
});

test('[SND112] over REST the same', async () => {
  await using desk = await Desk.open();
  const params = { conversation_id: await desk.befriend(ana, ben) };
  const body = { content: 'Hello', format: 'sealed', member_n: 1, keys_n: 0 } as const;
  const { keys_n, ...without } = body;
  assert.equal(keys_n, 0);
  for (const [said, path] of [[body, '/content'] as const, [without, '/keys_n'] as const]) {
    const answer = await desk.call('createMessage', ana, { params, body: said });
    assert.ok(!answer.ok && answer.code === 'frame.invalid');
    assert.equal(answer.details?.path, path);
  }
});

test('[SND112] a setting that is refused says whether conversation, key or value is wrong, and what there is', async () => {
  await using exchange = await Exchange.open();
  const conversation_id = await exchange.direct(ana, ben);
  await exchange.set(ana, 'own/a', '1');
  const own = accountLog(ana);
  const cases: readonly (readonly [Said, string, RegExp])[] = [
    [{ conversation_id, key: 'own/a', value: '1' }, '/conversation_id', /account_log/],
    [{ key: 'nonsense', value: '1' }, '/key', /privacy\/presence.*own\//],
    [{ value: '1' }, '/key', /privacy/],
    [{ key: 'own/a' }, '/value', /empty/],
    [{ key: 'privacy/presence', value: 'friends' }, '/value', /everyone, contacts, nobody/],
    [{ key: 'privacy/read_receipts', value: '1' }, '/value', /on, off/],
    [{ key: `clear/${conversation_id}`, value: 'x' }, '/value', /seq/],
    [{ key: `mute/${conversation_id}`, value: 'for ever' }, '/value', /RFC 3339/],
    [{ key: `top/${conversation_id}`, value: 'yes' }, '/value', /^1$/],
    [{ key: 'own/a', value: 'x'.repeat(wire.maxSettingValueBytes + 1) }, '/value', /bytes/],
  ];
  for (const [said, path, detail] of cases) {
    const frame = { type: 'message', kind: 'setting', conversation_id: own, ...said } as FramesUp['message'];
    const answer = await exchange.messages.frames.message(sessionOf(ana), frame, () => {});
    assert.ok(!answer.ok && answer.code === 'setting.invalid', JSON.stringify(said).slice(0, 100));
    assert.equal(answer.details?.path, path);
    assert.match(String(answer.details?.detail), detail);
  }
});

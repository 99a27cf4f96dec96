import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, DeviceId, InviteId, MessageId, SignedEntry } from '@parley/protocol';
import { entryActions, memberActions } from '@parley/protocol';
import fc from 'fast-check';
import type { Change, LogRecord } from './record.ts';
import {
  DamagedRecord,
  decodeRecord,
  encodeMessage,
  encodeRecord,
  NewerVersion,
  recordVersion,
} from './record-codec.ts';

const short = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const account = short.map((text) => `a_${text}` as AccountId);
const whole = fc.maxSafeNat();
const addressed = fc.record({
  conversation: short.map((text) => `c_${text}` as ConversationId),
  sender: account,
  id: fc.uuid({ version: 7 }).map((text) => text as MessageId),
  lamport: whole,
  stamp: whole,
  first: fc.boolean(),
  tail: fc.uint8Array({ maxLength: 300 }),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    action: fc.constant('create' as const),
    kind: fc.constantFrom('direct', 'group', 'room', 'account'),
    members: fc.array(account, { maxLength: 5 }),
    title: fc.string({ unit: 'grapheme' }),
    topic: fc.string({ unit: 'grapheme' }),
    access: fc.constantFrom('open', 'invite'),
    history: fc.constantFrom('none', 'all'),
    contact: fc.boolean(),
  }),
  fc.record({
    action: fc.constant('add' as const),
    subject: account,
    role: fc.constantFrom('owner', 'admin', 'member'),
  }),
  fc.record({ action: fc.constant('leave' as const) }),
  fc.record({
    action: fc.constant('invite' as const),
    inviteId: short.map((text) => `i_${text}` as InviteId),
    secretHash: fc.string(),
    expiresAt: fc.option(whole),
    uses: fc.option(whole),
  }),
);
const keyed = fc.record({ account, key: fc.string({ unit: 'grapheme' }) }, { noNullPrototype: true });
const signed: fc.Arbitrary<SignedEntry> = fc
  .record(
    {
      n: whole,
      actor: account,
      action: fc.constantFrom(...entryActions),
      members: fc.array(keyed, { maxLength: 3 }),
    },
    { noNullPrototype: true },
  )
  .map((entry) => ({ entry, signatures: { device: 'd', master: 'm' } }));
const record: fc.Arbitrary<LogRecord> = fc.oneof(
  addressed.map((part): LogRecord => ({ ...message, ...part })),
  fc
    .tuple(addressed, fc.array(account, { maxLength: 3 }))
    .map(([part, hiddenFrom]): LogRecord => ({ ...message, ...part, hiddenFrom })),
  fc
    .tuple(addressed, fc.array(whole, { minLength: 1, maxLength: 16 }))
    .map(([part, targets]): LogRecord => ({ ...message, ...part, kind: 'delete', targets })),
  fc.tuple(addressed, whole).map(([part, seconds]): LogRecord => ({ ...message, ...part, kind: 'timer', seconds })),
  fc
    .tuple(addressed, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    .map(([part, key, value]): LogRecord => ({ ...message, ...part, kind: 'setting', key, value })),
  fc.tuple(addressed, fc.option(short), change, fc.option(signed)).map(
    ([part, device, asked, entry]): LogRecord => ({
      type: 'members',
      ...part,
      device: device === null ? null : (`d_${device}` as DeviceId),
      change: asked,
      ...(entry !== null && { entry }),
    }),
  ),
  fc.record({ type: fc.constant('control' as const), control: fc.constantFrom('epoch', 'version'), value: whole }),
);
const message = {
  type: 'message' as const,
  kind: 'content' as const,
  hiddenFrom: [],
  targets: [],
  seconds: 0,
  key: '',
  value: '',
};

/** Bytes and nothing of Buffer, so that records can be compared. */
function plain(decoded: LogRecord): LogRecord {
  if (decoded.type === 'control') return { ...decoded };
  const tail = new Uint8Array(decoded.tail);
  return decoded.type === 'message' ? { ...decoded, tail } : { ...decoded, tail, change: { ...decoded.change } };
}

test('[SEQ1] [MEM5] every record comes back from its bytes as it was, whatever the tail holds', () => {
  fc.assert(
    fc.property(record, (original) => {
      assert.deepEqual(plain(decodeRecord(encodeRecord(original))), plain(original));
      assert.deepEqual(plain(decodeRecord(new Uint8Array(encodeRecord(original)))), plain(original));
    }),
  );
});

test('[MEM5] a record that was written before there were entries is read as it was', () => {
  const id = '01980000-0000-7000-8000-000000000001' as MessageId;
  const before = { type: 'members', conversation: `c_${'C'.repeat(22)}`, sender: `a_${'A'.repeat(22)}`, id } as const;
  const written =
    '0102000140080000000000004090000000000000' +
    '18635f4343434343434343434343434343434343434343434318615f41414141414141414141414141414141414141414141' +
    '2430313938303030302d303030302d373030302d383030302d303030303030303030303031' +
    '18645f44444444444444444444444444444444444444444444' +
    '000000127b22616374696f6e223a226c65617665227d22783a31';
  const decoded = decodeRecord(Buffer.from(written, 'hex'));
  assert.deepEqual(
    { ...decoded, tail: Buffer.from(decoded.type === 'control' ? [] : decoded.tail).toString() },
    {
      ...before,
      lamport: 3,
      stamp: 1024,
      first: true,
      device: `d_${'D'.repeat(22)}`,
      change: { action: 'leave' },
      tail: '"x:1',
    },
  );
});

test('[SEQ1] the tail of a decoded record is a view of the same bytes', () => {
  const bytes = encodeRecord({ ...sample, tail: Buffer.from('"content":"x"') });
  const decoded = decodeRecord(bytes);
  assert.ok(decoded.type === 'message' && decoded.tail.buffer === bytes.buffer);
});

test('[SEQ2] a record of a newer version stops the reader with advice, whatever follows the version', () => {
  const bytes = Uint8Array.of(recordVersion + 1, 9, 9);
  assert.throws(
    () => decodeRecord(bytes),
    (error) => error instanceof NewerVersion && /newer program/.test(error.message),
  );
});

test('[SEQ3] damaged bytes are a DamagedRecord, with the identity where it could be read', () => {
  const bytes = encodeRecord({ ...sample, kind: 'delete', targets: [1, 2] });
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), (length) => {
      try {
        decodeRecord(bytes.subarray(0, length));
        assert.fail('a cut record was accepted');
      } catch (error) {
        assert.ok(error instanceof DamagedRecord);
        assert.equal(error.identity?.id ?? sample.id, sample.id);
        assert.equal(error.identity === null, length < 20 + 25 + 25 + 37);
      }
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      noise[0] = recordVersion;
      try {
        decodeRecord(noise);
      } catch (error) {
        assert.ok(error instanceof DamagedRecord);
      }
    }),
  );
});

test('[SEQ3] a change that nobody knows is damage with an identity', () => {
  const bytes = encodeRecord({
    type: 'members',
    conversation: sample.conversation,
    sender: sample.sender,
    id: sample.id,
    lamport: 1,
    stamp: 1,
    first: true,
    device: null,
    tail: new Uint8Array(0),
    change: { action: 'leave' },
  });
  const at = Buffer.from(bytes).indexOf('leave');
  bytes.set(Buffer.from('laeve'), at);
  assert.throws(
    () => decodeRecord(bytes),
    (error) => error instanceof DamagedRecord && error.identity?.sender === sample.sender,
  );
  assert.ok(memberActions.includes('leave'));
});

const sample = {
  ...message,
  conversation: `c_${'C'.repeat(22)}` as ConversationId,
  sender: `a_${'A'.repeat(22)}` as AccountId,
  id: '01980000-0000-7000-8000-000000000001' as MessageId,
  lamport: 7,
  stamp: 1000,
  first: false,
  tail: new Uint8Array(0),
};

test('[SEQ1] a message whose tail is a text becomes the same bytes as one whose tail is that text in UTF-8', () => {
  fc.assert(
    fc.property(addressed, fc.string({ unit: 'grapheme' }), (part, tail) => {
      const head = { ...message, ...part };
      assert.deepEqual(encodeMessage(head, tail), encodeRecord({ ...head, tail: Buffer.from(tail) }));
    }),
  );
});

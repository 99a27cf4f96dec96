import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import { Envelope } from '@parley/protocol';
import fc from 'fast-check';
import { Check } from 'typebox/value';
import type { MessageRow } from '../store/store.ts';
import { encodeEnvelope } from './envelope.ts';
import { rfc3339 } from './rfc3339.ts';

const row: MessageRow = {
  conversation: `c_${'C'.repeat(22)}` as ConversationId,
  seq: 42,
  ord: 40,
  id: '01980000-0000-7000-8000-000000000001' as MessageId,
  sender: `a_${'A'.repeat(22)}` as AccountId,
  kind: 'content',
  lamport: 99,
  memberN: 3,
  time: Date.UTC(2026, 10, 25, 9, 0, 0, 7),
  expiresAt: null,
  deletedBy: null,
  hiddenFrom: [],
  request: false,
  tail: Buffer.from('"timestamp":"2026-11-25T09:00:00.000Z","content":"Grüße 👋 \\"\\n"'),
};

function decoded(value: MessageRow): Record<string, unknown> {
  return JSON.parse(Buffer.from(encodeEnvelope(value)).toString('utf8')) as Record<string, unknown>;
}

test('[SEQ4] an envelope is its header and the tail byte for byte, and satisfies the schema', () => {
  const frame = decoded(row);
  assert.ok(Check(Envelope, frame));
  assert.deepEqual(frame, {
    type: 'message',
    conversation_id: row.conversation,
    seq: 42,
    ord: 40,
    id: row.id,
    sender: row.sender,
    kind: 'content',
    lamport: 99,
    stored_at: '2026-11-25T09:00:00.007Z',
    member_n: 3,
    timestamp: '2026-11-25T09:00:00.000Z',
    content: 'Grüße 👋 "\n',
  });
});

test('[SEQ4] an envelope says when it expires and that it was a request', () => {
  const frame = decoded({ ...row, expiresAt: row.time + 60_000, request: true });
  assert.ok(Check(Envelope, frame));
  assert.equal(frame.expires_at, '2026-11-25T09:01:00.007Z');
  assert.equal(frame.request, true);
});

test('[SEQ5] the envelope of a blanked row names the delete, or 0 when it expired, and has no content', () => {
  for (const deletedBy of [0, 50]) {
    const frame = decoded({ ...row, deletedBy, tail: new Uint8Array(0) });
    assert.ok(Check(Envelope, frame));
    assert.equal(frame.deleted_by, deletedBy);
    assert.equal(frame.content, undefined);
    assert.equal(frame.timestamp, frame.stored_at);
  }
});

test('[SEQ4] times are RFC 3339 in UTC with milliseconds, in any year', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (time) => {
      assert.equal(rfc3339(time), new Date(time).toISOString());
      assert.equal(rfc3339(time), new Date(time).toISOString());
    }),
  );
});

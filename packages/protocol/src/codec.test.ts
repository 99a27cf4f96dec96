// The codec against everything that a stranger may write on a socket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeFrameUp, encodeFrame } from './codec.ts';
import { type FrameUp, framesDown, framesUp } from './frame.ts';
import { idFromBytes, uuid7FromBytes, uuid7Time } from './id-bytes.ts';
import * as limits from './limits.ts';
import { type Route, routes } from './routes.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const conversation = bytes(16).map((b) => idFromBytes('c', b));
const account = bytes(16).map((b) => idFromBytes('a', b));
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const messageId = fc.tuple(time, bytes(10)).map(([t, b]) => uuid7FromBytes(t, b));

const message = fc.record(
  {
    type: fc.constant('message'),
    conversation_id: conversation,
    ref: fc.string({ minLength: 1, maxLength: 64 }),
    id: messageId,
    content: fc.string({ minLength: 1, maxLength: 2_000, unit: 'grapheme' }),
    lamport: fc.maxSafeNat(),
    first: fc.boolean(),
    mentions: fc.array(account, { maxLength: limits.maxMentions }),
  },
  { requiredKeys: ['type', 'conversation_id'] },
);
const frame = fc.oneof(
  message,
  fc.record({ type: fc.constantFrom('received', 'read'), conversation_id: conversation, seq: fc.integer({ min: 1 }) }),
  fc.record({ type: fc.constant('typing'), conversation_id: conversation }),
  fc.record({ type: fc.constant('watch'), accounts: fc.array(account, { maxLength: 20 }) }),
  fc.record({
    type: fc.constant('hello'),
    protocol: fc.constant(1),
    token: fc.string({ minLength: 1, maxLength: 128 }),
  }),
  fc.record({
    type: fc.constant('sync'),
    ref: fc.constant('1'),
    conversation_id: conversation,
    after: fc.maxSafeNat(),
  }),
) as fc.Arbitrary<FrameUp>;

test('[PRT1] every frame survives encoding and decoding', () => {
  fc.assert(
    fc.property(frame, (sent) => {
      const decoded = decodeFrameUp(encodeFrame(sent));
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.frame, JSON.parse(JSON.stringify(sent)));
    }),
  );
});

test('[PRT2] unknown fields are ignored, unknown types are refused', () => {
  assert.ok(decodeFrameUp('{"type":"heartbeat","mood":"fine"}').ok);
  const refused = decodeFrameUp('{"type":"constructor","ref":"7"}');
  assert.deepEqual(refused, { ok: false, code: 'frame.unknown', ref: '7' });
});

test('[PRT3] what is not an object is malformed, whatever it is', () => {
  for (const text of ['', '{', '[]', 'null', '1', '"x"', '{"a":1}}', '\u0000', '{"type":}', '[{"type":"heartbeat"}]']) {
    assert.deepEqual(decodeFrameUp(text), { ok: false, code: 'frame.malformed' }, text);
  }
  fc.assert(fc.property(fc.string(), (text) => void decodeFrameUp(text)));
});

test('[PRT3] nesting deeper than 32 is malformed, brackets in strings do not count', () => {
  const deep = (n: number) => `{"type":"heartbeat","x":${'['.repeat(n)}${']'.repeat(n)}}`;
  assert.ok(decodeFrameUp(deep(limits.maxJsonDepth - 1)).ok);
  assert.equal(decodeFrameUp(deep(limits.maxJsonDepth)).ok, false);
  assert.equal(decodeFrameUp(deep(30_000)).ok, false);
  assert.ok(decodeFrameUp(`{"type":"heartbeat","x":"${'\\"[{'.repeat(500)}"}`).ok);
});

test('[PRT4] a wrong field is named and the ref comes back', () => {
  const id = uuid7FromBytes(1, new Uint8Array(10));
  const refused = decodeFrameUp(`{"type":"message","ref":"9","id":"${id}","conversation_id":"c_short"}`);
  assert.deepEqual(refused, { ok: false, code: 'frame.invalid', ref: '9', id, path: '/conversation_id' });
  assert.deepEqual(decodeFrameUp(`{"type":"received","conversation_id":"${idFromBytes('c', new Uint8Array(16))}"}`), {
    ok: false,
    code: 'frame.invalid',
    path: '/seq',
  });
  for (const lamport of ['-1', '1.5', '1e309', '9007199254740993', '"1"', 'null', '[]']) {
    const text = `{"type":"message","conversation_id":"${idFromBytes('c', new Uint8Array(16))}","lamport":${lamport}}`;
    const answer = decodeFrameUp(text);
    assert.equal(answer.ok, false, lamport);
  }
});

test('[PRT7] a message id carries its time and sorts by it', () => {
  fc.assert(
    fc.property(time, time, bytes(10), bytes(10), (a, b, x, y) => {
      const [first, second] = [uuid7FromBytes(a, x), uuid7FromBytes(b, y)];
      assert.equal(uuid7Time(first), a);
      if (a < b) assert.ok(first < second);
    }),
  );
});

test('[PRT8] every string, array and integer of every frame, route and query is bounded', () => {
  for (const [type, schema] of Object.entries({ ...framesUp, ...framesDown })) checkBounds(schema, type);
  for (const [name, route] of Object.entries<Route>(routes))
    for (const part of ['params', 'query', 'body', 'result'] as const)
      checkBounds(route[part] ?? {}, `${name} ${part}`);
});

function checkBounds(schema: object, path: string): void {
  const { type, properties = {}, items, ...rest } = schema as Readonly<Record<string, unknown>>;
  if (type === 'string') assert.ok(rest.maxLength ?? rest.enum ?? rest.pattern ?? rest.const, path);
  if (type === 'integer' || type === 'number') assert.ok(Number(rest.maximum) <= limits.maxInteger, path);
  if (type === 'array') assert.ok(rest.maxItems !== undefined, path);
  for (const [name, part] of Object.entries(properties as Record<string, object>)) checkBounds(part, `${path}/${name}`);
  if (items !== undefined) checkBounds(items as object, `${path}/items`);
  for (const part of ['anyOf', 'oneOf', 'allOf'])
    for (const each of (rest[part] ?? []) as readonly object[]) checkBounds(each, `${path}/${part}`);
}

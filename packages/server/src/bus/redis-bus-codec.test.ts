import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import fc from 'fast-check';
import type { Hint, Topic } from './bus.ts';
import { hintOfEachKind } from './bus-fixture.ts';
import { BusMessageWriter, decodeBusMessage } from './redis-bus-codec.ts';

/** A plain object. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true });
const anId = <Id extends string>(prefix: string) =>
  fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/).map((rest) => `${prefix}${rest}` as Id);
const anAccount = anId<AccountId>('a_');
const accounts = fc.array(anAccount, { maxLength: 8 });
const conversation = anId<ConversationId>('c_');
const device = anId<DeviceId>('d_');
const count = fc.maxSafeNat();
const frame = fc.uint8Array({ maxLength: 3_000 });
const topic: fc.Arbitrary<Topic> = fc.oneof(
  anAccount.map((id): Topic => `account:${id}`),
  anAccount.map((id): Topic => `presence:${id}`),
  conversation.map((id): Topic => `room:${id}`),
);
const mark = record({ conversation, account: anAccount, delivered: count, read: count, change: count });
const after = record({ ord: count, lamport: count, time: count, offset: count });
const verdict = fc.oneof(
  record({ state: fc.constant('accepted' as const), seq: count, repeat: fc.boolean() }),
  record({ state: fc.constant('rejected' as const), code: anId<string>(''), repeat: fc.boolean() }),
);
const of = <Type extends Hint['type']>(type: Type) => fc.constant(type);

const aHint: fc.Arbitrary<Hint> = fc.oneof(
  record({
    ...{ type: of('envelope'), conversation, seq: count, memberN: count, sender: anAccount, counts: fc.boolean() },
    ...{ recipients: fc.option(accounts), joined: accounts, left: accounts, after: fc.option(after), frame },
  }),
  record({ type: of('verdict'), conversation, sender: anAccount, id: anId<MessageId>(''), verdict }),
  record({ type: of('accounts'), accounts, frame, droppable: fc.boolean() }),
  record({ type: of('changed'), accounts }),
  record({ type: of('marks'), conversation, accounts, mark: fc.option(mark) }),
  record({ type: of('typing'), conversation, sender: anAccount, recipients: fc.option(accounts), frame }),
  record({ type: of('presence'), account: anAccount }),
  record({ type: of('to_device'), accounts, devices: fc.array(device, { maxLength: 8 }) }),
  record({ type: of('keys') }),
  record({ type: of('settings'), account: anAccount }),
  record({ type: of('revoked'), device }),
  record({ type: of('revoked'), device, disabled: fc.constant(true as const) }),
  record({
    type: of('stored'),
    accounts: fc.option(accounts),
    room: fc.option(conversation),
    withinMs: fc.integer({ min: 0, max: 2 ** 40 }),
    stands: fc.array(record({ conversation, seq: count }), { maxLength: 8 }),
  }),
  record({ type: of('resync'), topics: fc.option(fc.array(topic, { maxLength: 8 })) }),
);

/** Whom a hint names, as the writer is given them. */
function namedBy(hint: Hint): readonly AccountId[] {
  if (hint.type === 'envelope' || hint.type === 'typing') return hint.recipients ?? [];
  return ('accounts' in hint ? hint.accounts : null) ?? [];
}

const head = { publisher: '0123456789abcdef', n: 7, isLate: false, isLast: false };

function encoded(hints: readonly Hint[], changes: Partial<typeof head> = {}): Uint8Array {
  const writer = new BusMessageWriter();
  for (const hint of hints) writer.add(hint, namedBy(hint));
  return writer.finish({ ...head, ...changes });
}

/** Views of a buffer compare by their bytes. */
const comparable = (hint: Hint): unknown => ({ ...hint, ...('frame' in hint && { frame: [...hint.frame] }) });

test('[BUS12] hints come back as they were, in their order, with who says them and their number', () => {
  const flags = record({ n: fc.integer({ min: 1, max: 2 ** 50 }), isLate: fc.boolean(), isLast: fc.boolean() });
  fc.assert(
    fc.property(fc.array(aHint, { maxLength: 12 }), flags, (hints, changes) => {
      const message = decodeBusMessage(encoded(hints, changes));
      assert.ok(message !== null);
      assert.deepEqual(message.hints.map(comparable), hints.map(comparable));
      assert.deepEqual({ ...message, hints: [] }, { ...head, ...changes, hints: [] });
    }),
  );
});

test('[BUS12] only those of the accounts are named that the other node has', () => {
  const [one, other] = ['a_1', 'a_2'] as [AccountId, AccountId];
  const about = { one, other, room: 'c_1' as ConversationId, device: 'd_1' as DeviceId };
  for (const hint of hintOfEachKind(about)) {
    if (namedBy(hint).length === 0) continue;
    const writer = new BusMessageWriter();
    writer.add(hint, [other]);
    const [found] = decodeBusMessage(writer.finish(head))?.hints ?? [];
    assert.ok(found);
    assert.deepEqual(namedBy(found), [other], hint.type);
  }
});

test('[BUS12] a hint of a later program is skipped, a message of one is told apart, and so is any other garbage', () => {
  const bytes = Buffer.from(encoded([{ type: 'keys' }, { type: 'keys' }]));
  const later = Buffer.from(bytes);
  later[30] = 99;
  assert.deepEqual(decodeBusMessage(later)?.hints, [{ type: 'keys' }]);
  const newer = Buffer.from(bytes);
  newer[0] = 2;
  assert.equal(decodeBusMessage(newer), null);
  assert.equal(decodeBusMessage(bytes.subarray(0, bytes.length - 1)), null);
  fc.assert(
    fc.property(
      fc.array(aHint, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
      (hints, at, value) => {
        const damaged = Buffer.from(encoded(hints));
        damaged[at % damaged.length] = value;
        const message = decodeBusMessage(damaged);
        assert.ok(message === null || Array.isArray(message.hints));
      },
    ),
  );
});

test('[BUS12] what a writer gathers for the next message leaves the one before as it was', () => {
  const writer = new BusMessageWriter();
  const hints: Hint[] = Array.from({ length: 300 }, (_, n) => ({ type: 'settings', account: `a_${n}` as AccountId }));
  for (const hint of hints) writer.add(hint, []);
  const first = writer.finish(head);
  assert.equal(writer.isEmpty, true);
  writer.add({ type: 'keys' }, []);
  const second = writer.finish({ ...head, n: 8 });
  assert.deepEqual(decodeBusMessage(first)?.hints, hints);
  assert.deepEqual(decodeBusMessage(second)?.hints, [{ type: 'keys' }]);
});

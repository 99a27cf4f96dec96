// Who answers what, over the whole server of messages: the order that everybody gets never contradicts it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId, MessageId } from '@parley/protocol';
import fc from 'fast-check';
import { ana, ben, cem, Exchange, sessionOf, settle } from './fixture.ts';
import { inShape } from './sealed-fixture.ts';

const people = [ana, ben, cem];

interface Said {
  readonly id: MessageId;
  readonly device: string;
  readonly answers: MessageId | null;
}

/** What several devices say before any of them hears of the others; each answers something that it has seen, or nothing. */
const round = fc.array(
  fc.record({ who: fc.nat(2), device: fc.integer({ min: 1, max: 2 }), answers: fc.option(fc.nat(100)) }),
  { minLength: 1, maxLength: 6 },
);

async function hold(
  exchange: Exchange,
  conversation: ConversationId,
  rounds: readonly (typeof round extends fc.Arbitrary<infer R> ? R : never)[],
) {
  const said: Said[] = [];
  for (const messages of rounds) {
    const seen = await exchange.sequencer.rows.list('messages', { prefix: [conversation], limit: 1_000 });
    const sending = messages.map(({ who, device, answers }) => {
      const session = sessionOf(people[who] ?? ana, device);
      const target = answers === null || seen.length === 0 ? null : seen[answers % seen.length];
      const id = exchange.id();
      said.push({ id, device: `${who} ${device}`, answers: target?.id ?? null });
      const lamport = Math.max(0, ...seen.map((row) => row.lamport));
      const frame = { type: 'message', conversation_id: conversation, id, lamport, content: `text ${id}` } as const;
      const { kind } = exchange.sequencer.rows.conversation(conversation) ?? {};
      return exchange.messages.frames.message(session, inShape(kind, frame), () => {});
    });
    for (const sent of await Promise.all(sending)) assert.ok(sent.ok);
    await settle();
    exchange.clock.advance(1_000);
  }
  return said;
}

test('[R4] [ORD3] a reply follows what it answers, and one device’s messages keep the order in which they were written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('group', 'room'),
      async (rounds, kind) => {
        await using exchange = await Exchange.open();
        const conversation = await exchange.make(kind, people);
        const said = await hold(exchange, conversation, rounds);
        const rows = await exchange.sequencer.rows.list('messages', { prefix: [conversation], limit: 1_000 });
        const at = new Map(rows.map((row) => [row.id, row]));
        const last = new Map<string, number>();
        for (const { id, device, answers } of said) {
          const row = at.get(id);
          assert.ok(row, 'what had its tick is there');
          if (answers !== null) {
            const target = at.get(answers);
            assert.ok(target && row.seq > target.seq && row.lamport > target.lamport);
          }
          assert.ok(row.seq > (last.get(device) ?? 0), `the order of device ${device}`);
          last.set(device, row.seq);
        }
      },
    ),
    { numRuns: 60 },
  );
});

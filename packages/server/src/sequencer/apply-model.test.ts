// `apply` against a model that keeps everything and counts from the beginning each time: slow, and plain enough to be
// believed. The sequencer beside it commits, forgets and starts again at random.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, Role, SignedEntry } from '@parley/protocol';
import fc from 'fast-check';
import { accountLog, directConversation, madeConversation } from './conversation-ids.ts';
import { entryHash } from './entry-hash.ts';
import { type Chat, Model } from './model-fixture.ts';
import type { Change, MembersRecord, MessageRecord } from './record.ts';
import { accountOf, creation, members, message, messageOf, Stage } from './stage.ts';

const people = [1, 2, 3, 4].map(accountOf);
const [ana, ben, cem] = people as [AccountId, AccountId, AccountId];
const groupId = messageOf(1);
const roomId = messageOf(2);
const places = {
  direct: directConversation(ana, ben),
  notes: directConversation(cem, cem),
  group: madeConversation('group', ana, groupId),
  room: madeConversation('room', ana, roomId),
  log: accountLog(ana),
};
const founding: readonly MembersRecord[] = [
  members(places.direct, ana, messageOf(3), creation('direct', [ana, ben])),
  members(places.notes, cem, messageOf(4), creation('direct', [cem])),
  members(places.group, ana, groupId, creation('group', [ana, ben])),
  members(places.room, ana, roomId, { ...creation('room', [ana]), title: 'Tea', access: 'open' }),
  members(places.log, ana, messageOf(5), creation('account', [ana])),
];

const who = fc.constantFrom(...people);
const where = fc.constantFrom(...Object.values(places), places.group, places.room, places.room);
const role = fc.constantFrom<Role>('owner', 'admin', 'member');
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ action: fc.constant('add' as const), subject: who, role }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('role' as const), subject: who, role }) },
  fc.record({ action: fc.constant('remove' as const), subject: who }),
  fc.constant({ action: 'leave' as const }),
  fc.constant({ action: 'accept' as const }),
  fc.record({ action: fc.constant('join' as const), inviteHash: fc.constantFrom('', '', 'h1', 'h2') }),
  fc.record({
    action: fc.constant('invite' as const),
    inviteId: fc.constantFrom('i_1' as never, 'i_2' as never, 'i_3' as never),
    secretHash: fc.constantFrom('h1', 'h2'),
    expiresAt: fc.constantFrom(null, Date.UTC(2026, 10, 27)),
    uses: fc.constantFrom(null, 1, 2),
  }),
);
const said = fc.record({
  kind: fc.constantFrom<MessageRecord['kind']>('content', 'content', 'content', 'quiet', 'delete', 'timer', 'setting'),
  targets: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
  seconds: fc.constantFrom(0, 60),
  key: fc.constantFrom('k1', 'k2'),
  value: fc.constantFrom('', 'v'),
  lamport: fc.oneof(fc.nat({ max: 50 }), fc.maxSafeNat()),
});
const step = fc.record({
  where,
  who,
  what: fc.oneof({ weight: 3, arbitrary: said }, { weight: 2, arbitrary: change }),
  /** In the group: bring the change as an entry of one's own, for the list of now or for the one before. */
  signed: fc.constantFrom(null, 0, 0, -1),
  /** Say an earlier one again instead. */
  again: fc.option(fc.nat({ max: 200 }), { freq: 5 }),
  afterMs: fc.constantFrom(0, 1, 1_000, 3_600_000, 86_400_000),
  afterwards: fc.constantFrom('go on', 'go on', 'go on', 'commit', 'restart'),
});

function recordOf(
  n: number,
  { where: conversation, who: sender, what }: { where: ConversationId; who: AccountId; what: object },
) {
  const id = messageOf(1000 + n);
  return 'action' in what
    ? members(conversation, sender, id, what as Change)
    : message(conversation, sender, id, what as Partial<MessageRecord>);
}

test('[MEM1] [SEQ6] apply agrees with a model that counts everything from the beginning', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const model = new Model();
      let stage = new Stage();
      const log: (MessageRecord | MembersRecord)[] = [];
      const say = async (record: MessageRecord | MembersRecord, afterMs: number): Promise<void> => {
        log.push(record);
        const verdict = await stage.apply(record, afterMs);
        const shown = verdict.state === 'accepted' ? String(verdict.seq) : verdict.code;
        assert.equal(verdict.repeat ? `${shown} again` : shown, model.apply(record, stage.time));
      };
      for (const record of founding) await say(record, 1);
      for (const [n, one] of steps.entries()) {
        const earlier = one.again === null ? undefined : log[one.again % log.length];
        await say(earlier ?? (await withEntry(stage, recordOf(n, one), one.signed)), one.afterMs);
        if (one.afterwards !== 'go on') await stage.commit();
        if (one.afterwards === 'restart') stage = stage.restart();
      }
      for (const [conversation, chat] of model.chats) await compare(stage, conversation, chat);
    }),
    { numRuns: 150 },
  );
});

/** The record with its change as an entry, for the newest list or one so far behind it. */
async function withEntry(
  stage: Stage,
  record: MessageRecord | MembersRecord,
  behind: number | null,
): Promise<MessageRecord | MembersRecord> {
  const { conversation, sender: actor } = record;
  if (record.type !== 'members' || conversation !== places.group || behind === null) return record;
  const state = await stage.overlay.get('conversations', [conversation]);
  const { memberN = 0, head: prev = '' } = state ?? {};
  // What it says is not looked at: that was checked before the append.
  const entry = { conversation, n: memberN + 1 + behind, prev, actor, action: 'leave' } as const;
  return { ...record, entry: { entry } };
}

/** Nobody brought it along, or it is as it was brought. */
async function compareEntries(stage: Stage, conversation: ConversationId, { entries, said }: Chat): Promise<void> {
  const rows = await stage.overlay.list('entries', { prefix: [conversation], limit: 1_000 });
  let head = '';
  for (const [at, row] of rows.entries()) {
    const { entry } = JSON.parse(row.text) as SignedEntry;
    const record = said[row.seq - 1]?.record;
    const brought = record?.type === 'members' ? record.entry : undefined;
    assert.deepEqual([row.n, row.seq], [at + 1, entries[at]?.seq]);
    assert.equal(at === 0 ? '' : entry.prev, head);
    if (brought !== undefined) assert.deepEqual(entry, brought.entry);
    else assert.deepEqual([entry.n, entry.actor, entry.action], [at + 1, entries[at]?.actor, entries[at]?.action]);
    head = entryHash(entry);
  }
  assert.equal(rows.length, entries.length);
  const state = await stage.overlay.get('conversations', [conversation]);
  assert.deepEqual(
    state?.kind === 'group' ? [state.memberN, state.head] : state?.head,
    entries.length > 0 ? [rows.length, head] : '',
  );
}

async function compare(stage: Stage, conversation: ConversationId, chat: Chat): Promise<void> {
  await compareEntries(stage, conversation, chat);
  const rows = await stage.overlay.list('messages', { prefix: [conversation], limit: 1_000 });
  assert.deepEqual(
    rows.map((row) => [row.seq, row.id, row.ord, row.lamport, row.deletedBy, row.expiresAt, row.request]),
    chat.said.map((one, i) => [
      i + 1,
      one.record.id,
      one.ord,
      one.lamport,
      one.deletedBy,
      one.record.type === 'message' && one.record.kind === 'content' && one.timer > 0
        ? one.time + one.timer * 1000
        : null,
      one.request,
    ]),
  );
  for (const row of rows) assert.equal(row.tail.length === 0, row.deletedBy !== null);
  const intervals = await stage.overlay.list('members', { prefix: [conversation], limit: 1_000 });
  const sorted = [...chat.intervals].sort((a, b) =>
    a.account === b.account ? a.joined - b.joined : a.account < b.account ? -1 : 1,
  );
  assert.deepEqual(
    intervals.map((row) => [row.account, row.joinedSeq, row.leftSeq, row.role]),
    sorted.map(({ account, joined, left, role: as }) => [account, joined, left, as]),
  );
  const state = await stage.overlay.get('conversations', [conversation]);
  assert.equal(state?.seq, chat.said.length);
  assert.equal(state?.accepted, chat.accepted);
  assert.equal(state?.memberCount, chat.intervals.filter(({ left }) => left === null).length);
  if (state?.members !== null)
    for (const account of people)
      assert.equal(
        state?.members.get(account)?.role,
        chat.intervals.find((one) => one.account === account && one.left === null)?.role,
      );
}

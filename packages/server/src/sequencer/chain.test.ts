import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, MembershipEntry, SignedEntry } from '@parley/protocol';
import { entryHash, groupOf } from './entry-hash.ts';
import type { Change } from './record.ts';
import { accountOf, creation, members, messageOf, Stage } from './stage.ts';

const [ana, ben, cem, dia] = [accountOf(1), accountOf(2), accountOf(3), accountOf(4)];
const link = { action: 'invite', inviteId: 'i_1' as never, secretHash: 'h', expiresAt: 9e12, uses: 3 } as const;

async function entriesOf(stage: Stage, conversation: ConversationId): Promise<readonly SignedEntry[]> {
  const rows = await stage.overlay.list('entries', { prefix: [conversation], limit: 100 });
  return rows.map(({ text }) => JSON.parse(text) as SignedEntry);
}

/** What the entries say beside their place and their actor. */
async function deedsOf(stage: Stage, conversation: ConversationId): Promise<readonly object[]> {
  return (await entriesOf(stage, conversation)).slice(1).map(({ entry }) => {
    const { conversation: _conversation, n: _n, prev: _prev, actor: _actor, ...deed } = entry;
    return deed;
  });
}

test('[MEM4] what nobody signed is put down as what was changed, without keys and signatures', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben], { invited: [{ account: cem }] });
  for (const [actor, change] of [
    [cem, { action: 'join', inviteHash: '' }],
    [ana, { action: 'role', subject: cem, role: 'admin' }],
    [cem, { action: 'settings', history: 'all' }],
    [cem, { ...link, approval: true }],
    [dia, { action: 'knock', inviteHash: 'h' }],
    [cem, { action: 'refuse', subject: dia }],
    [cem, { action: 'revoke_invite', inviteId: link.inviteId }],
    [ana, { action: 'remove', subject: ben }],
    [ana, { action: 'ask', subject: ben, role: 'member', hidden: true }],
    [ana, { action: 'withdraw', subject: ben }],
    [ana, { action: 'add', subject: ben, role: 'member' }],
    [ana, { action: 'leave' }],
    [ben, { action: 'remove', subject: ben }],
  ] as const satisfies readonly (readonly [AccountId, Change])[])
    assert.equal((await stage.change(group, actor, change)).state, 'accepted', change.action);
  const [first] = await entriesOf(stage, group);
  const id = messageOf(1);
  assert.deepEqual(first, {
    entry: { n: 1, actor: ana, id, action: 'create', members: [{ account: ben }], invited: [{ account: cem }] },
  });
  assert.deepEqual(await deedsOf(stage, group), [
    { action: 'join' },
    { action: 'role', subject: cem, role: 'admin' },
    { action: 'link', expires_at: 9e12, uses: 3, approval: true },
    { action: 'knock' },
    { action: 'refuse', subject: dia },
    { action: 'end_link' },
    { action: 'remove', subject: ben },
    { action: 'ask', subject: ben, role: 'member' },
    { action: 'withdraw', subject: ben },
    { action: 'add', subject: ben, role: 'member' },
    { action: 'leave' },
    { action: 'leave' },
  ]);
});

test('[MEM1] rooms, direct conversations and account logs have no entries, and their links no version', async () => {
  const stage = new Stage();
  const room = await stage.make('room', [ana], { access: 'open', title: 'Tea' });
  const direct = await stage.direct(ana, ben);
  await stage.change(room, ben, { action: 'join', inviteHash: '' });
  await stage.change(room, ana, link);
  for (const conversation of [room, direct]) {
    assert.deepEqual(await entriesOf(stage, conversation), []);
    assert.equal(stage.state(conversation).head, '');
  }
  assert.equal(stage.state(room).memberN, 2);
  const signed = { entry: { n: 3, actor: ana, action: 'leave' } } as const;
  const verdict = await stage.apply({ ...members(room, ana, stage.id(), { action: 'leave' }), entry: signed });
  assert.deepEqual(verdict, { state: 'rejected', code: 'frame.invalid', repeat: false });
});

function genesis(more: Partial<MembershipEntry> = {}): SignedEntry {
  return { entry: { n: 1, actor: ana, action: 'create', id: messageOf(7), members: [{ account: ben }], ...more } };
}

test('[MEM3] a group that was signed has the id of its first entry, and no other', async () => {
  const stage = new Stage();
  const change = creation('group', [ana, ben]);
  const found = (conversation: ConversationId, entry: SignedEntry) =>
    stage.apply({ ...members(conversation, ana, stage.id(), change), entry });
  const denied = { state: 'rejected', code: 'conversation.denied', repeat: false };
  assert.deepEqual(await found(groupOf(genesis({ invited: [] }).entry), genesis()), denied);
  const group = groupOf(genesis().entry);
  assert.equal((await found(group, genesis())).state, 'accepted');
  assert.deepEqual([stage.state(group).memberN, stage.state(group).head], [1, entryHash(genesis().entry)]);
  assert.deepEqual(await found(group, genesis()), { state: 'accepted', seq: 1, repeat: true });
  assert.equal((await entriesOf(stage, group)).length, 1);
  const late = genesis({ n: 2 });
  const stale = { state: 'rejected', code: 'members.stale', repeat: false };
  assert.deepEqual(await found(groupOf(late.entry), late), stale);
});

test('[MEM2] of two entries for the same list the first counts; the other is stale, whatever happens later', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  const { memberN, head: prev } = stage.state(group);
  const entryOf = (actor: AccountId): SignedEntry => ({
    entry: { conversation: group, n: memberN + 1, prev, actor, action: 'leave' },
  });
  const leave = (actor: AccountId, id = stage.id()) =>
    ({ ...members(group, actor, id, { action: 'leave' }), entry: entryOf(actor) }) as const;
  const late = leave(ana);
  assert.equal((await stage.apply(leave(ben))).state, 'accepted');
  const [, row] = await stage.overlay.list('messages', { prefix: [group], limit: 10 });
  assert.deepEqual(await stage.apply(late), { state: 'rejected', code: 'members.stale', repeat: false });
  await stage.commit();
  assert.deepEqual(await stage.apply(late), { state: 'rejected', code: 'members.stale', repeat: true });
  assert.equal(stage.state(group).seq, 2);
  const shown = Buffer.from(row?.tail ?? []).toString();
  assert.ok(shown.endsWith(`"change":{"action":"leave"},"entry":${JSON.stringify(entryOf(ben))}`), shown);
});

test('[MEM31] an entry by which somebody invited comes over a link is refused where entries are applied, too', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana], { invited: [{ account: cem }] });
  await stage.change(group, ana, link);
  const coming = (inviteHash: string) => {
    const { memberN, head: prev } = stage.state(group);
    const entry = { conversation: group, n: memberN + 1, prev, actor: cem, action: 'join' } as const;
    return stage.apply({ ...members(group, cem, stage.id(), { action: 'join', inviteHash }), entry: { entry } });
  };
  assert.deepEqual(await coming('h'), { state: 'rejected', code: 'members.conflict', repeat: false });
  assert.equal((await coming('')).state, 'accepted');
  assert.equal(stage.state(group).invites[0]?.usesLeft, 3);
});

test('[SEQ14] entries come in the order of their numbers, from the layers and from the store', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  for (let n = 0; n < 9; n++) {
    if (n === 4) await stage.commit();
    await stage.change(group, ana, { action: 'add', subject: ben, role: 'member' });
    await stage.change(group, ana, { action: 'remove', subject: ben });
  }
  const entries = await stage.overlay.list('entries', { prefix: [group], after: [1], limit: 12 });
  assert.deepEqual(
    entries.map(({ n }) => n),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
  );
  assert.equal((await stage.overlay.get('entries', [group, 19]))?.n, 19);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { groupOf } from '../sequencer/entry-hash.ts';
import { accountOf } from '../sequencer/stage.ts';
import { firstEntry, newestOf, signedBy, signedEntry } from './entry-fixture.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';

async function opened() {
  const desk = await Desk.open();
  await desk.befriend(ana, ben);
  return { desk, a: desk.people.publish(ana), b: desk.people.publish(ben) };
}

test('[MEM3] the same first entry is the same group; another one is another', async () => {
  const { desk, a, b } = await opened();
  await using _ = desk;
  const first = { id: desk.id(), members: [{ account: ben, key: b.master.key }], invited: [{ account: cem }] };
  const entry = firstEntry(a, first);
  const body = { kind: 'group', entry, history: 'all' } as const;
  const made = await desk.get('createConversation', ana, { body });
  assert.equal(made.conversation_id, groupOf(entry.entry));
  assert.deepEqual([made.member_n, made.member_head], [1, newestOf(made.conversation_id, entry).head]);
  assert.deepEqual([made.role, made.member_count], ['owner', 2]);
  const { length } = desk;
  assert.deepEqual(await desk.get('createConversation', ana, { body }), made);
  assert.equal(desk.length, length);
  const other = await desk.get('createConversation', ana, {
    body: { kind: 'group', entry: firstEntry(a, { ...first, invited: [] }) },
  });
  assert.notEqual(other.conversation_id, made.conversation_id);
  const params = { conversation_id: made.conversation_id };
  const { items } = await desk.get('listEntries', ben, { params });
  assert.deepEqual(items, [{ seq: 1, ...entry }]);
  assert.equal((await desk.get('getConversation', cem, { params })).membership, 'invited');
});

test('[MEM3] two devices that make it at once make one', async () => {
  const { desk, a } = await opened();
  await using _ = desk;
  const body = { kind: 'group', entry: firstEntry(a, { id: desk.id() }) } as const;
  const make = () => desk.get('createConversation', ana, { body });
  const [one, two] = await Promise.all([make(), make()]);
  assert.equal(one.conversation_id, two.conversation_id);
  assert.equal(one.head, 1);
});

test('[MEM9] founders are those whom the creator may add; who is not is named, so that it can be asked', async () => {
  const { desk, a } = await opened();
  await using _ = desk;
  desk.missing.add(dia);
  const make = (members: readonly (typeof ana)[], invited: readonly (typeof ana)[] = []) => {
    const keyless = (accounts: readonly (typeof ana)[]) => accounts.map((account) => ({ account }));
    const entry = firstEntry(a, { id: desk.id(), members: keyless(members), invited: keyless(invited) });
    return desk.call('createConversation', ana, { body: { kind: 'group', entry } });
  };
  const refused = (code: string, path: string) => ({ ok: false, code, details: { path: `/entry/entry/${path}` } });
  const { length } = desk;
  assert.deepEqual(await make([ben, cem]), refused('members.ask', 'members/1'));
  assert.deepEqual(await make([dia]), refused('account.unknown', 'members/0'));
  assert.deepEqual(await make([ben], [cem, dia]), refused('account.unknown', 'invited/1'));
  assert.deepEqual(await make([ben], [ben]), refused('frame.invalid', 'members'));
  assert.deepEqual(await make([ana]), refused('frame.invalid', 'members'));
  const many = Array.from({ length: wire.maxFoundingMembers }, (_, n) => accountOf(1_000 + n));
  assert.deepEqual(await make([ben], many), refused('frame.invalid', 'members'));
  const strangers = many.slice(0, wire.newPeoplePerDay + 1);
  assert.deepEqual(await make([ben], strangers), { ok: false, code: 'request.limit' });
  assert.equal(desk.length, length);
  assert.ok((await make([ben], strangers.slice(1))).ok);
  assert.deepEqual(await make([ben], [cem]), { ok: false, code: 'request.limit' });
});

test("[MEM7] [MEM8] a first entry is the creator's, signed, number one, and stands alone", async () => {
  const { desk, a, b } = await opened();
  await using _ = desk;
  const good = firstEntry(a, { id: desk.id(), members: [], invited: [] });
  const code = (entry: typeof good, more: object = {}) =>
    desk.code('createConversation', ana, { body: { kind: 'group', entry, ...more } });
  const { length } = desk;
  for (const field of [{ n: 2 }, { prev: 'A'.repeat(43) }, { subject: ben }, { actor: ben }])
    assert.equal(await code(signedBy(a, { ...good.entry, ...field })), 'frame.invalid');
  const { id: _id, ...nameless } = good.entry;
  assert.equal(await code(signedBy(a, nameless)), 'frame.invalid');
  assert.equal(await code(good, { members: [ben] }), 'frame.invalid');
  assert.equal(await code(good, { id: desk.id() }), 'frame.invalid');
  assert.equal(await code(good, { kind: 'room', title: 'Tea' }), 'frame.invalid');
  const later = signedEntry(a, newestOf(groupOf(good.entry), good), { action: 'leave' });
  assert.equal(await code(later), 'frame.invalid');
  assert.equal(await code(signedBy({ ...a, deviceKey: b.deviceKey }, good.entry)), 'members.unsigned');
  const wrongKey = { ...good.entry, members: [{ account: ben, key: a.master.key }] };
  assert.equal(await code(signedBy(a, wrongKey)), 'members.stale');
  desk.guests.add(ana);
  assert.equal(await code(good), 'account.guest');
  assert.equal(desk.length, length);
});

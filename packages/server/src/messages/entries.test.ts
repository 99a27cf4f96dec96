import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationId, limits as wire } from '@parley/protocol';
import { accountOf, deviceOf } from '../sequencer/stage.ts';
import { signedBy } from './entry-fixture.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';
import { SignedGroup } from './signed-group-fixture.ts';

const at = (conversation_id: ConversationId) => ({ params: { conversation_id } });

/** Ana and Ben, who have an identity and let anybody add them, in a group of Ana's. */
async function opened() {
  const desk = await Desk.open();
  for (const account of [ana, ben]) await desk.set(account, 'privacy/add', 'everyone');
  const [a, b] = [desk.people.publish(ana), desk.people.publish(ben)];
  const group = await SignedGroup.found(desk, a, { members: [{ account: ben, key: b.master.key }] });
  return { desk, a, b, group };
}

test('[MEM6] members read every entry in its place, page by page; others read none', async () => {
  const { desk, a, b, group } = await opened();
  await using _ = desk;
  const role = { action: 'role', subject: ben } as const;
  for (let n = 0; n < 6; n++)
    assert.equal(await group.change(a, { ...role, role: n % 2 === 0 ? 'admin' : 'member' }), 'ok');
  const whole = await desk.get('listEntries', ben, at(group.id));
  assert.deepEqual(
    whole.items.map(({ entry, seq }) => [entry.n, seq]),
    [1, 2, 3, 4, 5, 6, 7].map((n) => [n, n]),
  );
  assert.equal(whole.has_more, false);
  assert.deepEqual(whole.items[3]?.entry.actor_key, a.master.key);
  const page = await desk.get('listEntries', ana, { ...at(group.id), query: { after: 2, limit: 3 } });
  assert.deepEqual(page, { items: whole.items.slice(2, 5), has_more: true });
  const last = await desk.get('listEntries', ana, { ...at(group.id), query: { after: 5, limit: 2 } });
  assert.deepEqual(last, { items: whole.items.slice(5), has_more: false });
  assert.equal(await desk.in('listEntries', cem, group.id), 'conversation.denied');
  assert.equal(await group.change(b, { action: 'leave' }), 'ok');
  assert.equal(await desk.in('listEntries', ben, group.id), 'conversation.denied');
});

test('[MEM6] who is in, is invited or waits is told number and hash of the newest entry; the record carries its own', async () => {
  const { desk, a, group } = await opened();
  await using _ = desk;
  const told = async (account = ana) => {
    const { member_n, member_head } = await desk.get('getConversation', account, at(group.id));
    return { n: member_n, head: member_head };
  };
  const ask = group.entry(a, { action: 'ask', subject: cem, role: 'member' });
  assert.equal(await group.append(a, ask), 'ok');
  const { n, head } = group.newest;
  assert.deepEqual(
    [await told(ana), await told(cem)],
    [
      { n, head },
      { n, head },
    ],
  );
  const { items } = await desk.get('listMessages', ben, at(group.id));
  assert.deepEqual(items.at(-1)?.entry, ask);
  const c = desk.people.publish(cem);
  assert.equal(await group.change(c, { action: 'join' }), 'ok');
  assert.equal(await group.change(c, { action: 'leave' }), 'ok');
  assert.equal((await told(cem)).head, undefined, 'who has left is told no more');
  assert.equal(await group.change(a, { action: 'ask', subject: cem, role: 'member' }), 'ok');
  assert.deepEqual(await told(cem), { n: group.newest.n, head: group.newest.head }, 'until it is asked again');
  const other = await desk.get('createConversation', cem, { body: { kind: 'direct', account: ana } });
  assert.equal(other.member_head, undefined);
});

test('[MEM7] an entry has the fields of its action and no others, is of the caller, its device and this group', async () => {
  const { desk, a, b, group } = await opened();
  await using _ = desk;
  const other = await SignedGroup.found(desk, a);
  const good = group.entry(a, { action: 'remove', subject: ben }).entry;
  const before = desk.length;
  for (const [field, value] of [
    ['subject', undefined],
    ['actor_key', undefined],
    ['device', undefined],
    ['conversation', undefined],
    ['role', 'admin'],
    ['uses', 1],
    ['id', desk.id()],
    ['link_key', a.master.key],
    ['action', 'create'],
    ['action', 'role'],
    ['actor', ben],
    ['device', deviceOf(2)],
    ['subject', ana],
    ['conversation', other.id],
  ] as const) {
    const { [field]: _field, ...rest } = good;
    const entry = { ...rest, ...(value !== undefined && { [field]: value }) } as typeof good;
    assert.equal(await group.append(a, signedBy(a, entry)), 'frame.invalid', `${field} ${value}`);
  }
  assert.equal(await other.append(a, group.entry(a, { action: 'remove', subject: ben })), 'frame.invalid');
  assert.equal(await group.append(b, group.entry(a, { action: 'leave' })), 'frame.invalid');
  assert.equal(desk.length, before);
});

test('[MEM8] an entry counts only with both signatures, by the device and the identity that its author has now', async () => {
  const { desk, a, b, group } = await opened();
  await using _ = desk;
  const signed = group.entry(a, { action: 'remove', subject: ben });
  const { entry, signatures } = signed;
  const before = desk.length;
  const refused = async (more: object, code = 'members.unsigned') =>
    assert.equal(await group.append(a, { ...signed, ...more }), code);
  await refused({ signatures: undefined });
  await refused({ signatures: { ...signatures, device: signatures.master } });
  await refused({ signatures: { ...signatures, master: signatures.device } });
  await refused({ signatures: { ...signatures, link: signatures.device } });
  await refused(signedBy({ ...a, master: b.master }, entry));
  await refused(signedBy({ ...a, master: b.master }, { ...entry, actor_key: b.master.key }));
  await refused({ entry: { ...entry, subject: cem } });
  const c = { ...desk.people.publish(cem), account: dia };
  assert.equal(await group.change(c, { action: 'join' }), 'members.unsigned', 'dia has no identity');
  desk.people.publish(ana, 90);
  await refused({});
  assert.equal(desk.length, before);
});

test('[MEM8] a key of somebody else in an entry is the one of now', async () => {
  const { desk, a, b, group } = await opened();
  await using _ = desk;
  await desk.set(cem, 'privacy/add', 'everyone');
  const c = desk.people.publish(cem);
  const add = { action: 'add', subject: cem, role: 'member' } as const;
  assert.equal(await group.change(a, { ...add, subject_key: b.master.key }), 'members.stale');
  assert.equal(await group.change(a, { ...add, subject_key: c.master.key }), 'ok');
  assert.equal(await group.change(a, { action: 'remove', subject: cem }), 'ok');
  assert.equal(await group.change(a, add), 'ok', 'the author may know none');
});

test('[MEM2] [MEM10] the same entry again gets its first outcome; another for the same list is stale for ever', async () => {
  const { desk, a, b, group } = await opened();
  await using _ = desk;
  const entries = [
    group.entry(a, { action: 'role', subject: ben, role: 'admin' }),
    group.entry(b, { action: 'leave' }),
  ] as const;
  const appendBoth = () =>
    Promise.all(
      entries.map((entry) => desk.call('appendEntry', entry.entry.actor, { ...at(group.id), body: { entry } })),
    );
  const outcomes = await appendBoth();
  const won = outcomes.filter(({ ok }) => ok);
  assert.deepEqual(won, [{ ok: true, value: { n: 2, seq: 2 } }]);
  assert.deepEqual(
    outcomes.filter(({ ok }) => !ok),
    [{ ok: false, code: 'members.stale' }],
  );
  const { length } = desk;
  assert.deepEqual(await appendBoth(), outcomes);
  desk.people.publish(ana, 90);
  desk.people.publish(ben, 93);
  const again = (await appendBoth()).filter(({ ok }) => ok);
  assert.deepEqual(again, won, 'also when their identities are others by now');
  assert.equal(desk.length, length);
  assert.equal((await desk.get('listEntries', ana, at(group.id))).items.length, 2);
});

test('[MEM9] who may be added is added, others are asked; each role does what it may over the old routes', async () => {
  const { desk, a, b, group } = await opened();
  await using _ = desk;
  await desk.befriend(ana, dia);
  desk.guests.add(accountOf(5));
  await desk.set(cem, `block/${ana}`, '1');
  const { items } = await desk.get('findWays', ana, {
    body: { accounts: [ben, cem, dia, accountOf(5), accountOf(6), ana] },
  });
  assert.deepEqual(
    items.map(({ way }) => way),
    ['add', 'ask', 'add', 'none', 'ask', 'none'],
  );
  const add = (subject: typeof ana) => ({ action: 'add', subject, role: 'member' }) as const;
  const ask = (subject: typeof ana) => ({ ...add(subject), action: 'ask' }) as const;
  assert.equal(await group.change(b, add(dia)), 'conversation.role');
  assert.equal(await group.change(a, { ...add(dia), role: 'owner' }), 'conversation.role');
  assert.equal(await group.change(a, add(ben)), 'members.conflict');
  assert.equal(await group.change(a, add(accountOf(5))), 'account.unknown');
  assert.equal(await group.change(a, add(cem)), 'members.ask');
  assert.equal(await group.change(a, ask(cem)), 'ok', 'who has blocked her is asked like anybody');
  assert.equal(await group.change(a, ask(cem)), 'members.conflict');
  const c = desk.people.publish(cem);
  assert.equal(await group.change(c, { action: 'join' }), 'conversation.denied', 'and is told of nothing');
  assert.equal(await group.change(a, { action: 'withdraw', subject: cem }), 'ok');
  assert.equal(await group.change(a, add(dia)), 'ok');
  const d = desk.people.publish(dia);
  assert.equal(await group.change(a, { action: 'role', subject: dia, role: 'admin' }), 'ok');
  assert.equal(await group.change(d, { action: 'remove', subject: ana }), 'conversation.role');
  assert.equal(await group.change(d, { action: 'remove', subject: cem }), 'members.conflict');
  assert.equal(await group.change(a, { action: 'leave' }), 'ok');
  assert.equal((await desk.get('getConversation', dia, at(group.id))).role, 'owner');
  assert.equal(await group.change(a, { action: 'leave' }), 'conversation.denied');
});

test('[MEM9] an invitation counts as a stranger of this day', async () => {
  const { desk, a, group } = await opened();
  await using _ = desk;
  const stranger = (n: number) => ({ action: 'ask', subject: accountOf(100 + n), role: 'member' }) as const;
  for (let n = 0; n < wire.newPeoplePerDay; n++) assert.equal(await group.change(a, stranger(n)), 'ok');
  assert.equal(await group.change(a, stranger(99)), 'request.limit');
});

test('[MEM7] a direct conversation, a room and what does not exist take no entries', async () => {
  const { desk, a, group } = await opened();
  await using _ = desk;
  const room = await desk.make('room', [ana]);
  const direct = await desk.befriend(ana, ben);
  for (const conversation of [room, direct, group.id.replace(/.$/, 'A') as ConversationId]) {
    const entry = signedBy(a, { ...group.entry(a, { action: 'leave' }).entry, conversation });
    assert.equal(await desk.in('appendEntry', ana, conversation, { body: { entry } }), 'conversation.denied');
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits as wire } from '@parley/protocol';
import { secretHash } from '../accounts/tokens.ts';
import { defaultInviteMs } from '../kernel/limits.ts';
import { madeConversation } from '../sequencer/conversation-ids.ts';
import { accountOf } from '../sequencer/stage.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';

type Body = { readonly max_uses?: number; readonly expires_in_ms?: number };

function link(desk: Desk, conversation: ConversationId, body: Body = {}) {
  return desk.get('createConversationInvite', ana, { params: { conversation_id: conversation }, body });
}

async function follow(desk: Desk, account: AccountId, secret: string): Promise<string> {
  const followed = await desk.accounts.acceptInvite(account, secret);
  return followed.ok ? 'ok' : followed.code;
}

test('[CNV30] people come in by a link until its uses are up; who is in already spends none', async () => {
  for (const kind of ['group', 'room'] as const) {
    await using desk = await Desk.open();
    const conversation = await desk.make(kind, [ana]);
    const { secret, uses_left } = await link(desk, conversation, { max_uses: 2 });
    assert.equal(uses_left, 2);
    assert.deepEqual(await desk.accounts.acceptInvite(ben, secret), {
      ok: true,
      value: { conversation_id: conversation },
    });
    for (const account of [ben, ana]) assert.equal(await follow(desk, account, secret), 'ok', 'again');
    const { items } = await desk.get('listConversationInvites', ana, { params: { conversation_id: conversation } });
    assert.deepEqual(
      items.map((each) => each.uses_left),
      [1],
    );
    assert.equal(await follow(desk, cem, secret), 'ok');
    assert.equal(await follow(desk, dia, secret), 'invite.invalid');
    const page = await desk.get('listMembers', ana, { params: { conversation_id: conversation } });
    assert.deepEqual(
      page.items.map(({ account }) => account),
      [ana, ben, cem],
    );
  }
});

test('[CNV30] two who take the last use at once: one comes in', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const { secret } = await link(desk, group, { max_uses: 1 });
  const codes = await Promise.all([ben, cem].map((account) => follow(desk, account, secret)));
  assert.deepEqual(codes.sort(), ['invite.invalid', 'ok']);
});

test('[CNV30] a link ends at its time, a week after it was made unless said otherwise', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const short = await link(desk, group, { expires_in_ms: 60_000 });
  const week = await link(desk, group);
  assert.equal(Date.parse(week.expires_at ?? '') - desk.clock.now(), defaultInviteMs);
  assert.equal(week.uses_left, wire.maxInviteUses);
  desk.clock.advance(59_999);
  assert.equal(await follow(desk, ben, short.secret), 'ok');
  desk.clock.advance(1);
  assert.equal(await follow(desk, cem, short.secret), 'invite.invalid');
  const { items } = await desk.get('listConversationInvites', ana, { params: { conversation_id: group } });
  assert.deepEqual(
    items.map(({ invite_id }) => invite_id),
    [week.invite_id],
    'the one that ended is not listed',
  );
  assert.equal(await follow(desk, cem, week.secret), 'ok');
});

test('[CNV30] ended, revoked, used up and made-up secrets are one answer, and nothing is written', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const revoked = await link(desk, group);
  const used = await link(desk, group, { max_uses: 1 });
  const ended = await link(desk, group, { expires_in_ms: 60_000 });
  await desk.in('revokeConversationInvite', ana, group, { invite: revoked.invite_id });
  assert.equal(await follow(desk, ben, used.secret), 'ok');
  desk.clock.advance(60_000);
  const [bits] = used.secret.split('.').slice(1);
  const records = desk.length;
  for (const secret of [
    revoked.secret,
    used.secret,
    ended.secret,
    `${group}.${'x'.repeat(43)}`,
    `${madeConversation('group', dia, desk.id())}.${bits}`,
    `${group}.`,
    'a made-up secret',
    '',
  ]) {
    assert.deepEqual(await desk.accounts.acceptInvite(cem, secret), { ok: false, code: 'invite.invalid' });
    assert.equal(await desk.accounts.inspectInvite(secret), null);
  }
  assert.equal(desk.length, records);
});

test('[CNV30] looking at a link says who invites, and the title of a room only; it uses nothing up', async () => {
  await using desk = await Desk.open();
  const room = await desk.make('room', [ana], { title: 'Tea' });
  const group = await desk.make('group', [ana]);
  const into = await link(desk, room, { max_uses: 1 });
  for (let n = 0; n < 3; n++)
    assert.deepEqual(await desk.accounts.inspectInvite(into.secret), { inviter: ana, title: 'Tea' });
  assert.deepEqual(await desk.accounts.inspectInvite((await link(desk, group)).secret), { inviter: ana });
  assert.equal(await follow(desk, ben, into.secret), 'ok');
});

test('[CNV30] the secret is in no row and no record: only its hash is', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana, ben]);
  const { secret } = await link(desk, group);
  await follow(desk, cem, secret);
  const bits = secret.split('.')[1] ?? '';
  assert.equal(Buffer.from(bits, 'base64url').length, 32);
  const pages = desk.log.read(0, -1, new AbortController().signal);
  const first = await pages[Symbol.asyncIterator]().next();
  const records = first.done ? [] : first.value.map(({ record }) => Buffer.from(record).toString());
  assert.equal(records.length, desk.length);
  assert.ok(records.some((record) => record.includes(secretHash(secret))));
  assert.ok(records.every((record) => !record.includes(bits)));
  const { items } = await desk.get('listMessages', ben, { params: { conversation_id: group } });
  const { items: links } = await desk.get('listConversationInvites', ana, { params: { conversation_id: group } });
  for (const shown of [items, links]) {
    assert.ok(!JSON.stringify(shown).includes(bits));
    assert.ok(!JSON.stringify(shown).includes(secretHash(secret)));
  }
});

test('[CNV10] a conversation has at most 50 open links; a revoked one makes room', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const links = [];
  for (let n = 0; n < wire.maxInvitesPerConversation; n++) links.push(await link(desk, group));
  const another = () => desk.in('createConversationInvite', ana, group, { body: {} });
  assert.equal(await another(), 'invite.too_many');
  const [one] = links;
  assert.equal(await desk.in('revokeConversationInvite', ana, group, { invite: one?.invite_id }), 'ok');
  assert.equal(await desk.in('revokeConversationInvite', ana, group, { invite: one?.invite_id }), 'not_found');
  assert.equal(await another(), 'ok');
});

test('[CNV26] a link leads nobody in who is in too many conversations, and keeps its use', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const { secret } = await link(desk, group, { max_uses: 1 });
  const rows = Array.from({ length: wire.maxConversationsPerAccount }, (_, n) => ({
    table: 'memberships' as const,
    row: { account: ben, conversation: madeConversation('group', dia, `${n}` as never), left: false },
  }));
  await desk.store.commit(rows, null);
  assert.equal(await follow(desk, ben, secret), 'conversation.too_many');
  assert.equal(await follow(desk, cem, secret), 'ok');
});

test('[CNV7] a full group takes nobody by a link either', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const links = [await link(desk, group), await link(desk, group)];
  for (let n = 0; n < wire.maxGroupMembers - 1; n++)
    assert.equal(await follow(desk, accountOf(1_000 + n), links[n % 2]?.secret ?? ''), 'ok');
  assert.equal(await follow(desk, ben, links[0]?.secret ?? ''), 'conversation.full');
});

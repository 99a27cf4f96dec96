// Lies about who is in a group and what they are there, told to pages one after the other: those of
// tests/encryption/hostile-members.test.ts and hostile-lists.test.ts. After each the page is told the truth, and what it
// said meanwhile is read.
import assert from 'node:assert/strict';
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import { claims, entriesOf, keepsBack, lists, signedBy, takesApart } from '../encryption/list-liar.ts';
import {
  joinLies,
  type ListLie,
  linkLies,
  otherBeginning,
  outLie,
  ownRankLie,
  rankLies,
  returnLies,
  tells,
} from '../encryption/member-lies.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { heals, meet, type Victim, victim, waits, waitsAndHeals } from './hostile-people.ts';
import { seen } from './live.ts';

/** Ana's group with Ben, who has a page, and her friends in Node. */
interface Group {
  readonly ana: Friend;
  readonly ben: Victim;
  readonly mal: Friend;
  readonly eve: Friend;
  readonly id: ConversationId;
  readonly chat: ConversationId;
  readonly ofAna: Conversation;
}

/** Everything of it, in one life of a page. */
export async function lieOfRanks(place: ChromiumPlace): Promise<void> {
  const group = await garden(place);
  await ranks(group);
  await ownRank(group);
  await returns(group);
  await links(group);
  await joins(group);
  await out(group);
  const cleo = await victim(place, 'rank.cleo');
  await newcomer(group, cleo);
  await beginnings(group, cleo);
  await parts(group, cleo);
}

async function garden(place: ChromiumPlace): Promise<Group> {
  const ben = await victim(place, 'rank.ben');
  const ana = await friend(place, 'rank.ana');
  const [mal, eve] = [await friend(place, 'rank.mal'), await friend(place, 'rank.eve')];
  const chat = await meet(ana.device, ben.device, 'rank.ben');
  const ofAna = await ana.client.createGroup('Garden', [ben.account]);
  await ofAna.members.add(mal.account);
  await ben.device.counts(ofAna.id, 3);
  await mal.device.belongs(ofAna.id, true);
  await ben.device.say(ofAna.id, ['hello']);
  await ana.device.ends(ofAna.id, ['hello']);
  return { ana, ben, mal, eve, id: ofAna.id, chat, ofAna };
}

async function listOf({ ana, id }: Group) {
  return { group: id, owner: ana.account, entries: await entriesOf(ana, { id }) };
}

/** Ben is told so: it is shown, what he says waits, and the ghost is what they were, then and afterwards. */
async function told(group: Group, ghost: Friend, lie: ListLie): Promise<void> {
  const { ben, id, chat, ana } = group;
  const before = await ben.device.role(id, ghost.account);
  tells(ben, id, lie);
  await ben.device.faults(id, 'any');
  assert.equal(await ben.device.role(id, ghost.account), before);
  texts += 1;
  const text = `what is this ${texts}?`;
  // Whoever is in the group gets what is said there.
  const other = before === null ? ghost : group.eve;
  await waitsAndHeals(ben, { group: id, elsewhere: chat, reader: ana, ghost: other }, text);
  assert.equal(await ben.device.role(id, ghost.account), before);
}
/** Every question is another one. */
let texts = 0;

async function ranks(group: Group): Promise<void> {
  const { mal, eve, id, ben } = group;
  const ofMal = await conversationOf(mal, id);
  const own = await signedBy(mal, { id }, () => ofMal.members.setRole(mal.account, 'admin'));
  const lies = await rankLies(await listOf(group), { member: mal.account, brought: eve.account, own });
  for (const lie of Object.values(lies)) {
    await told(group, mal, lie);
    assert.equal(await ben.device.role(id, eve.account), null);
  }
}

async function ownRank(group: Group): Promise<void> {
  const { ben, ana, id, chat } = group;
  await claims(ben, { id }, { role: 'admin' });
  await ben.device.say(chat, ['am I?']);
  assert.equal((await ben.device.standing(id)).role, 'member');
  tells(ben, id, await ownRankLie(await listOf(group), ben.account));
  await ben.device.faults(id, 'any');
  assert.equal((await ben.device.standing(id)).role, 'member');
  await ben.device.writes(id, 'am I here?');
  heals(ben);
  await ana.device.ends(id, ['am I here?']);
  assert.equal((await ben.device.standing(id)).role, 'member');
}

async function returns(group: Group): Promise<void> {
  const { ben, mal, ofAna, id } = group;
  await ofAna.members.setRole(mal.account, 'admin');
  await ofAna.members.remove(mal.account);
  await ben.device.ranks(id, mal.account, null);
  for (const lie of await returnLies(await listOf(group))) await told(group, mal, lie);
}

async function links(group: Group): Promise<void> {
  await group.ofAna.links.create();
  for (const lie of await linkLies(await listOf(group), group.mal.account)) await told(group, group.mal, lie);
}

async function joins(group: Group): Promise<void> {
  const { ben, mal, ofAna, id } = group;
  const { link } = await ofAna.links.create({ approval: true });
  assert.ok(link);
  // The server tells Mal that the link needs no approval: so a join is signed as it has to be, by the link, too.
  mal.man.alter('POST /v1/links/inspect', (found: object) => ({ ...found, approval: false }));
  const signed = await signedBy(mal, { id }, () => mal.client.invites.accept(link));
  assert.equal(signed.entry.action, 'join');
  mal.man.honest();
  await mal.client.invites.accept(link);
  const lies = await joinLies(await listOf(group), { comer: mal.account, joins: signed });
  for (const lie of lies) await told(group, mal, lie);
  await ofAna.members.pending.load();
  await ofAna.members.pending.approve(mal.account);
  await ben.device.ranks(id, mal.account, 'member');
}

async function out(group: Group): Promise<void> {
  const { ben, mal, id } = group;
  ben.man.alter(
    `GET /v1/conversations/${id}/members`,
    (page: { readonly items: readonly { readonly account: AccountId }[] }) => ({
      ...page,
      items: page.items.filter(({ account }) => account !== mal.account),
    }),
  );
  await claims(ben, { id }, { member_count: 2 });
  await ben.device.say(id, ['still there?']);
  await mal.device.ends(id, ['still there?']);
  await told(group, mal, await outLie(await listOf(group), mal.account));
  await mal.device.hears(id, `what is this ${texts}?`);
}

/** Cleo comes and has a page as well: all that she is ever told of this other group is the list with Mal. */
async function newcomer({ ana, mal, eve }: Group, cleo: Victim): Promise<void> {
  const old = await ana.client.createGroup('Orchard', [eve.account]);
  await old.members.add(mal.account);
  const { length } = await entriesOf(ana, old);
  keepsBack(cleo, old, length + 1);
  await old.members.add(cleo.account);
  await old.members.remove(mal.account);
  await cleo.device.ranks(old.id, mal.account, 'member');
  await ana.device.say(old.id, ['welcome, Cleo']);
  await cleo.device.ends(old.id, ['welcome, Cleo']);
  await cleo.device.faults(old.id, 'different');
  const elsewhere = await cleo.device.direct('rank.cleo');
  await waitsAndHeals(cleo, { group: old.id, elsewhere, reader: ana, ghost: mal }, 'hello all');
  assert.equal(await cleo.device.role(old.id, mal.account), null);
}

/** Another beginning: told to Cleo, who comes, and to Ben, who knows better. */
async function beginnings(group: Group, cleo: Victim): Promise<void> {
  const { ana, ben, mal, ofAna, id } = group;
  const trap = await mal.client.createGroup('Trap', [ana.account]);
  const lie = otherBeginning(await entriesOf(mal, trap));
  lists(cleo, { id }, lie.list);
  await ofAna.members.add(cleo.account);
  await cleo.device.faults(id, 'any');
  const elsewhere = await cleo.device.direct('rank.cleo');
  await waitsAndHeals(cleo, { group: id, elsewhere, reader: ana, ghost: group.eve }, 'whose group is this?');
  await ben.device.ranks(id, cleo.account, 'member');
  await told(group, mal, lie);
  for (const { device } of [ben, cleo])
    assert.deepEqual([await device.role(id, ana.account), await device.role(id, mal.account)], ['owner', 'member']);
}

/** Ben changes the list for himself, Ana for everybody else. */
async function part({ ben, ana, mal, ofAna, id }: Group): Promise<void> {
  takesApart(ben, { id }, await entriesOf(ana, { id }));
  await Promise.all([ofAna.members.remove(mal.account), ben.device.raises(id, mal.account, 'admin')]);
  assert.deepEqual([await ben.device.role(id, mal.account), await ana.device.role(id, mal.account)], ['admin', null]);
  await ben.device.faults(id, null);
}

/** Two lists that part: whoever hears first from the other side stops. */
async function parts(group: Group, cleo: Victim): Promise<void> {
  const { ana, ben, mal, chat, ofAna, id } = group;
  await ofAna.members.setRole(ben.account, 'admin');
  await ben.device.ranks(id, ben.account, 'admin');
  await cleo.device.ranks(id, ben.account, 'admin');

  await part(group);
  await cleo.device.ranks(id, mal.account, null);
  await ben.device.say(id, ['welcome to the lead']);
  await cleo.device.ends(id, ['welcome to the lead']);
  await cleo.device.faults(id, 'different');
  await waits(cleo, 'whom do you mean?', { chat: id, other: await cleo.device.direct('rank.cleo') });
  heals(ben);
  await ben.device.ranks(id, mal.account, null);
  await ben.device.say(id, ['nobody']);
  for (const { device } of [ana, cleo]) await device.faults(id, null);
  await ben.device.hears(id, 'whom do you mean?');

  await ofAna.members.add(mal.account);
  for (const { device } of [ben, cleo]) await device.ranks(id, mal.account, 'member');
  await part(group);
  await ana.device.say(id, ['Mal is out']);
  await ben.device.hears(id, 'Mal is out');
  await ben.device.faults(id, 'different');
  await waitsAndHeals(ben, { group: id, elsewhere: chat, reader: ana, ghost: mal }, 'is he?');
  assert.equal(await ben.device.role(id, mal.account), null);
}

async function conversationOf({ client }: Friend, id: ConversationId): Promise<Conversation> {
  return seen(client.conversations, () => client.conversation(id));
}

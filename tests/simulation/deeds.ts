// What people do in a run, and how often: they talk, correct themselves, take back, react, vote, read, type, make groups
// and rooms, invite, come and go, hide and block.

import type { AccountId } from '@parley/protocol';
import type { Conversation, ConversationView } from '@parley/sdk';
import {
  type Act,
  anywhere,
  type Deed,
  leads,
  maySpeak,
  onConversation,
  onMessage,
  onRejected,
  pickConversation,
  pickMessage,
  pickOther,
  unlessGone,
} from './act.ts';
import { saidIn, textOf } from './said.ts';

const talk: readonly (readonly [number, string, Deed])[] = [
  [40, 'says', say],
  [8, 'says much', sayMuch],
  [8, 'edits', edit],
  [6, 'deletes', remove],
  [
    8,
    'reacts',
    (act) => onMessage(act, (conversation, { seq }) => conversation.react(seq, act.chance.pick(['👍', '❤️', '']))),
  ],
  [3, 'asks', ask],
  [5, 'votes', vote],
  [2, 'pins', (act) => onMessage(act, (conversation, { seq }) => conversation.pin(seq, act.chance.happens(0.7)))],
  [3, 'forwards', forward],
  [3, 'sends again', sayAgain],
  [2, 'discards', (act) => onRejected(act, (conversation, { id }) => conversation.discard(id))],
  [15, 'types', (act) => onConversation(act, maySpeak, async (conversation) => conversation.typing())],
  [20, 'reads', read],
];

const keep: readonly (readonly [number, string, Deed])[] = [
  [3, 'hides', hide],
  [
    1,
    'clears',
    (act) => onConversation(act, anywhere, (conversation, view) => clear(act, view, () => conversation.clear())),
  ],
  [3, 'stars', (act) => onMessage(act, (conversation, { seq }) => conversation.star(seq, act.chance.happens(0.7)))],
  [
    2,
    'drafts',
    (act) => onConversation(act, anywhere, async (conversation) => conversation.setDraft('half a thought')),
  ],
  [
    2,
    'archives',
    (act) => onConversation(act, anywhere, (conversation) => conversation.archive(act.chance.happens(0.5))),
  ],
  [
    1,
    'keeps on top',
    (act) => onConversation(act, anywhere, (conversation) => conversation.keepOnTop(act.chance.happens(0.5))),
  ],
  [4, 'scrolls', (act) => onConversation(act, anywhere, async (_, view) => act.program.screen.scroll(view.id))],
  [3, 'looks at people', async (act) => act.program.screen.watch([act.chance.pick(act.accounts)])],
  [2, 'shows presence', (act) => act.client.settings.setPresence(act.chance.pick(['everyone', 'contacts', 'nobody']))],
  [1, 'shows reading', showReading],
];

const meet: readonly (readonly [number, string, Deed])[] = [
  [3, 'writes to somebody', writeToSomebody],
  [3, 'accepts', (act) => onConversation(act, isRequest, (conversation, view) => accept(act, view, conversation))],
  [
    1,
    'declines',
    (act) => onConversation(act, isRequest, (conversation, view) => clear(act, view, () => conversation.decline())),
  ],
  [1, 'blocks', block],
  [2, 'invites somebody', inviteSomebody],
  [2, 'makes a group', makeGroup],
  [2, 'makes a room', (act) => act.client.createRoom({ title: 'a room' })],
  [3, 'joins a room', joinRoom],
  [2, 'links', link],
  [
    3,
    'adds a member',
    (act) => onConversation(act, leads, (conversation) => conversation.members.add(act.chance.pick(act.accounts))),
  ],
  [
    2,
    'removes a member',
    (act) => onConversation(act, leads, (conversation) => conversation.members.remove(act.chance.pick(act.accounts))),
  ],
  [4, 'comes in', (act) => onConversation(act, isInvited, (conversation) => conversation.accept())],
  [1, 'declines an invitation', (act) => onConversation(act, isPending, (conversation) => conversation.decline())],
  [3, 'answers who waits', answerPending],
  [1, 'gives a role', giveRole],
  [
    1,
    'renames',
    (act) =>
      onConversation(act, leadsMany, (conversation) =>
        conversation.update({ title: `title ${act.chance.below(100)}` }),
      ),
  ],
  [1, 'opens the past', openPast],
  [2, 'leaves', (act) => onConversation(act, isMany, (conversation) => conversation.leave())],
];

/** Everything that is done. */
export const deeds = [...talk, ...keep, ...meet];

const isRequest = (view: ConversationView) => view.request === 'in';
const isInvited = (view: ConversationView) => view.membership === 'invited';
const isPending = (view: ConversationView) => isInvited(view) || view.membership === 'waiting';
const isMany = (view: ConversationView) => view.kind !== 'direct' && view.role !== null;
const leadsMany = (view: ConversationView) => isMany(view) && leads(view);

function say(act: Act): Promise<unknown> | undefined {
  const view = pickConversation(act, maySpeak);
  return view === null ? undefined : sayIn(act, view);
}

async function sayMuch(act: Act): Promise<void> {
  const view = pickConversation(act, maySpeak);
  for (let left = act.chance.between(3, 12); view !== null && left > 0; left--) await sayIn(act, view);
}

async function sayIn(act: Act, { id }: ConversationView): Promise<void> {
  const { client, device, count, chance } = act;
  const target = chance.happens(0.15) ? pickMessage(act, id) : null;
  const text = textOf({ sender: device.account, conversation: id, ...count(id), edit: 0 });
  await client.conversation(id)?.send(text, target === null ? {} : { replyTo: target.seq });
}

function ask(act: Act): Promise<unknown> | undefined {
  const { chance } = act;
  return onConversation(act, maySpeak, (conversation) =>
    conversation.sendPoll(
      'which one?',
      ['this', 'that', 'none'].slice(0, chance.between(2, 3)),
      chance.pick(['one', 'many']),
    ),
  );
}

function vote(act: Act): Promise<unknown> | undefined {
  return onConversation(act, maySpeak, async (conversation, { id }) => {
    const polls = act.program.screen.timeline(id)?.items.filter(({ poll, seq }) => poll !== null && seq !== null) ?? [];
    if (polls.length === 0) return;
    const { seq, poll } = act.chance.pick(polls);
    const options = poll?.options.map((_, at) => at).filter(() => act.chance.happens(0.5)) ?? [];
    if (seq !== null) await conversation.vote(seq, poll?.choose === 'one' ? options.slice(0, 1) : options);
  });
}

function forward(act: Act): Promise<unknown> | undefined {
  return onMessage(act, async (conversation, { seq, type }) => {
    const to = act.client.conversations.snapshot.filter(maySpeak).map(({ id }) => id);
    if (type === 'text' && to.length > 0) await conversation.forward(seq, [act.chance.pick(to)]);
  });
}

function sayAgain(act: Act): Promise<unknown> | undefined {
  return onRejected(act, async (conversation, { id, text }) => {
    act.marks.again.add(text);
    await conversation.sendAgain(id);
  });
}

function edit(act: Act): Promise<unknown> | undefined {
  return onMessage(act, async (conversation, message) => {
    const said = saidIn(message.text);
    if (said === null || !message.own || message.type !== 'text' || message.forwarded > 0) return;
    await conversation.edit(message.seq, textOf({ ...said, edit: said.edit + 1 }));
  });
}

function remove(act: Act): Promise<unknown> | undefined {
  return onMessage(act, async (conversation, { seq, own }) => {
    if (own || leads(conversation.snapshot)) await conversation.deleteForEveryone(seq);
  });
}

function hide(act: Act): Promise<unknown> | undefined {
  return onMessage(act, async (conversation, { seq }) => {
    act.marks.hidden.add(`${act.device.account} ${conversation.id} ${seq}`);
    await conversation.deleteForMe(seq);
  });
}

/** Everything so far is hidden. */
function clear(act: Act, { id, head }: ConversationView, deed: () => Promise<void>): Promise<void> {
  for (let seq = 1; seq <= head; seq++) act.marks.hidden.add(`${act.device.account} ${id} ${seq}`);
  return deed();
}

function read(act: Act): Promise<unknown> | undefined {
  return onConversation(act, anywhere, async (conversation, view) => {
    const items = act.program.screen.timeline(view.id)?.items ?? [];
    const last = items.findLast((item) => item.seq !== null)?.seq;
    if (last !== undefined && last !== null) await conversation.markRead(last);
  });
}

function showReading(act: Act): Promise<void> {
  act.marks.switched.add(act.device.account);
  return act.client.settings.setReadReceipts(act.chance.happens(0.6));
}

async function writeToSomebody(act: Act): Promise<void> {
  const conversation = await act.client.createDirect(act.chance.pick(act.accounts));
  if (maySpeak(conversation.snapshot)) await sayIn(act, conversation.snapshot);
}

async function block(act: Act): Promise<void> {
  const { account } = act.device;
  const other = act.chance.pick(act.accounts);
  if (other === account) return;
  act.marks.blocked.add(`${account} ${other}`).add(`${other} ${account}`);
  const blocked = act.chance.happens(0.5);
  await act.client.settings.block(other, blocked);
  if (blocked) await takeBack(act, other);
}

/** Somebody regrets what it has said last to one who blocks it. Nothing is drawn: other courses stay as they are. */
async function takeBack({ device, devices, note }: Act, other: AccountId): Promise<void> {
  const theirs = devices().find(({ account }) => account === other);
  const view = theirs?.program.screen.conversations.find(({ peer }) => peer === device.account);
  if (theirs === undefined || view === undefined) return;
  const { program, name } = theirs;
  const said = program.screen.timeline(view.id)?.items.findLast(({ own, seq }) => own && seq !== null);
  if (said?.seq === undefined || said.seq === null) return;
  note(name, 'takes back');
  await unlessGone(program, program.client.conversation(view.id)?.deleteForEveryone(said.seq) ?? Promise.resolve(null));
}

/** Who accepts what somebody has written is their contact. */
async function accept(act: Act, { peer }: ConversationView, conversation: Conversation): Promise<void> {
  if (peer !== null) act.met(act.device.account, peer);
  await conversation.accept();
}

async function inviteSomebody(act: Act): Promise<void> {
  const { link: secret } = await act.client.invites.create({ uses: 1 });
  const other = pickOther(act);
  if (other === null || secret === null) return;
  act.met(act.device.account, other.client.me.snapshot.account);
  await unlessGone(other, other.client.invites.accept(secret));
}

async function makeGroup(act: Act): Promise<void> {
  const others = act.accounts.filter((each) => each !== act.device.account && act.chance.happens(0.6));
  await act.client.createGroup(`group ${act.chance.below(1_000)}`, others);
}

async function joinRoom(act: Act): Promise<void> {
  const { items } = await act.client.rooms.list();
  if (items.length > 0) await act.client.rooms.join(act.chance.pick(items).id);
}

function link(act: Act): Promise<unknown> | undefined {
  return onConversation(act, leadsMany, async (conversation) => {
    const { link: secret } = await conversation.links.create({ uses: 1, approval: act.chance.happens(0.4) });
    const other = pickOther(act);
    if (other !== null && secret !== null) await unlessGone(other, other.client.invites.accept(secret));
  });
}

function answerPending(act: Act): Promise<unknown> | undefined {
  return onConversation(act, leadsMany, async ({ members: { pending } }) => {
    await pending.load();
    if (pending.snapshot.length === 0) return;
    const { account, state } = act.chance.pick(pending.snapshot);
    await (state === 'waiting' && act.chance.happens(0.7) ? pending.approve(account) : pending.refuse(account));
  });
}

function openPast(act: Act): Promise<unknown> | undefined {
  return onConversation(act, leadsMany, (conversation) => {
    act.marks.opened.add(conversation.id);
    return conversation.update({ history: act.chance.pick(['none', 'all']) });
  });
}

function giveRole(act: Act): Promise<unknown> | undefined {
  return onConversation(act, leads, (conversation) =>
    conversation.members.setRole(act.chance.pick(act.accounts), act.chance.pick(['admin', 'member', 'owner'])),
  );
}

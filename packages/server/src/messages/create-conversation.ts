// Opening a direct conversation, making a group or a room. The same again gives the same: a direct one by whom it is
// of, the others by the id of their first record. It must never tell somebody who blocks from somebody who does not.
import type { AccountId, Conversation, ConversationId, ErrorCode, MessageId, RouteBody } from '@parley/protocol';
import type { Call, Handler } from '../kernel/handlers.ts';
import { type Result, refuse } from '../kernel/result.ts';
import { directConversation, madeConversation } from '../sequencer/conversation-ids.ts';
import type { Change } from '../sequencer/record.ts';
import { stateOf } from './access.ts';
import { invitedBy, wayIn } from './adding.ts';
import { type ConversationContext, callerOf } from './context.ts';
import { signedGroup } from './create-signed.ts';
import { hasRoom } from './memberships.ts';
import { messageIdOf } from './record-ids.ts';

type Body = RouteBody<'createConversation'>;
type Create = Extract<Change, { readonly action: 'create' }>;
type Made = Result<Conversation, ErrorCode>;

/** Which fields say something about which kind. */
const fields = {
  direct: ['account'],
  group: ['members', 'entry', 'history'],
  room: ['title', 'topic', 'access', 'history'],
} as const satisfies Record<Body['kind'], readonly (keyof Body)[]>;

/** The route that makes conversations. */
export function createConversationMaking(context: ConversationContext): Handler<'createConversation'> {
  return async (call) => {
    const { body } = call;
    if (await context.isGuest(callerOf(call).account)) return refuse('account.guest');
    const known: readonly string[] = ['kind', 'id', ...fields[body.kind]];
    const stray = Object.keys(body).find((name) => !known.includes(name));
    if (stray !== undefined) return refuse('frame.invalid', { path: `/${stray}` });
    if (body.kind === 'direct') return direct(context, call);
    if (body.kind === 'room') return room(context, call);
    return body.entry === undefined ? group(context, call) : signedGroup(context, call, body.entry);
  };
}

async function direct(context: ConversationContext, call: Call<'createConversation'>): Promise<Made> {
  const { account: peer } = call.body;
  const { account } = callerOf(call);
  if (peer === undefined) return refuse('frame.invalid', { path: '/account' });
  const conversation = directConversation(account, peer);
  if ((await stateOf(context.rows, conversation)) !== undefined) return context.view(account, conversation);
  return context.turns.run(account, async () => {
    if ((await stateOf(context.rows, conversation)) !== undefined) return context.view(account, conversation);
    const refusal = await strangerRefusal(context, account, peer);
    if (refusal !== null) return refuse(refusal);
    const made = await create(context, call, conversation, { kind: 'direct', members: pair(account, peer) });
    if (made.ok && peer !== account) context.newPeople.note(account);
    return made;
  });
}

/** Why this account may not open a conversation with that one now. */
async function strangerRefusal(
  { rows, accountExists, isGuest, newPeople }: ConversationContext,
  account: AccountId,
  peer: AccountId,
): Promise<ErrorCode | null> {
  if (!(await hasRoom(rows, account))) return 'conversation.too_many';
  if (peer === account) return null;
  if (!(await newPeople.mayAsk(account))) return 'request.limit';
  const [exists, guest, room] = await Promise.all([accountExists(peer), isGuest(peer), hasRoom(rows, peer)]);
  return exists && !guest && room ? null : 'account.unknown';
}

async function group(context: ConversationContext, call: Call<'createConversation'>): Promise<Made> {
  const { account } = callerOf(call);
  const { members = [], history = 'none' } = call.body;
  const founders = [...new Set(members)].filter((member) => member !== account);
  return make(context, call, async (created) => {
    if ((await context.signers.identities([account])).has(account)) return refuse('members.unsigned');
    const ways = await Promise.all(founders.map((founder) => wayIn(context, account, founder)));
    const nobody = founders[ways.indexOf('none')];
    if (nobody !== undefined) return refuse('account.unknown', { path: `/members/${members.indexOf(nobody)}` });
    const added = founders.filter((_, at) => ways[at] === 'add');
    const invited = founders.flatMap((founder, at) => {
      const way = ways[at] ?? 'none';
      return way === 'add' ? [] : [{ account: founder, ...invitedBy(way) }];
    });
    if (invited.length > 0 && !(await context.newPeople.mayAsk(account, invited.length)))
      return refuse('request.limit');
    const made = await created({ kind: 'group', members: [account, ...added], invited, history });
    if (made.ok && invited.length > 0) context.newPeople.note(account, invited.length);
    return made;
  });
}

async function room(context: ConversationContext, call: Call<'createConversation'>): Promise<Made> {
  const { account } = callerOf(call);
  const { title, topic = '', access = 'invite', history = 'all' } = call.body;
  if (title === undefined) return refuse('frame.invalid', { path: '/title' });
  return make(context, call, (created) => created({ kind: 'room', members: [account], title, topic, access, history }));
}

/** Makes a group or room, unless the id (or a key) has made it already. */
async function make(
  context: ConversationContext,
  call: Call<'createConversation'>,
  work: (created: (change: Founding) => Promise<Made>) => Promise<Made>,
): Promise<Made> {
  const { account } = callerOf(call);
  const { kind } = call.body;
  if (kind === 'direct') return refuse('frame.invalid', { path: '/kind' });
  const ids = idsOf(context, call);
  const conversations = ids.map((id) => madeConversation(kind, account, id));
  return context.turns.run(account, async () => {
    for (const conversation of conversations)
      if ((await stateOf(context.rows, conversation)) !== undefined) return context.view(account, conversation);
    if (!(await hasRoom(context.rows, account))) return refuse('conversation.too_many');
    const [id = context.appender.newId()] = ids;
    const conversation = madeConversation(kind, account, id);
    return work((change) => create(context, call, conversation, change, id));
  });
}

/** The id that was given, or those that the key makes, the present one first. */
function idsOf(context: ConversationContext, call: Call<'createConversation'>): readonly MessageId[] {
  const { body, idempotencyKey: key } = call;
  const given = body.id ?? messageIdOf(key);
  if (given !== undefined) return [given];
  return context.ids.candidates({ account: callerOf(call).account, key, purpose: ['createConversation', body.kind] });
}

type Founding = Pick<Create, 'kind' | 'members'> & Partial<Create>;

async function create(
  { appender, view }: ConversationContext,
  call: Call<'createConversation'>,
  conversation: ConversationId,
  founding: Founding,
  id?: MessageId,
): Promise<Made> {
  const { account: sender, device } = callerOf(call);
  const act = { conversation, sender, device, ...(id === undefined ? {} : { id }) };
  const made = await appender.change(act, { ...blank, ...founding });
  return made.ok ? view(sender, conversation) : made;
}

const blank = {
  action: 'create',
  title: '',
  topic: '',
  access: 'invite',
  history: 'none',
  contact: false,
} as const;

function pair(account: AccountId, peer: AccountId): readonly AccountId[] {
  return account === peer ? [account] : [account, peer];
}

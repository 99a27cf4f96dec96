// A group that begins with a signed entry: its id is the hash of that, so the same entry is the same group, and nobody
// can put other founders in their place. Whom its creator may not add stands in it as invited.
import type { AccountId, Conversation, ErrorCode, RouteBody, SignedEntry } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import type { Call } from '../kernel/handlers.ts';
import { type Result, refuse } from '../kernel/result.ts';
import { groupOf } from '../sequencer/entry-hash.ts';
import type { Invited } from '../sequencer/record.ts';
import { stateOf } from './access.ts';
import { invitedBy, type WayIn, wayIn } from './adding.ts';
import { type ConversationContext, callerOf } from './context.ts';
import { proofRefusal } from './entry-proof.ts';
import { shapeOf } from './entry-shape.ts';
import { hasRoom } from './memberships.ts';

/** The group of this entry, made now or before. */
export async function signedGroup(
  context: ConversationContext,
  call: Call<'createConversation'>,
  signed: SignedEntry,
): Promise<Result<Conversation, ErrorCode>> {
  const caller = callerOf(call);
  const { account: sender, device } = caller;
  const stray = (['members', 'id'] as const).find((name) => call.body[name] !== undefined);
  if (stray !== undefined) return refuse('frame.invalid', { path: `/${stray}` });
  const shaped = shapeOf(signed, caller, null);
  if (!shaped.ok) return shaped;
  const { rows, signers, newPeople, appender, turns, view } = context;
  const { entry } = shaped.value;
  const conversation = groupOf(entry);
  return turns.run(sender, async () => {
    if ((await stateOf(rows, conversation)) !== undefined) return view(sender, conversation);
    const unproved = await proofRefusal(signers, shaped.value);
    if (unproved !== null) return refuse(unproved);
    if (!(await hasRoom(rows, sender))) return refuse('conversation.too_many');
    const founding = await foundingOf(context, sender, shaped.value);
    if (!founding.ok) return founding;
    const { members, invited } = founding.value;
    if (invited.length > 0 && !(await newPeople.mayAsk(sender, invited.length))) return refuse('request.limit');
    const act = { conversation, sender, device, entry: shaped.value, ...(entry.id !== undefined && { id: entry.id }) };
    const made = await appender.change(act, { ...blank, ...historyOf(call.body), members, invited });
    if (!made.ok) return made;
    if (invited.length > 0) newPeople.note(sender, invited.length);
    return view(sender, conversation);
  });
}

interface Founding {
  readonly members: readonly AccountId[];
  readonly invited: readonly Invited[];
}

/** Whom it begins with, if each may come in this way. */
async function foundingOf(
  context: ConversationContext,
  creator: AccountId,
  { entry: { members = [], invited = [] } }: SignedEntry,
): Promise<Result<Founding, ErrorCode>> {
  const others = [...members, ...invited].map(({ account }) => account);
  if (others.length > wire.maxFoundingMembers || new Set([creator, ...others]).size <= others.length)
    return refuse('frame.invalid', { path: '/entry/entry/members' });
  const ways = await Promise.all(others.map((account) => wayIn(context, creator, account)));
  const refusalOf = (way: WayIn, at: number): ErrorCode | null => {
    if (way === 'none') return 'account.unknown';
    return at < members.length && way !== 'add' ? 'members.ask' : null;
  };
  for (const [at, way] of ways.entries()) {
    const refusal = refusalOf(way, at);
    const place = at < members.length ? `members/${at}` : `invited/${at - members.length}`;
    if (refusal !== null) return refuse(refusal, { path: `/entry/entry/${place}` });
  }
  const asked = invited.map(({ account }, at) => ({ account, ...invitedBy(ways[members.length + at] ?? 'ask') }));
  return { ok: true, value: { members: [creator, ...members.map(({ account }) => account)], invited: asked } };
}

const blank = {
  action: 'create',
  kind: 'group',
  title: '',
  topic: '',
  access: 'invite',
  contact: false,
} as const;

function historyOf({ history = 'none' }: RouteBody<'createConversation'>) {
  return { history };
}

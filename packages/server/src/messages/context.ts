// What the use cases of conversations over REST share: who calls, what the caller is in a conversation, and a record
// that is made once for each key. "Not yours" and "not there" are decided here, before anything is written.
import type {
  AccountId,
  Conversation,
  ConversationId,
  ErrorCode,
  Role,
  RouteName,
  SignedEntry,
} from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import type { Call, Caller } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { ConversationRow } from '../store/store.ts';
import { type Standing, standingOf } from './access.ts';
import type { Act, Appender } from './append.ts';
import { asNewAs } from './behind.ts';
import type { ConversationViews } from './conversation-view.ts';
import { NewPeople } from './new-people.ts';
import { denied, type LiveRows, type MessagesParts } from './parts.ts';
import { RecordIds } from './record-ids.ts';
import type { Settings } from './settings.ts';
import { Turns } from './turns.ts';

/** What must be given: the parts, and what is built from them for the socket too. */
export interface ContextParts
  extends Pick<
    MessagesParts,
    'sequencer' | 'clock' | 'here' | 'random' | 'accountExists' | 'isGuest' | 'signers' | 'takeLink'
  > {
  readonly appender: Appender;
  readonly settings: Settings;
  readonly views: ConversationViews;
}

/** What every use case of conversations gets. */
export interface ConversationContext
  extends Pick<MessagesParts, 'clock' | 'here' | 'random' | 'accountExists' | 'isGuest' | 'signers' | 'takeLink'> {
  readonly rows: LiveRows;
  readonly appender: Appender;
  readonly settings: Settings;
  readonly ids: RecordIds;
  readonly turns: Turns;
  readonly newPeople: NewPeople;
  /** The conversation as this account may see it, or `denied`. */
  readonly view: (account: AccountId, conversation: ConversationId) => Promise<Result<Conversation, ErrorCode>>;
}

/** Built once for all of them. */
export function createContext(parts: ContextParts): ConversationContext {
  const { sequencer, clock, here, random, accountExists, isGuest, signers, takeLink, appender, settings, views } =
    parts;
  const { rows } = sequencer;
  return {
    rows,
    clock,
    ...(here && { here }),
    random,
    accountExists,
    isGuest,
    signers,
    takeLink,
    settings,
    appender,
    ids: new RecordIds(rows, clock),
    turns: new Turns(),
    newPeople: new NewPeople(rows, clock),
    async view(account, conversation) {
      const seen = await views.of(account, conversation);
      return seen === null ? refuse(denied) : ok(seen);
    },
  };
}

/** Where a member stands that is still in. */
export type Present = Standing & { readonly role: Role };

/** Who calls. The gateway lets nobody through to these routes who is not signed in. */
export function callerOf(call: Pick<Call<RouteName>, 'caller'>): Caller {
  assert(call.caller !== null, 'a route for devices has a caller');
  return call.caller;
}

/** The standing of somebody who is in the conversation now. */
export async function presentAt(
  { rows }: ConversationContext,
  conversation: ConversationId,
  account: AccountId,
): Promise<Result<Present, ErrorCode>> {
  const standing = await standingOf(rows, conversation, account);
  if (standing === null || standing.role === null) return refuse(denied);
  return ok({ ...standing, role: standing.role });
}

/** The same, as of at least this version of the member list, which the caller knows of. */
export async function presentSince(
  context: ConversationContext,
  conversation: ConversationId,
  { account, memberN }: { readonly account: AccountId; readonly memberN: number },
): Promise<Result<Present, ErrorCode>> {
  let standing = await presentAt(context, conversation, account);
  await asNewAs(context, memberN, async () => {
    standing = await presentAt(context, conversation, account);
    return standing.ok ? standing.value.state.memberN : memberN;
  });
  return standing;
}

/** The standing of somebody who may change the group or room. */
export async function leadingAt(
  context: ConversationContext,
  conversation: ConversationId,
  account: AccountId,
): Promise<Result<Present, ErrorCode>> {
  const standing = await presentAt(context, conversation, account);
  if (!standing.ok) return standing;
  const { kind } = standing.value.state;
  const leads = standing.value.role !== 'member' && (kind === 'group' || kind === 'room');
  return leads ? standing : refuse('conversation.role');
}

/** The same of somebody who changes who is in it without signing that. */
export async function changingAt(
  context: ConversationContext,
  conversation: ConversationId,
  account: AccountId,
): Promise<Result<Present, ErrorCode>> {
  const standing = await leadingAt(context, conversation, account);
  if (!standing.ok) return standing;
  return (await mustSign(context, standing.value.state, account)) ? refuse('members.unsigned') : standing;
}

/** Has what the account changes about the members here to be signed: has it an identity, or was the group signed from the first entry on? To go, and to say no, needs no signature. */
export async function mustSign(
  { rows, signers }: Pick<ConversationContext, 'rows' | 'signers'>,
  { conversation, kind }: Pick<ConversationRow, 'conversation' | 'kind'>,
  account: AccountId,
): Promise<boolean> {
  if (kind !== 'group') return false;
  const [identities, first] = await Promise.all([
    signers.identities([account]),
    rows.get('entries', [conversation, 1]),
  ]);
  return identities.has(account) || (first !== undefined && 'signatures' in (JSON.parse(first.text) as SignedEntry));
}

/** What is done in a conversation, and for what: the same key for another purpose is another record. */
export interface Deed {
  readonly call: Pick<Call<RouteName>, 'caller' | 'idempotencyKey'>;
  readonly conversation: ConversationId;
  readonly purpose: readonly string[];
}

/** Does it, unless the key of the call has done it already: then its outcome. Resolves to the record's seq. */
export async function once(
  { ids }: ConversationContext,
  { call, conversation, purpose }: Deed,
  work: (act: Act) => Promise<Result<number, ErrorCode>>,
): Promise<Result<number, ErrorCode>> {
  const { account: sender, device } = callerOf(call);
  const { id, past } = await ids.of(conversation, { account: sender, key: call.idempotencyKey, purpose });
  if (past !== null) return past;
  return work({ conversation, sender, device, ...(id === undefined ? {} : { id }) });
}

// A server that lies about who is in a group, for tests: it tells somebody another list than there is, has entries made
// that nobody in it signed, keeps entries back, and sees for whom keys go out. With an honest one everything goes on.
import assert from 'node:assert/strict';
import type {
  AccountId,
  Changes,
  EntryPage,
  Envelope,
  Messages,
  PlacedEntry,
  SignedEntry,
  Conversation as WireConversation,
} from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import { readEntry } from '../../packages/sdk/src/crypto/membership-entry.ts';
import { Pen, type Signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { messageId } from '../../packages/sdk/src/fixture.ts';
import { type Resident, reads, type Town } from './town.ts';

type Entry = PlacedEntry['entry'];
type Named = Pick<Conversation, 'id'>;
type Keys = Pick<Signer, 'key' | 'secret'>;

/** The entries of a group as the server has them. */
export async function entriesOf({ ask }: Pick<Resident, 'ask'>, { id }: Named): Promise<PlacedEntry[]> {
  const { body } = await ask({ method: 'GET', path: `/v1/conversations/${id}/entries` });
  return (body as EntryPage).items;
}

/** From here on the server tells this one another list. */
export function lists(
  { man }: Pick<Resident, 'man'>,
  { id }: Named,
  told: (entries: PlacedEntry[]) => readonly PlacedEntry[],
): void {
  man.answers.set(`GET /v1/conversations/${id}/entries`, async (request, honest) => {
    const after = Number(new URLSearchParams(request.path.split('?')[1]).get('after') ?? 0);
    const { body } = await honest({ method: 'GET', path: `/v1/conversations/${id}/entries` });
    const entries = told(structuredClone((body as EntryPage).items));
    return { status: 200, body: { items: entries.slice(after), has_more: false } };
  });
}

/** What comes behind these entries, by this account: nobody signed it, or these keys did, and a link. */
export async function forged(
  entries: readonly PlacedEntry[],
  deed: Partial<Entry> & Pick<Entry, 'actor' | 'action'>,
  by: Keys | null = null,
  link?: Signer,
): Promise<PlacedEntry> {
  const last = entries.at(-1) ?? assert.fail();
  const { seq } = last;
  const bare = { n: last.entry.n + 1, prev: hashOf(last), ...deed } as Entry;
  if (by === null) return { seq: seq + 1, entry: bare };
  const entry = { ...bare, device: `d_${'x'.repeat(22)}` as never, actor_key: by.key };
  const made = await new Pen().seal(entry, { account: deed.actor, ...by }, link);
  return { seq: seq + 1, entry: made.entry, signatures: made.signatures as Required<SignedEntry>['signatures'] };
}

/** What this one signs when it does that. The server takes it for itself, and refuses it. */
export async function signedBy(
  { man }: Pick<Resident, 'man'>,
  { id }: Named,
  deed: () => Promise<unknown>,
): Promise<Required<SignedEntry>> {
  const route = `POST /v1/conversations/${id}/entries`;
  const taken: Required<SignedEntry>[] = [];
  man.answers.set(route, ({ body }) => {
    taken.push((body as { readonly entry: Required<SignedEntry> }).entry);
    return { status: 403, body: { status: 403, code: 'conversation.role' } };
  });
  await assert.rejects(deed(), { code: 'conversation.role' });
  man.answers.delete(route);
  return structuredClone(taken[0] ?? assert.fail('nothing was signed'));
}

/** A record of the server says so. */
export function pushes({ man }: Pick<Resident, 'man'>, { id }: Named, change: object, entry?: PlacedEntry): void {
  const last = man.records.findLast(({ conversation_id }) => conversation_id === id) as Envelope;
  const { content: _, format: __, device: ___, ...record } = last;
  const { seq, member_n } = record;
  const { seq: ____, ...signed } = entry ?? { seq };
  const more = entry?.signatures === undefined ? {} : { entry: signed };
  man.say({ ...record, kind: 'members', id: messageId(seq), seq: seq + 1, member_n: member_n + 1, change, ...more });
}

/** The server says again how a conversation stands, and something else of it. */
export async function claims(
  { ask, man }: Pick<Resident, 'ask' | 'man'>,
  { id }: Named,
  change: object,
): Promise<void> {
  const { body } = await ask({ method: 'GET', path: `/v1/conversations/${id}` });
  const { since } = man.last<Changes>('changes');
  man.say({ type: 'changes', items: [{ ...(body as WireConversation), ...change }], has_more: false, since });
}

/**
 * From here on this one is told the list as it was at entry `n`: later entries, their records and their number are kept
 * back, and what it writes counts as written for the newest list.
 */
export function keepsBack(resident: Pick<Resident, 'man'>, group: Named, n: number): void {
  const { man } = resident;
  let head: string | undefined;
  lists(resident, group, (entries) => {
    head = hashOf(entries[n - 1] ?? assert.fail());
    return entries.slice(0, n);
  });
  const record = (one: Envelope): Envelope => {
    if (one.conversation_id !== group.id || one.member_n <= n) return one;
    const { change, entry: _, ...rest } = one;
    return { ...rest, member_n: n, ...(change && { change: { action: 'settings' as const } }) };
  };
  const state = (one: WireConversation): WireConversation => {
    if (one.conversation_id !== group.id) return one;
    const { member_head: _, ...rest } = one;
    return { ...rest, member_n: Math.min(one.member_n, n), ...(head && { member_head: head }) };
  };
  man.alter(`GET /v1/conversations/${group.id}`, state);
  man.down = (frame) => {
    if (frame.type === 'message') return [record(frame)];
    if (frame.type === 'messages') return [{ ...frame, items: frame.items.map(record) } as Messages];
    return frame.type === 'changes' ? [{ ...frame, items: frame.items.map(state) }] : [frame];
  };
  man.up = (frame) => [
    frame.type === 'message' && frame.member_n !== undefined ? { ...frame, member_n: 1_000 } : frame,
  ];
}

/**
 * From here on this one is told its own changes behind the entries that there are, and no others: the server takes them
 * and shows them to nobody else.
 */
export function takesApart(resident: Pick<Resident, 'man'>, group: Named, before: readonly PlacedEntry[]): void {
  const own: PlacedEntry[] = [];
  keepsBack(resident, group, before.length);
  lists(resident, group, (entries) => [...entries.slice(0, before.length), ...own]);
  resident.man.answers.set(`POST /v1/conversations/${group.id}/entries`, ({ body }) => {
    const seq = 1_000 + own.length;
    own.push({ seq, ...(body as { readonly entry: Omit<PlacedEntry, 'seq'> }).entry });
    return { status: 200, body: { n: before.length + own.length, seq } };
  });
}

/** Whom this client asks the keys of, and sends keys to, from here on. */
export function keysFor({ man }: Pick<Resident, 'man'>): { readonly has: (one: Pick<Resident, 'account'>) => boolean } {
  const asked: string[] = [];
  for (const route of ['POST /v1/keys/query', 'POST /v1/keys/claim', 'POST /v1/to-device'])
    man.answers.set(route, (request, honest) => {
      asked.push(JSON.stringify(request.body));
      return honest(request);
    });
  return { has: ({ account }) => asked.some((body) => body.includes(account)) };
}

export const fault = (group: Conversation) => group.snapshot.listFault;

/** The role of somebody in the list that this client shows; null when it is not in it. */
export function roleOf(group: Conversation, { account }: { readonly account: AccountId }): string | null {
  return group.members.snapshot.items.find((member) => member.account === account)?.role ?? null;
}

export const isIn = (group: Conversation, one: { readonly account: AccountId }) => roleOf(group, one) !== null;

/** Messages that this client has written so far. */
function written({ man }: Resident): number {
  return man.heard.filter(({ type }) => type === 'message').length;
}

/** What is said now waits: nothing goes out, and nobody asks for the keys of the ghost. */
export async function waits(
  town: Town,
  {
    by,
    of,
    without,
  }: { readonly by: Resident; readonly of: Conversation; readonly without: Pick<Resident, 'account'> },
  text: string,
): Promise<void> {
  const keys = keysFor(by);
  const before = written(by);
  await town.done(of.send(text));
  await town.pass(2_000);
  assert.equal(written(by), before, 'nothing was written');
  assert.ok(!keys.has(without), 'and nobody asked for their keys');
}

/** The server is honest: what waited arrives, and the list is whole again. */
export async function heals(
  town: Town,
  { by, of, at }: { readonly by: Resident; readonly of: Conversation; readonly at: Conversation },
  text: string,
): Promise<void> {
  by.man.honest();
  by.man.events?.onClose(1006, '');
  await reads(town, at, text);
  await town.until(() => fault(of) === null, 'the list is in order');
}

function hashOf({ entry, signatures }: PlacedEntry): string {
  return readEntry(signatures === undefined ? { entry } : { entry, signatures })?.hash ?? assert.fail();
}

// A server that lies about who is in a group, against whole clients: what nobody signed is refused, nothing is sealed for
// a ghost, people see that something is wrong, and the group goes on with an honest server.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AccountId, EntryPage, Envelope, MembershipEntry, PlacedEntry, SignedEntry } from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import { readEntry } from '../../packages/sdk/src/crypto/membership-entry.ts';
import { Pen, signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { messageId } from '../../packages/sdk/src/fixture.ts';
import { groupOf, type Resident, reads, say, Town } from './town.ts';

const tell = (entries: PlacedEntry[], after = 0): EntryPage => ({
  items: entries.filter(({ entry }) => entry.n > after),
  has_more: false,
});

/** The entries of a group as the server has them. */
async function entriesOf({ ask }: Resident, { id }: Conversation): Promise<PlacedEntry[]> {
  const { body } = await ask({ method: 'GET', path: `/v1/conversations/${id}/entries` });
  return (body as EntryPage).items;
}

/** From here on the server tells this one another list. */
function lists({ man }: Resident, { id }: Conversation, told: (entries: PlacedEntry[]) => PlacedEntry[]): void {
  man.answers.set(`GET /v1/conversations/${id}/entries`, async (request, honest) => {
    const query = new URLSearchParams(request.path.split('?')[1]);
    const { body } = await honest({ method: 'GET', path: `/v1/conversations/${id}/entries` });
    const entries = told(structuredClone((body as EntryPage).items));
    return { status: 200, body: tell(entries, Number(query.get('after') ?? 0)) };
  });
}

/** What comes next, by this account: nobody signed it, or somebody with keys of its own. */
async function forged(
  entries: readonly PlacedEntry[],
  actor: AccountId,
  deed: Partial<MembershipEntry>,
  signs = false,
): Promise<PlacedEntry> {
  const last = entries.at(-1) ?? assert.fail();
  const { hash } = readEntry({ entry: last.entry, signatures: last.signatures }) ?? assert.fail();
  const { conversation = entries[1]?.entry.conversation as never } = deed;
  const bare = { conversation, n: last.entry.n + 1, prev: hash, actor, ...deed } as MembershipEntry;
  const seq = last.seq + 1;
  if (!signs) return { seq, entry: bare };
  const mal = { ...(await signer('mal')), account: actor };
  const { entry, signatures } = await new Pen().seal(
    { ...bare, device: `d_${'x'.repeat(22)}` as never, actor_key: mal.key },
    mal,
  );
  return { seq, entry, signatures: signatures as Required<SignedEntry>['signatures'] };
}

/** A record of the server says so. */
function pushes({ man }: Resident, { id }: Conversation, change: object, entry?: unknown): void {
  const last = man.records.findLast(({ conversation_id }) => conversation_id === id) as Envelope;
  const { content: _, format: __, device: ___, ...record } = last;
  const { seq, member_n } = record;
  const more = entry === undefined ? {} : { entry };
  man.say({ ...record, kind: 'members', id: messageId(seq), seq: seq + 1, member_n: member_n + 1, change, ...more });
}

/** Accounts whose keys this client asks for from here on. */
function asksFor({ man }: Resident): string[] {
  const asked: string[] = [];
  man.alter('POST /v1/keys/query', (answer, { body }) => {
    asked.push(...(body as { readonly accounts: readonly string[] }).accounts);
    return answer;
  });
  man.alter('POST /v1/keys/claim', (answer, { body }) => {
    asked.push(JSON.stringify(body));
    return answer;
  });
  return asked;
}

const fault = (group: Conversation) => group.snapshot.listFault;
const isIn = (group: Conversation, { account }: Pick<Resident, 'account'>) =>
  group.members.snapshot.items.some((member) => member.account === account);

async function stage(t: TestContext) {
  const town = await Town.open(t);
  const [ana, ben, mal] = [await town.join('ana'), await town.join('ben'), await town.join('mal')];
  const [group, ofBen] = await groupOf(town, ana, ben);
  assert.ok(ofBen);
  await say(town, ofBen, 'hello');
  await reads(town, group, 'hello');
  return { town, ana, ben, mal, group, ofBen };
}

/** What is said now waits: nothing goes out, and nobody asks for the keys of the ghost. */
async function waits({ town, ana, mal, group }: Awaited<ReturnType<typeof stage>>, text: string): Promise<void> {
  const asked = asksFor(ana);
  const before = ana.man.heard.filter(({ type }) => type === 'message').length;
  await town.done(group.send(text));
  await town.pass(2_000);
  assert.equal(ana.man.heard.filter(({ type }) => type === 'message').length, before, 'nothing was written');
  assert.ok(!asked.join().includes(mal.account), 'and nobody asked for their keys');
  assert.ok(!isIn(group, mal));
}

/** The server is honest: what waited arrives, and the list is whole again. */
async function heals({ town, ana, group, ofBen }: Awaited<ReturnType<typeof stage>>, text: string): Promise<void> {
  ana.man.honest();
  ana.man.events?.onClose(1006, '');
  await reads(town, ofBen, text);
  await town.until(() => fault(group) === null, 'the list is in order');
}

for (const [what, isSigned] of [
  ['nobody signed', false],
  ['somebody else signed', true],
] as const)
  test(`[MEM30] a ghost whom ${what} is in no list, and nothing is sealed while the server says so`, async (t) => {
    const at = await stage(t);
    const { town, ana, mal, group } = at;
    const entries = await entriesOf(ana, group);
    const deed = { conversation: group.id, action: 'add', subject: mal.account, role: 'member' } as const;
    const ghost = await forged(entries, ana.account, deed, isSigned);
    lists(ana, group, (honest) => [...honest, ghost]);
    ana.man.alter(`GET /v1/conversations/${group.id}/members`, (page: { readonly items: readonly object[] }) => ({
      ...page,
      items: [...page.items, { account: mal.account, role: 'member', joined_seq: 9 }],
    }));
    const { seq: _, ...signed } = ghost;
    pushes(ana, group, { action: 'add', subject: mal.account, role: 'member' }, isSigned ? signed : undefined);
    await town.until(() => fault(group) !== null, 'it is shown');
    await waits(at, 'who is here?');
    await heals(at, 'who is here?');
    assert.ok(!isIn(group, mal));
  });

// What a hostile server can say of who is in a group, for tests: each lie is a list and the record that it comes with.
import assert from 'node:assert/strict';
import type { AccountId, ConversationId, PlacedEntry, SignedEntry } from '@parley/protocol';
import { signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { forged, lists, pushes } from './list-liar.ts';
import type { Resident } from './town.ts';

/** The group, whose owner is this one, and its entries so far. */
interface Of {
  readonly group: ConversationId;
  readonly owner: AccountId;
  readonly entries: readonly PlacedEntry[];
}

/** The list that is told in the place of the honest one, and what is pushed with it. */
export interface ListLie {
  readonly list: (honest: readonly PlacedEntry[]) => readonly PlacedEntry[];
  readonly change: object;
  readonly pushed?: PlacedEntry | undefined;
}

/** From here on this one is told so. */
export function tells(one: Pick<Resident, 'man'>, group: ConversationId, { list, change, pushed }: ListLie): void {
  lists(one, { id: group }, list);
  pushes(one, { id: group }, change, pushed);
}

/** Keys of the server's own. */
const foreign = await signer('mal');

const behind =
  (...entries: readonly PlacedEntry[]): ListLie['list'] =>
  (honest) => [...honest, ...entries];

const placed = (entry: Required<SignedEntry>): PlacedEntry => ({ seq: 9, ...entry });

/** This member leads and has brought somebody, by an entry of each kind; the last one is that which they signed. */
export async function rankLies(
  { group, owner, entries }: Of,
  raises: { readonly member: AccountId; readonly brought: AccountId; readonly own: Required<SignedEntry> },
): Promise<Readonly<Record<'nobody signed' | 'somebody else signed' | 'who gets it signed', ListLie>>> {
  const { member, brought, own } = raises;
  const change = { action: 'role', subject: member, role: 'admin' } as const;
  const lie = async (raised: PlacedEntry): Promise<ListLie> => {
    const comes = { action: 'add', subject: brought, role: 'member' } as const;
    const more = await forged([...entries, raised], { actor: member, conversation: group, ...comes });
    return { list: behind(raised, more), change, pushed: raised };
  };
  const deed = { actor: owner, conversation: group, ...change };
  return {
    'nobody signed': await lie(await forged(entries, deed)),
    'somebody else signed': await lie(await forged(entries, deed, foreign)),
    'who gets it signed': await lie(placed(own)),
  };
}

/** Whoever is told it owns the group. */
export async function ownRankLie({ group, owner, entries }: Of, subject: AccountId): Promise<ListLie> {
  const change = { action: 'role', subject, role: 'owner' } as const;
  const raised = await forged(entries, { actor: owner, conversation: group, ...change });
  return { list: behind(raised), change, pushed: raised };
}

/** Who was added second, raised third and then removed is in again: by those entries, and by one with another number. */
export async function returnLies({ entries }: Of): Promise<readonly ListLie[]> {
  const [, added, raised] = entries;
  assert.ok(added?.signatures && raised);
  const { entry, signatures } = added;
  const last = await forged(entries, { ...entry, actor: entry.actor });
  const { n, prev } = last.entry;
  assert.ok(prev !== undefined);
  const renumbered: PlacedEntry = { ...last, entry: { ...entry, n, prev }, signatures };
  const change = { action: 'add', subject: entry.subject, role: 'member' };
  return [[added], [added, raised], [renumbered]].map((again) => ({
    list: behind(...again),
    change,
    pushed: again[0],
  }));
}

/** Somebody has come by a link that nobody made, or that a stranger signed; by none; and by that of the last entry. */
export async function linkLies({ group, owner, entries }: Of, comer: AccountId): Promise<readonly ListLie[]> {
  const key = entries.at(-1)?.entry.link_key ?? assert.fail('the last entry is a link');
  const door = await signer('door');
  const at = { conversation: group };
  const opened = { ...at, actor: owner, action: 'link', link_key: door.key, uses: 5, expires_at: 2e12 } as const;
  const comes = { ...at, actor: comer, action: 'join' } as const;
  const lies: PlacedEntry[][] = [];
  for (const by of [null, foreign]) {
    const link = await forged(entries, opened, by);
    lies.push([link, await forged([...entries, link], { ...comes, link_key: door.key }, foreign, door)]);
  }
  lies.push([await forged(entries, { ...comes, link_key: door.key }, foreign, door)]);
  lies.push([await forged(entries, { ...comes, link_key: key }, foreign, door)]);
  return lies.map((lie) => ({ list: behind(...lie), change: { action: 'join' }, pushed: lie.at(-1) }));
}

/** Who asks to be let in, and signed a join, is in: by that in the place of the link and behind it, and by two of the owner's. */
export async function joinLies(
  { group, owner, entries }: Of,
  asks: { readonly comer: AccountId; readonly joins: Required<SignedEntry> },
): Promise<readonly ListLie[]> {
  const { comer, joins } = asks;
  const lets = { conversation: group, actor: owner, action: 'add', subject: comer, role: 'member' } as const;
  const told = [
    [...entries.slice(0, -1), placed(joins)],
    [...entries, placed(joins)],
    [...entries, await forged(entries, lets)],
    [...entries, await forged(entries, lets, foreign)],
  ];
  const change = { action: 'join', subject: comer };
  return told.map((list) => ({ list: () => list, change, pushed: list.at(-1) }));
}

/** This member is out, by the word of the server in the list. */
export async function outLie({ group, owner, entries }: Of, subject: AccountId): Promise<ListLie> {
  const change = { action: 'remove', subject } as const;
  const removed = await forged(entries, { conversation: group, actor: owner, ...change });
  return { list: behind(removed), change };
}

/** The group began otherwise: as another one did. */
export function otherBeginning(entries: readonly PlacedEntry[]): ListLie {
  const swapped = structuredClone(entries);
  return { list: () => swapped, change: { action: 'settings' } };
}

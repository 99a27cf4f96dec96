// A layer → the rows of one transaction, sorted by table, conversation and seq, because sorted large transactions are
// what the store writes fastest. Pure. A key stands in it once: its last row.
import type { Write } from '../store/store.ts';
import type { Layer, Shelf } from './layer.ts';

/** Everything that the layer holds, in the order in which it is to be written. */
export function* writesOf(layer: Layer): Iterable<Write> {
  const shelves = [...layer.shelves.keys()].sort().map((conversation) => layer.shelves.get(conversation) as Shelf);
  for (const { conversation } of shelves)
    if (conversation !== null) yield { table: 'conversations', row: conversation };
  for (const shelf of shelves) yield* messagesOf(shelf);
  for (const { ids } of shelves) for (const row of ids) yield { table: 'ids', row };
  for (const { members } of shelves) if (members !== null) yield* membersOf(members);
  for (const table of ['memberships', 'entries', 'settings', 'facts'] as const)
    for (const part of [...layer.flat[table].keys()].sort())
      for (const row of layer.flat[table].get(part)?.values() ?? []) yield { table, row } as Write;
}

function* messagesOf({ changed, messages }: Shelf): Iterable<Write> {
  if (changed !== null)
    for (const row of [...changed.values()].sort((a, b) => a.seq - b.seq)) yield { table: 'messages', row };
  for (const row of messages) yield { table: 'messages', row };
}

function* membersOf(members: NonNullable<Shelf['members']>): Iterable<Write> {
  for (const account of [...members.keys()].sort())
    for (const row of members.get(account) ?? []) yield { table: 'members', row };
}

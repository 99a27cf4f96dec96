// A layer → the rows of one transaction, sorted by table, conversation and seq, because sorted large transactions are
// what the store writes fastest. Pure. A key stands in it once: its last row, stamped by the log alone.
import type { Offset } from '../log/log.ts';
import type { Tables, Write } from '../store/store.ts';
import { accountLog } from './conversation-ids.ts';
import type { Layer, Shelf } from './layer.ts';

/** Everything that the layer holds, in the order in which it is to be written. */
export function* writesOf(layer: Layer): Iterable<Write> {
  const shelves = [...layer.shelves.keys()].sort().map((conversation) => layer.shelves.get(conversation) as Shelf);
  for (const { conversation: row } of shelves)
    if (row !== null) yield { table: 'conversations', row, stamp: row.offset };
  for (const shelf of shelves) yield* messagesOf(shelf, stampOf(layer, shelf));
  for (const shelf of shelves)
    for (const row of shelf.ids) yield { table: 'ids', row, stamp: shelf.conversation?.offset ?? row.offset };
  for (const shelf of shelves) if (shelf.members !== null) yield* membersOf(shelf.members, stampOf(layer, shelf));
  for (const table of ['memberships', 'entries', 'settings', 'facts'] as const)
    for (const part of [...layer.flat[table].keys()].sort())
      for (const row of layer.flat[table].get(part)?.values() ?? [])
        yield { table, row, stamp: stampOf(layer, shelfOf(layer, row)) } as Write;
}

/**
 * A row is what the records of its conversation up to the newest one in the layer made of it, so that one is its stamp:
 * two owners whose layers end elsewhere write the same value at the same stamp. What is of no conversation is what the
 * whole layer made of it.
 */
function stampOf(layer: Layer, shelf: Shelf | undefined): Offset {
  return shelf?.conversation?.offset ?? layer.offset;
}

type FlatRow = Tables['memberships' | 'entries' | 'settings' | 'facts'];

function shelfOf(layer: Layer, row: FlatRow): Shelf | undefined {
  if ('conversation' in row) return layer.shelves.get(row.conversation);
  return 'account' in row ? layer.shelves.get(accountLog(row.account)) : undefined;
}

function* messagesOf({ changed, messages }: Shelf, stamp: Offset): Iterable<Write> {
  if (changed !== null)
    for (const row of [...changed.values()].sort((a, b) => a.seq - b.seq)) yield { table: 'messages', row, stamp };
  for (const row of messages) yield { table: 'messages', row, stamp };
}

function* membersOf(members: NonNullable<Shelf['members']>, stamp: Offset): Iterable<Write> {
  for (const account of [...members.keys()].sort())
    for (const row of members.get(account) ?? []) yield { table: 'members', row, stamp };
}

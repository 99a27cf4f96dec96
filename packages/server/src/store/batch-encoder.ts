// A batch of rows → buffers for the writer thread, on the main thread but in slices, so that sockets get their turn.
// It leaves out the members of a conversation while they are the ones that the store has.
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { ConversationId } from '@parley/protocol';
import { encodeChunkBytes, encodeSliceRows, maxCachedRosters } from '../kernel/limits.ts';
import { codecs, writeRoster } from './row-codec.ts';
import { type StoredTable, storedTables } from './sqlite-schema.ts';
import type { ConversationRow, Write } from './store.ts';
import { ValueWriter } from './values.ts';

type Members = ConversationRow['members'];

/** Rows in buffers of their own, each after the number of its table, and what `written` is to learn once it is committed. */
export interface Batch {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly rosters: ReadonlyMap<ConversationId, Members>;
}

const tableNumbers = new Map<StoredTable, number>(storedTables.map((table, number) => [table, number]));
/** Room for the row that steps over a chunk's bound. */
const chunkCapacity = encodeChunkBytes + 64 * 1024;

/** Which members the store has, by conversation, as far as it is remembered. A map is never changed in place. */
export class WrittenRosters {
  readonly #rosters = new Map<ConversationId, WeakRef<NonNullable<Members>> | null>();

  has(conversation: ConversationId, members: Members): boolean {
    const known = this.#rosters.get(conversation);
    return known !== undefined && (known?.deref() ?? null) === members;
  }

  add(rosters: Batch['rosters']): void {
    for (const [conversation, members] of rosters) {
      if (this.#rosters.size >= maxCachedRosters) this.#rosters.clear();
      this.#rosters.set(conversation, members === null ? null : new WeakRef(members));
    }
  }
}

/** Encodes the writes in their order. They must not change before it resolves. */
export async function encodeBatch(writes: readonly Write[], written: WrittenRosters): Promise<Batch> {
  const out = new ValueWriter(writes.length < encodeSliceRows ? 4 * 1024 : chunkCapacity);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const rosters = new Map<ConversationId, Members>();
  let encoded = 0;
  for (const write of writes) {
    if (++encoded % encodeSliceRows === 0) await eventLoopTurn();
    encodeWrite(out, write);
    if (write.table === 'conversations') encodeRoster(out, write.row, rosters, written);
    if (out.length >= encodeChunkBytes) chunks.push(out.take(chunkCapacity));
  }
  if (out.length > 0) chunks.push(out.take(0));
  return { chunks, rosters };
}

function encodeWrite(out: ValueWriter, write: Write): void {
  out.byte(tableNumbers.get(write.table) as number);
  (codecs[write.table].write as (out: ValueWriter, row: Write['row']) => void)(out, write.row);
}

function encodeRoster(
  out: ValueWriter,
  row: ConversationRow,
  rosters: Map<ConversationId, Members>,
  written: WrittenRosters,
): void {
  const { conversation, members } = row;
  const earlier = rosters.get(conversation);
  if (earlier === undefined ? written.has(conversation, members) : earlier === members) return;
  out.byte(tableNumbers.get('rosters') as number);
  writeRoster(out, row);
  rosters.set(conversation, members);
}

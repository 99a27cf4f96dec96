// The member list of a group over REST, as the entries that made it: read from the first one, and changed by a signed
// one. Everything is checked before the append; the same entry again is the same record and gets its first outcome.
import type { ErrorCode, PlacedEntry, RouteResult, SignedEntry } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import type { Caller, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { derivedRecord } from '../sequencer/conversation-ids.ts';
import { entryHash, isStale } from '../sequencer/entry-hash.ts';
import type { ConversationRow, EntryRow } from '../store/store.ts';
import { stateOf } from './access.ts';
import { wayIn } from './adding.ts';
import { type ConversationContext, callerOf, presentSince } from './context.ts';
import { changeOf } from './entry-changes.ts';
import { proofRefusal } from './entry-proof.ts';
import { shapeOf } from './entry-shape.ts';
import { denied } from './parts.ts';
import { outcomeOf } from './record-ids.ts';

type Routes = Handlers<'listEntries' | 'appendEntry' | 'findWays'>;

/** The routes of entries. */
export function createEntryRoutes(context: ConversationContext): Routes {
  const { rows, turns } = context;
  return {
    async listEntries(call) {
      const { conversation_id: conversation } = call.params;
      const { after = 0, limit = wire.maxPageItems, at_least: memberN = 0 } = call.query;
      const standing = await presentSince(context, conversation, { account: callerOf(call).account, memberN });
      if (!standing.ok) return standing;
      const found = await rows.list('entries', { prefix: [conversation], after: [after], limit: limit + 1 });
      return ok(page(found, limit));
    },

    async appendEntry(call) {
      const caller = callerOf(call);
      const { conversation_id: conversation } = call.params;
      const shaped = shapeOf(call.body.entry, caller, conversation);
      if (!shaped.ok) return shaped;
      const state = await stateOf(rows, conversation);
      if (state === undefined || state.kind !== 'group') return refuse(denied);
      const appended = await turns.run(caller.account, () => append(context, caller, state, shaped.value));
      return appended.ok ? ok({ n: shaped.value.entry.n, seq: appended.value }) : appended;
    },

    async findWays(call) {
      const { account } = callerOf(call);
      const found = [...new Set(call.body.accounts)].map(async (subject) => {
        const way = subject === account ? 'none' : await wayIn(context, account, subject);
        return { account: subject, way: way === 'hide' ? ('ask' as const) : way };
      });
      return ok({ items: await Promise.all(found) });
    },
  };
}

/** Checks it against the state of now and appends it, unless it has been. Resolves to its seq. */
async function append(
  context: ConversationContext,
  { account: sender, device }: Caller,
  { conversation, createdAt }: ConversationRow,
  signed: Required<SignedEntry>,
): Promise<Result<number, ErrorCode>> {
  const { rows, appender, newPeople, signers } = context;
  const { entry } = signed;
  const id = derivedRecord(createdAt, ['entry', entryHash(entry)]);
  const past = await rows.get('ids', [conversation, sender, id]);
  if (past !== undefined) return outcomeOf(past);
  const unproved = await proofRefusal(signers, signed);
  if (unproved !== null) return refuse(unproved);
  const state = await stateOf(rows, conversation);
  if (state === undefined) return refuse(denied);
  const change = await changeOf(context, state, entry);
  if (!change.ok) return change;
  const act = { conversation, sender, device, id, entry: signed };
  if (isStale(act, state)) return refuse('members.stale');
  // Each makes a new list, for which whatever is being sent has to be sealed again.
  const waitMs = entry.action === 'link' ? await context.takeLink(sender) : 0;
  if (waitMs > 0) return refuse('rate.limited', { retry_after_ms: waitMs });
  const done = await appender.change(act, change.value);
  if (done.ok && entry.action === 'ask') newPeople.note(sender);
  return done;
}

/** Entries up to the limit, and as many as a page has bytes for. */
function page(found: readonly EntryRow[], limit: number): RouteResult<'listEntries'> {
  const items: PlacedEntry[] = [];
  let room = wire.maxPageBytes;
  for (const { seq, text } of found.slice(0, limit)) {
    room -= text.length;
    if (room < 0 && items.length > 0) break;
    items.push({ seq, ...(JSON.parse(text) as SignedEntry) });
  }
  return { items, has_more: items.length < found.length };
}

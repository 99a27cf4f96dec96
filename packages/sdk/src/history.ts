// A conversation read backwards, page by page, from the store where it is kept and from the server where it is not.
import type { ConversationId } from '@parley/protocol';
import type { Core } from './core.ts';
import * as limits from './limits.ts';
import { rangeAt, reached } from './ranges.ts';
import type { Reader } from './reader.ts';
import { readDown } from './timeline-rows.ts';
import type { MessageView } from './views.ts';

/** Newest first. Ends at the limit, or where nothing older is readable. Rejects with `client.unreachable`. */
export async function* historyOf(
  id: ConversationId,
  core: Core,
  reader: Reader,
  { before, limit = Number.POSITIVE_INFINITY }: { readonly before?: number; readonly limit?: number },
): AsyncIterable<MessageView> {
  const row = () => core.replica.tables.conversations.get(id);
  const ranges = () => row()?.ranges ?? [];
  let next = (before ?? Math.max(row()?.head ?? 0, reached(ranges())) + 1) - 1;
  let given = 0;
  while (next >= 1 && next > reader.floor(id) && given < limit) {
    if (rangeAt(ranges(), next) === null) await core.pull(id, { before: next + 1, limit: limits.windowRows });
    const range = rangeAt(ranges(), next);
    if (range === null) return;
    const from = Math.max(range[0], reader.floor(id) + 1);
    const rows = await readDown(core.replica.store, id, { from, to: next, limit: limits.windowRows });
    for (const view of await reader.views(id, rows)) {
      if (given++ >= limit) return;
      yield view;
    }
    next = rows.length < limits.windowRows ? from - 1 : Math.min(...rows.map((one) => one.behind ?? one.seq)) - 1;
  }
}

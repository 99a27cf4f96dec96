// Searching within one open chat: words, what was found on this device, and which of it is shown now. Newest first.
import type { Client, Conversation, SearchHit } from '@parley/sdk';
import { inBackground } from './background.ts';
import type { Host } from './host.ts';
import { Model } from './model.ts';

export interface FinderView {
  readonly open: boolean;
  readonly query: string;
  readonly hits: readonly SearchHit[];
  /** Place in `hits` of what is shown; -1 before anything is. */
  readonly at: number;
  readonly searching: boolean;
}

export interface Finder extends Pick<Model<FinderView>, 'snapshot' | 'subscribe'> {
  open(): void;
  close(): void;
  setQuery(query: string): void;
  /** 1 goes to the next older hit, -1 to the next newer. */
  step(by: 1 | -1): void;
}

const searchDelayMs = 180;
const maxHits = 100;
const closed: FinderView = { open: false, query: '', hits: [], at: -1, searching: false };

/** The finder of one conversation; `jump` shows a seq. */
export function createFinder(
  client: Client,
  conversation: Conversation,
  parts: { readonly host: Host; readonly jump: (seq: number) => void },
): Finder {
  const model = new Model<FinderView>(closed);
  let attempt: AbortController | null = null;
  let cancelTimer: (() => void) | null = null;
  const stop = () => {
    attempt?.abort();
    cancelTimer?.();
  };
  const find = async (words: string, signal: AbortSignal) => {
    const options = { conversation: conversation.id, limit: maxHits, signal };
    const hits = await client.search(words, options).catch(() => []);
    if (signal.aborted) return;
    model.update({ hits, at: hits.length > 0 ? 0 : -1, searching: false });
    if (hits[0] !== undefined) parts.jump(hits[0].seq);
  };
  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    open: () => model.update({ open: true }),
    close: () => {
      stop();
      model.set(closed);
    },
    setQuery: (query) => {
      stop();
      const words = query.trim();
      model.update({ query, hits: [], at: -1, searching: words !== '' });
      if (words === '') return;
      attempt = new AbortController();
      const { signal } = attempt;
      cancelTimer = parts.host.after(searchDelayMs, () => inBackground(find(words, signal)));
    },
    step: (by) => {
      const { hits, at } = model.snapshot;
      const next = hits[at + by];
      if (next === undefined) return;
      model.update({ at: at + by });
      parts.jump(next.seq);
    },
  };
}

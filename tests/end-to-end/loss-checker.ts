// The loss checker: what every member reads back must be one dense list that holds everything that was ticked,
// each once, what one client said in the order in which it said it.
import type { Envelope } from '@parley/protocol';
import { call } from './rest.ts';

export interface Verdict {
  readonly acked: number;
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  readonly holes: readonly string[];
  readonly disagreements: readonly string[];
}

/** The whole history of a conversation as this account reads it, oldest first. */
export async function readAll(url: string, token: string, conversation: string): Promise<readonly Envelope[]> {
  const items: Envelope[] = [];
  for (let after = 0; ; ) {
    const page = await call<{ items: Envelope[]; to_seq: number; has_more: boolean }>(
      url,
      'GET',
      `/v1/conversations/${conversation}/messages?after=${after}&limit=200`,
      { token },
    );
    items.push(...page.items);
    if (!page.has_more) return items;
    after = page.to_seq;
  }
}

/** Compares what was ticked, of each client in the order in which it said it, with what several readers of one conversation have. */
export function judge(
  conversation: string,
  acked: ReadonlySet<string>,
  readers: readonly (readonly Envelope[])[],
): Verdict {
  const lost: string[] = [];
  const repeated: string[] = [];
  const holes: string[] = [];
  const disagreements: string[] = [];
  const [first = []] = readers;
  const places = new Map([...acked].map((id, place) => [id, place]));
  const newest = new Map<string, number>();
  for (const { id, seq, sender } of first) {
    const place = places.get(id);
    if (place === undefined) continue;
    if (place < (newest.get(sender) ?? -1)) disagreements.push(`${conversation}: overtaken at ${seq}`);
    newest.set(sender, place);
  }
  for (const reader of readers) {
    const ids = reader.map((envelope) => envelope.id as string);
    const present = new Set(ids);
    for (const id of acked) if (!present.has(id)) lost.push(`${conversation}: ${id}`);
    if (present.size !== ids.length) repeated.push(...ids.filter((id, at) => ids.indexOf(id) !== at));
    for (const [at, envelope] of reader.entries()) {
      const before = reader[at - 1];
      if (before !== undefined && envelope.seq !== before.seq + 1)
        holes.push(`${conversation}: ${before.seq} then ${envelope.seq}`);
      if (before !== undefined && envelope.lamport <= before.lamport)
        disagreements.push(`${conversation}: lamport at ${envelope.seq}`);
      const same = first[at];
      if (same !== undefined && (same.id !== envelope.id || same.seq !== envelope.seq))
        disagreements.push(`${conversation}: order at ${envelope.seq}`);
    }
  }
  return { acked: acked.size, lost, repeated, holes, disagreements };
}

// A server that shows people different histories, for tests. Each lie is about one conversation, and leaves to the man
// what he does to others.
import type { ConversationId, Envelope, FrameDown, Messages } from '@parley/protocol';
import type { Man } from './man.ts';

interface Named {
  readonly id: ConversationId;
}

/** What becomes of the records of one conversation on their way to one client, pushed or asked for. */
function rewrites(
  man: Man,
  { id }: Named,
  change: (record: Envelope) => readonly Envelope[],
  shift = (seq: number) => seq,
): void {
  const otherwise = man.down;
  man.down = (frame: FrameDown) => {
    if (frame.type === 'message' && frame.conversation_id === id) return change(frame);
    if (frame.type !== 'messages' || frame.conversation_id !== id) return otherwise(frame);
    const { from_seq, to_seq, head } = frame;
    const range = { from_seq: shift(from_seq - 1) + 1, to_seq: shift(to_seq), head: shift(head) };
    const page: Messages = { ...frame, ...range, items: frame.items.flatMap((item) => [...change(item)]) };
    return [page];
  };
}

/** This record never comes: there is a hole. */
export function leavesHole(man: Man, chat: Named, lost: number): void {
  rewrites(man, chat, (record) => (record.seq === lost ? [] : [record]));
}

/** This record is left out, and the later ones count as if it had never been. */
export function leavesOut(man: Man, chat: Named, lost: number): void {
  const shift = (seq: number) => (seq >= lost ? seq - 1 : seq);
  rewrites(man, chat, (one) => (one.seq === lost ? [] : [{ ...one, seq: shift(one.seq) }]), shift);
}

/** This record and the next one stand in each other's place. */
export function turnsRecords(man: Man, chat: Named, first: number): void {
  const turned = (seq: number) => (seq === first ? first + 1 : seq === first + 1 ? first : seq);
  rewrites(man, chat, (record) => [{ ...record, seq: turned(record.seq) }]);
}

/** This record stands there again, and the later ones behind it. */
export function repeatsRecord(man: Man, chat: Named, old: Envelope): void {
  const { seq } = old;
  const shift = (at: number) => (at > seq ? at + 1 : at);
  const repeated = (record: Envelope): readonly Envelope[] => {
    const moved = { ...record, seq: shift(record.seq) };
    return record.seq === seq + 1 ? [{ ...old, seq: seq + 1 }, moved] : [moved];
  };
  rewrites(man, chat, repeated, shift);
}

/** This record was deleted, it says, and of what it was it says nothing, or something else. */
export function blanksRecord(man: Man, chat: Named, lost: number, more: Partial<Envelope> = {}): void {
  rewrites(man, chat, (record) => {
    const { content: _, format: __, ...header } = record;
    return record.seq === lost ? [{ ...header, deleted_by: 0, ...more } as Envelope] : [record];
  });
}

/** A hash of nothing that anybody said. */
export const otherHash = 'A'.repeat(43);

// How far an account has got and how far its person has read: said by devices, clamped to what they may know, raised,
// kept, and told. It bypasses the log. It promises that a watermark never falls and stands on a counted record; it must
// never hold up a message.
import type { AccountId, ConversationId, ErrorCode } from '@parley/protocol';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { ConversationRow } from '../store/store.ts';
import { headFor, standingOf } from './access.ts';
import { newestCounted } from './counted.ts';
import { hasMarks } from './mark-sight.ts';
import type { Mark, Marks } from './marks.ts';
import { denied, type LiveRows } from './parts.ts';
import type { ReceiptTeller } from './receipt-teller.ts';

/** What receipts work with. */
export interface ReceiptsParts {
  readonly rows: LiveRows;
  readonly marks: Marks;
  readonly teller: ReceiptTeller;
  /** Something rose. */
  readonly rose: () => void;
}

/** Takes watermarks. */
export type Receipts = ReturnType<typeof createReceipts>;

type Kind = 'received' | 'read';

/** The use cases behind `received` and `read`. */
export function createReceipts(parts: ReceiptsParts) {
  const { rows, marks, teller, rose } = parts;
  return {
    received: (account: AccountId, conversation: ConversationId, seq: number) =>
      said('received', account, conversation, seq),
    read: (account: AccountId, conversation: ConversationId, seq: number) => said('read', account, conversation, seq),
  };

  async function said(
    kind: Kind,
    account: AccountId,
    conversation: ConversationId,
    seq: number,
  ): Promise<Result<null, ErrorCode>> {
    const known = rows.conversation(conversation);
    const place = known?.members?.has(account)
      ? { state: known, head: known.seq }
      : await placeOf(account, conversation);
    if (place === null) return refuse(denied);
    if (!counts(kind, place.state)) return ok(null);
    const mark = marks.peek(conversation, account) ?? (await marks.of(conversation, account));
    const before = kind === 'read' ? mark.read : mark.delivered;
    const counted = newestCounted(rows, conversation, before, Math.min(seq, place.head));
    const upTo = typeof counted === 'number' ? counted : await counted;
    if (upTo === 0) return ok(null);
    // It may have been let go while the record was looked for.
    while (marks.peek(conversation, account) === undefined) await marks.of(conversation, account);
    raise(kind, account, conversation, upTo);
    return ok(null);
  }

  async function placeOf(account: AccountId, conversation: ConversationId) {
    const standing = await standingOf(rows, conversation, account);
    return standing === null ? null : { state: standing.state, head: headFor(standing) };
  }

  /** What was read was delivered, too. */
  function raise(kind: Kind, account: AccountId, conversation: ConversationId, upTo: number): void {
    const { delivered = 0, read = 0 } = marks.peek(conversation, account) ?? {};
    const mark: Mark | null = marks.raise(conversation, account, upTo, kind === 'read' ? upTo : 0);
    if (mark === null) return;
    rose();
    teller.tell(conversation, mark, { delivered, read });
  }
}

/** In rooms there is nothing to deliver. */
function counts(kind: Kind, state: ConversationRow): boolean {
  return hasMarks(state) && (state.kind !== 'room' || kind === 'read');
}

// How far an account has got and how far its person has read: said by devices, clamped to what they may know, raised,
// kept, and told. It bypasses the log. It promises that a watermark never falls and stands on a counted record, and that
// none is lost because the rows here are behind what another gateway has shown; it must never hold up a message.
import type { AccountId, ConversationId, ErrorCode } from '@parley/protocol';
import { ok, type Result, refuse, Unavailable } from '../kernel/result.ts';
import type { ConversationRow } from '../store/store.ts';
import { headFor, standingOf } from './access.ts';
import { comesSoon } from './behind.ts';
import { newestCounted } from './counted.ts';
import { hasMarks } from './mark-sight.ts';
import type { Mark, Marks } from './marks.ts';
import { denied, type LiveRows, type MessagesParts } from './parts.ts';
import type { ReceiptTeller } from './receipt-teller.ts';

/** What receipts work with. */
export interface ReceiptsParts extends Pick<MessagesParts, 'clock' | 'here'> {
  readonly rows: LiveRows;
  readonly marks: Marks;
  readonly teller: ReceiptTeller;
  /** Something rose. */
  readonly rose: () => void;
}

/** Takes watermarks. */
export type Receipts = ReturnType<typeof createReceipts>;

type Kind = 'received' | 'read';

/** Where somebody who says a watermark stands. */
interface Place {
  readonly state: ConversationRow;
  /** Newest seq that it may know of. */
  readonly head: number;
  readonly hasLeft: boolean;
}

/** The use cases behind `received` and `read`. */
export function createReceipts(parts: ReceiptsParts) {
  const { rows, marks, teller, here, rose } = parts;
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
    const place =
      known !== undefined && seq <= known.seq && known.members?.has(account)
        ? { state: known, head: known.seq, hasLeft: false }
        : await placeWith(account, conversation, seq);
    if (place === null) return refuse(denied);
    if (counts(kind, place.state)) await raiseTo(kind, account, conversation, Math.min(seq, place.head));
    if (here !== undefined && isBehind(place, seq)) throw new Unavailable('the store is behind what was read');
    return ok(null);
  }

  async function raiseTo(kind: Kind, account: AccountId, conversation: ConversationId, seq: number): Promise<void> {
    const mark = marks.peek(conversation, account) ?? (await marks.of(conversation, account));
    const before = kind === 'read' ? mark.read : mark.delivered;
    const counted = newestCounted(rows, conversation, before, seq);
    const upTo = typeof counted === 'number' ? counted : await counted;
    if (upTo === 0) {
      if (marks.keep(conversation, account)) rose();
      return;
    }
    // It may have been let go while the record was looked for.
    while (marks.peek(conversation, account) === undefined) await marks.of(conversation, account);
    raise(kind, account, conversation, upTo);
  }

  /** The record may be on its way here; who may not know whether it is waits as long. */
  async function placeWith(account: AccountId, conversation: ConversationId, seq: number): Promise<Place | null> {
    let place: Place | null = null;
    await comesSoon(parts, async () => {
      place = await placeOf(account, conversation);
      return place !== null && !isBehind(place, seq);
    });
    return place;
  }

  async function placeOf(account: AccountId, conversation: ConversationId): Promise<Place | null> {
    const standing = await standingOf(rows, conversation, account);
    if (standing === null) return null;
    return { state: standing.state, head: headFor(standing), hasLeft: standing.role === null };
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

/** May there be a record that its device was shown elsewhere, and that is not here yet? */
function isBehind({ head, hasLeft }: Place, seq: number): boolean {
  return !hasLeft && head < seq;
}

/** In rooms there is nothing to deliver. */
function counts(kind: Kind, state: ConversationRow): boolean {
  return hasMarks(state) && (state.kind !== 'room' || kind === 'read');
}

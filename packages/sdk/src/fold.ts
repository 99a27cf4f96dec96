// How a message looks after what others did to it: edits, reactions, votes, pins. Pure, order-free and idempotent:
// a set of records in, a view out, whatever order they came in. Receivers enforce the rules by append time. [TLN]
import type { AccountId, FileBody, MessageId, TextBody } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { FoldBody, FoldRow, MessageRow, OutboxRow } from './rows.ts';
import type { PollView, ReactionView } from './views.ts';

/** A fold, or one that is still on its way (it comes after all confirmed ones, by Lamport time and id). */
export type Fold =
  | FoldRow
  | {
      readonly seq: null;
      readonly id: MessageId;
      readonly lamport: number;
      readonly sender: AccountId;
      readonly storedAt: null;
      readonly body: FoldBody;
    };

export interface Folded {
  readonly text: string;
  readonly edited: boolean;
  /** The last edit of one's own came too late, and nobody sees it. */
  readonly tooLate: boolean;
  readonly reactions: readonly ReactionView[];
  readonly poll: PollView | null;
}

/** Applies what was done to a message. `folds` may hold anything that names it as target, in any order. */
export function foldMessage(
  row: Pick<MessageRow, 'sender' | 'storedAt' | 'body'>,
  folds: readonly Fold[],
  me: AccountId,
): Folded {
  const ordered = inOrder(folds);
  const { text, ignored } = editedText(row, ordered);
  return {
    text: text ?? originalText(row.body),
    edited: text !== null,
    tooLate: ignored && row.sender === me,
    reactions: reactionsOf(ordered, me),
    poll: pollOf(row.body, ordered, me),
  };
}

/** The text of a message after its edits. */
export function textAfter(row: Pick<MessageRow, 'sender' | 'storedAt' | 'body'>, folds: readonly Fold[]): string {
  return editedText(row, inOrder(folds)).text ?? originalText(row.body);
}

/** May this edit change that message? By its own sender, within the window, a text of a text. */
export function mayEdit(
  row: Pick<MessageRow, 'sender' | 'storedAt' | 'body'>,
  sender: AccountId,
  at: number | null,
): boolean {
  if (row.sender !== sender || row.body?.type !== 'text') return false;
  return at === null || at - row.storedAt <= limits.editWindowMs;
}

/** A row of the outbox as a fold of its target, or null. */
export function foldOfOutbox(
  row: OutboxRow,
  sender: AccountId,
): { readonly target: number; readonly fold: Fold } | null {
  if (row.kind !== 'quiet' || row.error !== null || !isFold(row.body)) return null;
  return {
    target: row.body.target,
    fold: { seq: null, id: row.id, lamport: row.lamport, sender, storedAt: null, body: row.body },
  };
}

/** Is this the body of something that is done to another message? */
export function isFold(body: MessageRow['body']): body is FoldBody {
  return body?.type === 'edit' || body?.type === 'reaction' || body?.type === 'vote' || body?.type === 'pin';
}

/** Text of a body as it was sent. */
export function originalText(body: MessageRow['body']): string {
  if (body?.type === 'text') return body.text;
  if (body?.type === 'file') return body.text ?? '';
  return body?.type === 'poll' ? body.question : '';
}

/** What is said to people and may answer something: a text, or a file with what is said with it. */
export function saidOf(body: MessageRow['body']): TextBody | FileBody | null {
  return body?.type === 'text' || body?.type === 'file' ? body : null;
}

function inOrder(folds: readonly Fold[]): readonly Fold[] {
  const unique = new Map<string, Fold>();
  // A fold that has its seq wins over the same one on its way.
  for (const fold of folds) if (!unique.has(fold.id) || fold.seq !== null) unique.set(fold.id, fold);
  return [...unique.values()].sort(compare);
}

function compare(a: Fold, b: Fold): number {
  if (a.seq !== null && b.seq !== null) return a.seq - b.seq;
  if (a.seq === null && b.seq === null) return a.lamport - b.lamport || (a.id < b.id ? -1 : 1);
  return a.seq === null ? 1 : -1;
}

/** Null where nothing was edited. `ignored`: its sender's last edit does not count. */
function editedText(
  row: Pick<MessageRow, 'sender' | 'storedAt' | 'body'>,
  ordered: readonly Fold[],
): { readonly text: string | null; readonly ignored: boolean } {
  let text: string | null = null;
  let edits = 0;
  let ignored = false;
  for (const { body, sender, storedAt } of ordered) {
    if (body.type !== 'edit' || !mayEdit(row, sender, null)) continue;
    ignored = edits === limits.maxEdits || !mayEdit(row, sender, storedAt);
    if (ignored) continue;
    edits++;
    text = body.text;
  }
  return { text, ignored };
}

function reactionsOf(ordered: readonly Fold[], me: AccountId): readonly ReactionView[] {
  const byAccount = new Map<AccountId, string>();
  for (const { body, sender } of ordered) {
    if (body.type !== 'reaction') continue;
    // Taken out first, so that the order is that of the newest reactions.
    byAccount.delete(sender);
    if (body.emoji !== '') byAccount.set(sender, body.emoji);
  }
  const byEmoji = new Map<string, AccountId[]>();
  for (const [account, emoji] of byAccount) byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), account]);
  return [...byEmoji]
    .map(([emoji, accounts]) => ({ emoji, accounts, own: accounts.includes(me) }))
    .sort((a, b) => b.accounts.length - a.accounts.length || (a.emoji < b.emoji ? -1 : 1));
}

function pollOf(body: MessageRow['body'], ordered: readonly Fold[], me: AccountId): PollView | null {
  if (body?.type !== 'poll') return null;
  const votes = new Map<AccountId, readonly number[]>();
  for (const fold of ordered) {
    if (fold.body.type !== 'vote') continue;
    const chosen = fold.body.options.filter((option) => option < body.options.length);
    if (body.choose === 'one' && chosen.length > 1) continue;
    votes.set(fold.sender, chosen);
  }
  const options = body.options.map((text, index) => {
    const voters = [...votes].filter(([, chosen]) => chosen.includes(index)).map(([account]) => account);
    return { text, voters, own: voters.includes(me) };
  });
  return { question: body.question, choose: body.choose, options };
}

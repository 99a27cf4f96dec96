// One row of a timeline from what is kept: a confirmed record or a message on its way. Pure.
import type { AccountId, MemberAction, MemberChange } from '@parley/protocol';
import { ChatError } from './error.ts';
import { fileView } from './file-view.ts';
import { type Fold, foldMessage, originalText, saidOf } from './fold.ts';
import { isStateShown } from './group-state.ts';
import type { ConversationRow, MessageRow, OutboxRow } from './rows.ts';
import { sharedView } from './shared-history.ts';
import { tickOf } from './ticks.ts';
import type { ChangeView, MessageType, MessageView, ReplyView } from './views.ts';

/** What a view needs to know beside its row. */
export interface ViewContext {
  readonly me: AccountId;
  readonly conversation: ConversationRow;
  readonly folds: (seq: number) => readonly Fold[];
  readonly quote: (seq: number) => ReplyView;
  readonly starred: (seq: number) => boolean;
  readonly pinned: (seq: number) => boolean;
  /** Did they lead the group at this record? */
  readonly led: (account: AccountId, seq: number) => boolean;
  /** Is a delete for everyone on its way? */
  readonly deleting: (seq: number) => boolean;
}

/** Type of a record on screen, or null when it has no row there. */
export function messageType(
  row: Pick<MessageRow, 'kind' | 'body' | 'change' | 'sealed' | 'deletedBy'>,
  kind: ConversationRow['server']['kind'],
): MessageType | null {
  if (row.deletedBy === 0) return null;
  if (row.deletedBy !== undefined) return row.kind === 'content' ? 'deleted' : null;
  if (row.kind === 'timer') return 'timer';
  if (row.kind === 'members') return isShown(row.change, kind) ? 'change' : null;
  if (row.body?.type === 'state') return isStateShown(row.body) ? 'change' : null;
  if (row.body?.type === 'shared') return kind === 'group' ? 'shared' : null;
  if (row.kind !== 'content') return null;
  if (row.body === null) return 'undecryptable';
  const { type } = row.body;
  return type === 'text' || type === 'file' || type === 'poll' || type === 'contact' ? type : null;
}

/** A confirmed record; null when it has no row on screen. */
export function viewOfMessage(row: MessageRow, context: ViewContext): MessageView | null {
  const { me, conversation } = context;
  const known = messageType(row, conversation.server.kind);
  // Who does not lead a group has not changed it.
  if (known === null || (row.body?.type === 'state' && !context.led(row.sender, row.seq))) return null;
  const leftover = row.onlyHere !== undefined;
  const type = !leftover && known !== 'change' && context.deleting(row.seq) ? 'deleted' : known;
  const gone = type === 'deleted';
  const folded = foldMessage(gone ? { ...row, body: null } : row, leftover || gone ? [] : context.folds(row.seq), me);
  const own = row.sender === me;
  const said = gone ? null : saidOf(row.body);
  const mentions = gone ? [] : (row.mentions ?? []);
  return {
    id: row.id,
    conversation: row.conversation,
    seq: leftover ? null : row.seq,
    sender: row.sender,
    own,
    type,
    text: folded.text,
    state: own ? tickOf(leftover ? 0 : row.seq, conversation.server.kind, conversation.ticks) : 'received',
    error: null,
    unsettled: false,
    timestamp: row.timestamp,
    storedAt: row.storedAt,
    expiresAt: row.expiresAt ?? null,
    edited: folded.edited,
    tooLate: folded.tooLate,
    reactions: folded.reactions,
    replyTo: said?.reply_to === undefined ? null : context.quote(said.reply_to),
    mentions,
    mentionsMe: mentions.includes(me),
    forwarded: said?.forwarded ?? 0,
    starred: !leftover && context.starred(row.seq),
    pinned: !leftover && context.pinned(row.seq),
    poll: folded.poll,
    contact: row.body?.type === 'contact' && !gone ? row.body.account : null,
    file: gone ? null : fileView(row.body),
    change: type === 'change' ? changeView(row.sender, row.change, row.body) : null,
    shared: type === 'shared' ? sharedView(row.body) : null,
    timerSeconds: type === 'timer' ? (row.seconds ?? 0) : null,
    unreadable: type === 'undecryptable' ? (row.sealed?.reason ?? 'broken') : null,
    onlyHere: leftover,
  };
}

/** A message on its way; null when it has no row of its own on screen (an edit, a reaction). */
export function viewOfOutbox(row: OutboxRow, context: ViewContext): MessageView | null {
  if (row.kind !== 'content' && row.kind !== 'timer') return null;
  const type = row.kind === 'timer' ? 'timer' : messageType({ kind: 'content', body: row.body }, 'direct');
  if (type === null) return null;
  const said = saidOf(row.body);
  const mentions = row.mentions ?? [];
  return {
    id: row.id,
    conversation: row.conversation,
    seq: null,
    sender: context.me,
    own: true,
    type,
    text: originalText(row.body),
    state: row.error !== null ? 'rejected' : row.ticked ? 'sent' : 'pending',
    error: row.error === null ? null : { code: row.error, advice: new ChatError(row.error).advice },
    unsettled: row.unsettled === true,
    timestamp: row.timestamp,
    storedAt: null,
    expiresAt: null,
    edited: false,
    tooLate: false,
    reactions: [],
    replyTo: said?.reply_to === undefined ? null : context.quote(said.reply_to),
    mentions,
    mentionsMe: mentions.includes(context.me),
    forwarded: said?.forwarded ?? 0,
    starred: false,
    pinned: false,
    poll: foldMessage({ sender: context.me, storedAt: row.timestamp, body: row.body }, [], context.me).poll,
    contact: row.body?.type === 'contact' ? row.body.account : null,
    file: fileView(row.body),
    change: null,
    shared: null,
    timerSeconds: row.kind === 'timer' ? (row.seconds ?? 0) : null,
    unreadable: null,
    onlyHere: false,
  };
}

/** What a record changed, for a system row. */
export function changeView(actor: AccountId, change: MemberChange | undefined, body: MessageRow['body']): ChangeView {
  if (change === undefined) {
    const { title = null, picture } = body?.type === 'state' ? body : {};
    const news = !isPicture(body) ? 'title' : picture === null ? 'picture_removed' : 'picture';
    const named = news === 'title' ? title : null;
    return { action: news, actor, subject: null, role: null, title: named, invited: [] };
  }
  const { action, subject = null, role = null, title = null, invited = [] } = change;
  return { action, actor, subject, role, title, invited };
}

/** Is its picture what is new in it? */
export function isPicture(body: MessageRow['body']): boolean {
  return body?.type === 'state' && body.changed === 'picture';
}

/** Links, and answers that are no business of everybody. */
const quietActions: readonly MemberAction[] = ['invite', 'revoke_invite', 'accept', 'decline', 'withdraw', 'refuse'];

/** Rooms have no rows for coming and going, direct conversations none at all; links and a no have none anywhere. */
function isShown(change: MemberChange | undefined, kind: ConversationRow['server']['kind']): boolean {
  if (change === undefined || kind === 'direct') return false;
  if (quietActions.includes(change.action)) return false;
  return kind !== 'room' || change.action === 'create' || change.action === 'settings' || change.action === 'role';
}

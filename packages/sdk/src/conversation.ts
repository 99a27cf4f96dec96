// One conversation in the hand of an app: everything that can be said, done or looked at in it.
import type {
  AccountId,
  Body,
  ConversationId,
  MessageId,
  ReportId,
  Conversation as WireConversation,
} from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import { archiveKey, clearKey, draftKey, hideKey, muteKey, starKey, topKey } from '@parley/protocol/settings';
import type { Conversation, InviteLinks, Members, SentMessage, Timeline } from './api.ts';
import { checkBody, checkText } from './check.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { mayEdit } from './fold.ts';
import { conversationLinks } from './invites.ts';
import * as limits from './limits.ts';
import type { ListDeeds } from './list-deeds.ts';
import { markRead } from './mark-read.ts';
import { MemberList } from './members.ts';
import { endPending } from './merge.ts';
import { nextState, titledState } from './newcomers.ts';
import type { Reader } from './reader.ts';
import type { ReportDraft } from './reporting.ts';
import type { Roster } from './roster.ts';
import type { OutboxRow } from './rows.ts';
import { saidAgain } from './said-again.ts';
import type { AccountSettings } from './settings.ts';
import { rfc3339 } from './time.ts';
import { TimelineWindow } from './timeline.ts';
import { clipBytes } from './utf8.ts';
import type { ConversationView, GroupPicture, MessageInfoView, MessageView } from './views.ts';

export interface ConversationParts {
  readonly core: Core;
  readonly roster: Roster;
  readonly settings: AccountSettings;
  readonly reader: Reader;
  /** Timelines end with their client. */
  readonly timelines: Set<Timeline>;
}

/** Loaded with the first file, or once a browser has caught up. */
const files = () => import('./media/files.ts').catch(unreachable);

/** A handle: it holds nothing but the id, so any number of them is the same. */
export class ConversationHandle implements Conversation {
  readonly id: ConversationId;
  readonly members: Members;
  readonly links: InviteLinks;
  readonly #parts: ConversationParts;
  #typedAt = Number.NEGATIVE_INFINITY;
  #stopDraft: () => void = () => {};

  constructor(id: ConversationId, parts: ConversationParts) {
    this.id = id;
    this.#parts = parts;
    this.members = new MemberList(id, parts.core);
    this.links = conversationLinks(id, parts.core);
  }

  get snapshot(): ConversationView {
    const view = this.#parts.roster.view(this.id);
    if (view === null) throw new ChatError('conversation.denied');
    return view;
  }

  subscribe(listener: () => void): () => void {
    return this.#parts.roster.subscribeOne(this.id, listener);
  }

  timeline({ at = 'newest', count = limits.windowRows }: Parameters<Conversation['timeline']>[0] = {}): Timeline {
    const { core, settings, reader, timelines } = this.#parts;
    const deps = {
      me: core.me,
      replica: core.replica,
      settings,
      pull: core.pull.bind(core),
      quote: reader.quote.bind(reader),
    };
    if (this.snapshot.kind === 'group') core.want({ want: 'members', conversation: this.id });
    // Perhaps nobody was there to hear that.
    const stop = core.replica.onHint((hint) => {
      if (hint.hint === 'state' && hint.state.phase === 'online') core.wantMembers(this.id);
    });
    const timeline = new TimelineWindow(this.id, deps, at, count, () => {
      stop();
      timelines.delete(timeline);
    });
    timelines.add(timeline);
    return timeline;
  }

  async send(text: string, options: Parameters<Conversation['send']>[1] = {}): Promise<SentMessage> {
    checkText(text);
    const { replyTo, mentions = [] } = options;
    if (mentions.length > wire.maxMentions) throw new ChatError('frame.invalid');
    const body: Body = { type: 'text', text, ...(replyTo !== undefined && { reply_to: replyTo }) };
    return this.#say(body, mentions);
  }

  sendPoll(question: string, options: readonly string[], choose: 'one' | 'many' = 'one'): Promise<SentMessage> {
    return this.#say({ type: 'poll', question, options: [...options], choose });
  }

  sendContact(account: AccountId): Promise<SentMessage> {
    return this.#say({ type: 'contact', account });
  }

  async sendFile(...given: Parameters<Conversation['sendFile']>): Promise<SentMessage> {
    return (await files()).sendFile(this.#parts, this.id, ...given);
  }

  async *openFile(seq: number, range: Parameters<Conversation['openFile']>[1] = {}): AsyncIterable<Uint8Array> {
    yield* (await files()).openFile(this.#parts, this.id, seq, range);
  }

  async edit(seq: number, text: string): Promise<SentMessage> {
    checkText(text);
    const { core, reader } = this.#parts;
    const found = await reader.current(this.id, seq);
    if (found === null || found.row.sender !== core.me || found.row.body?.type === 'file')
      throw new ChatError('message.unknown');
    const late = !mayEdit(found.row, core.me, core.now()) || found.edits.length >= wire.maxEdits;
    if (late) throw new ChatError('message.too_late');
    return this.#quiet({ type: 'edit', target: seq, text });
  }

  react(seq: number, emoji: string): Promise<SentMessage> {
    return this.#quiet({ type: 'reaction', target: seq, emoji });
  }

  vote(seq: number, options: readonly number[]): Promise<SentMessage> {
    return this.#quiet({ type: 'vote', target: seq, options: [...options] });
  }

  pin(seq: number, pinned: boolean): Promise<SentMessage> {
    const { core } = this.#parts;
    const state = this.snapshot.kind === 'group' ? nextState(core, this.id, { target: seq, pinned }) : null;
    return this.#quiet(state ?? { type: 'pin', target: seq, pinned });
  }

  async deleteForEveryone(seq: number): Promise<SentMessage> {
    const found = await this.#parts.reader.current(this.id, seq);
    // A title, a timer or who came is no message: who has it would keep it, and who comes later would not.
    if (found === null || found.row.kind !== 'content') throw new ChatError('message.unknown');
    const edits = found.edits.map((edit) => edit.seq);
    return this.#enqueue({ kind: 'delete', targets: [seq, ...edits].slice(0, wire.maxDeleteTargets) });
  }

  deleteForMe(seq: number): Promise<void> {
    return this.#parts.settings.setValue(hideKey(this.id, seq), '1');
  }

  star(seq: number, starred: boolean): Promise<void> {
    return this.#parts.settings.setValue(starKey(this.id, seq), starred ? '1' : '');
  }

  async forward(seq: number, to: readonly ConversationId[]): Promise<readonly SentMessage[]> {
    if (to.length > wire.forwardConversations) throw new ChatError('frame.invalid');
    const found = await this.#parts.reader.current(this.id, seq);
    if (found === null || found.row.body === null) throw new ChatError('message.unknown');
    const { body } = found.row;
    if (body.type === 'file') return (await files()).forwardFile(this.#parts, { conversation: this.id, seq, body }, to);
    const forwarded = body.type === 'text' ? Math.min(100, (body.forwarded ?? 0) + 1) : 1;
    const copy: Body = body.type === 'text' ? { type: 'text', text: found.text, forwarded } : body;
    const sent: SentMessage[] = [];
    for (const conversation of to) {
      sent.push(await this.#parts.core.enqueue(conversation, { kind: 'content', body: copy }));
    }
    return sent;
  }

  async discard(id: MessageId): Promise<void> {
    const row = this.#waiting(id);
    if (row !== null) await this.#parts.core.discard(row);
  }

  async sendAgain(id: MessageId): Promise<SentMessage> {
    const row = this.#waiting(id);
    if (row === null || row.error === null) throw new ChatError('message.unknown');
    // A file is on the server for that one id only.
    if (row.blobs !== undefined) throw new ChatError('blob.unknown');
    const sent = await this.#enqueue(saidAgain(row));
    await this.#parts.core.discard(row);
    return sent;
  }

  async message(seq: number): Promise<MessageView | null> {
    const { core, reader } = this.#parts;
    if ((await reader.row(this.id, seq)) === null && !core.has(this.id, seq))
      await core.pull(this.id, { after: seq - 1, limit: 1 });
    const row = await reader.row(this.id, seq);
    return row === null ? null : ((await reader.views(this.id, [row]))[0] ?? null);
  }

  async *history(options: { readonly before?: number; readonly limit?: number } = {}): AsyncIterable<MessageView> {
    const { core, reader } = this.#parts;
    const { historyOf } = await import('./history.ts');
    yield* historyOf(this.id, core, reader, options);
  }

  async shareHistory(account: AccountId, count: number): Promise<number> {
    const { core } = this.#parts;
    if (this.snapshot.kind !== 'group') throw new ChatError('frame.invalid');
    const { sharedBodies } = await import('./shared-bodies.ts');
    const bodies = await sharedBodies(this.history(), { subject: account, count, now: core.now() });
    for (const body of bodies) await this.#quiet(body);
    return bodies.reduce((sum, { items }) => sum + items.length, 0);
  }

  async info(seq: number): Promise<MessageInfoView> {
    return (await import('./message-info.ts')).messageInfo(this.#parts.core, this, seq);
  }

  markRead(seq: number): Promise<void> {
    return markRead(this.#parts.core.replica, this.id, seq);
  }

  typing(): void {
    const { core } = this.#parts;
    const now = core.clock.now();
    const since = now - this.#typedAt;
    if (since >= 0 && since < wire.typingEveryMs) return;
    this.#typedAt = now;
    core.want({ want: 'typing', conversation: this.id });
  }

  setDraft(text: string): void {
    const { core, settings } = this.#parts;
    this.#stopDraft();
    this.#stopDraft = core.clock.after(limits.draftDebounceMs, () => {
      // A draft that could not be kept is only a draft; the next key tries again.
      settings.setValue(draftKey(this.id), clipBytes(text, wire.maxTextBytes)).catch(() => {});
    });
  }

  mute(until: number | null): Promise<void> {
    const { core, settings } = this.#parts;
    const latest = core.clock.now() + wire.maxMutedMs;
    return settings.setValue(muteKey(this.id), until === null ? '' : rfc3339(Math.min(until, latest)));
  }

  archive(archived: boolean): Promise<void> {
    return this.#parts.settings.setValue(archiveKey(this.id), archived ? '1' : '');
  }

  keepOnTop(top: boolean): Promise<void> {
    return this.#parts.settings.setValue(topKey(this.id), top ? '1' : '');
  }

  setTimer(seconds: number): Promise<SentMessage> {
    return this.#enqueue({ kind: 'timer', seconds });
  }

  async update(changes: Parameters<Conversation['update']>[0]): Promise<void> {
    const { core } = this.#parts;
    const { title, ...rest } = changes;
    const group = this.snapshot.kind === 'group';
    const state = group && title !== undefined ? titledState(core, this.snapshot, title) : null;
    if (state !== null) await this.#quiet(state);
    const body = group ? rest : changes;
    if (Object.keys(body).length > 0) await this.#merged(core.rest('updateConversation', { params: this.#path, body }));
  }

  async setPicture(bytes: Uint8Array | null): Promise<SentMessage> {
    const { stateWithPicture } = await import('./picture-deeds.ts');
    return this.#quiet(stateWithPicture(this.#parts.core, this.snapshot, bytes));
  }

  async picture(): Promise<GroupPicture | null> {
    return (await import('./picture-deeds.ts')).pictureNow(this.#parts.reader, this.snapshot);
  }

  async accept(): Promise<void> {
    const { core } = this.#parts;
    if (this.#lists === null) return this.#merged(core.rest('acceptConversation', { params: this.#path }));
    await this.#lists.join(this.id);
    await this.#merged(core.rest('getConversation', { params: this.#path }));
  }

  async decline(): Promise<void> {
    const { membership } = this.snapshot;
    if (membership === 'invited' || membership === 'waiting') return this.#declineInvitation();
    await this.clear();
    await this.archive(true);
  }

  async block(blocked: boolean): Promise<void> {
    const { peer } = this.snapshot;
    if (peer === null) throw new ChatError('account.unknown');
    await this.#parts.settings.block(peer, blocked);
  }

  async reportDraft(account?: AccountId): Promise<ReportDraft> {
    return (await reporting()).draftOf(this.#parts.core, this, account);
  }

  async report(...report: Parameters<Conversation['report']>): Promise<ReportId> {
    return (await reporting()).sendReport(this.#parts.core, this.id, ...report);
  }

  async clear(): Promise<void> {
    const { head } = this.snapshot;
    if (head === 0) return;
    await this.#parts.settings.setValue(clearKey(this.id), String(head));
    await this.markRead(head);
  }

  async leave(): Promise<void> {
    const { core } = this.#parts;
    if (this.#lists !== null) await this.#lists.leave(this.id);
    else await core.rest('removeMember', { params: { ...this.#path, account: core.me } });
    await this.#merged(core.rest('getConversation', { params: this.#path }));
  }

  async #declineInvitation(): Promise<void> {
    const { core } = this.#parts;
    if (this.#lists !== null) await this.#lists.decline(this.id);
    else await core.rest('declineConversation', { params: this.#path });
    const row = core.replica.tables.conversations.get(this.id);
    if (row !== undefined) await core.merge([{ ...endPending(row.server), marks: [] }]);
  }

  /** Of a group whose changes are signed. */
  get #lists(): ListDeeds | null {
    return this.snapshot.kind === 'group' ? this.#parts.core.lists : null;
  }

  get #path() {
    return { conversation_id: this.id };
  }

  #waiting(id: MessageId): OutboxRow | null {
    return this.#parts.core.replica.tables.outboxOf.get(this.id)?.get(id) ?? null;
  }

  async #merged(asked: Promise<WireConversation>): Promise<void> {
    await this.#parts.core.merge([await asked]);
  }

  #say(body: Body, mentions: readonly AccountId[] = []): Promise<SentMessage> {
    return this.#enqueue({ kind: 'content', body, ...(mentions.length > 0 && { mentions }) });
  }

  #quiet(body: Body): Promise<SentMessage> {
    return this.#enqueue({ kind: 'quiet', body });
  }

  async #enqueue(row: Parameters<Core['enqueue']>[1]): Promise<SentMessage> {
    if (row.body !== undefined) checkBody(row.body);
    return this.#parts.core.enqueue(this.id, row);
  }
}

/** Comes apart, as few people ever need it; where it is not at hand it is asked of the server, which may be away. */
const reporting = () => import('./reporting.ts').catch(unreachable);

function unreachable(cause: unknown): never {
  throw new ChatError('client.unreachable', { cause });
}

// The list of conversations as it is shown: one snapshot each, made again only when something in it changed.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import { archiveKey, draftKey, muteKey, topKey } from '@parley/protocol/settings';
import { lineFile, lineText } from './file-view.ts';
import { leadsAt } from './group-leads.ts';
import { pictureAt } from './group-picture.ts';
import { namesakeOf, pinsOf } from './group-state.ts';
import { titleOf } from './group-title.ts';
import * as limits from './limits.ts';
import { Derived, Listeners } from './live.ts';
import { readOf, unreadOf } from './merge.ts';
import { changeView, messageType } from './message-view.ts';
import { linesAbove } from './newest-lines.ts';
import type { PeopleCache } from './people.ts';
import type { Clock, LocalWrite } from './ports.ts';
import { Typing } from './presence.ts';
import type { Batch, Replica } from './replica.ts';
import type { ConversationRow, LastRow, OutboxRow } from './rows.ts';
import { type AccountSettings, floorOf } from './settings.ts';
import { tickOf } from './ticks.ts';
import { milliseconds } from './time.ts';
import { clip } from './utf8.ts';
import type { ConversationView, Live, PreviewView } from './views.ts';

export interface RosterParts {
  readonly me: AccountId;
  readonly replica: Replica;
  readonly settings: AccountSettings;
  readonly people: PeopleCache;
  readonly clock: Clock;
}

/** Conversations as snapshots, the list of them, and each by itself. */
export class Roster implements Live<readonly ConversationView[]> {
  readonly #parts: RosterParts;
  readonly #views = new Map<ConversationId, ConversationView>();
  readonly #list: Derived<readonly ConversationView[]>;
  readonly #one = new Map<ConversationId, Listeners>();
  readonly #typing: Typing;
  readonly #stops: (() => void)[];
  /** Settings that wait in the outbox, by message. */
  readonly #onTheirWay = new Map<MessageId, string>();

  constructor(parts: RosterParts) {
    this.#parts = parts;
    for (const row of parts.replica.tables.outbox.values()) this.#expect(row);
    this.#list = new Derived(() => this.#makeList());
    this.#typing = new Typing(parts.clock, (id) => this.#changed([id]));
    this.#stops = [
      parts.replica.onBatch((batch) => this.#onBatch(batch)),
      parts.replica.onHint((hint) => {
        if (hint.hint === 'typing') this.#typing.types(hint.conversation, hint.account);
      }),
      parts.people.subscribe(() => this.#changed(this.#named())),
    ];
  }

  get snapshot(): readonly ConversationView[] {
    return this.#list.snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#list.subscribe(listener);
  }

  /** One conversation; null when there is none (the account's own log is not one). */
  view(id: ConversationId): ConversationView | null {
    const row = this.#parts.replica.tables.conversations.get(id);
    if (row === undefined || row.server.kind === 'account') return null;
    let view = this.#views.get(id);
    if (view === undefined) {
      view = this.#make(id, row, row.server.kind);
      this.#views.set(id, view);
    }
    return view;
  }

  subscribeOne(id: ConversationId, listener: () => void): () => void {
    const listeners = this.#one.get(id) ?? new Listeners();
    this.#one.set(id, listeners);
    const stop = listeners.add(listener);
    return () => {
      stop();
      if (listeners.size === 0) this.#one.delete(id);
    };
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#typing.close();
  }

  #onBatch({ writes, arrived }: Batch): void {
    for (const { conversation, sender } of arrived) this.#typing.stops(conversation, sender);
    const changed = new Set<ConversationId>();
    for (const { table, key } of writes) {
      if (table === 'conversations' || table === 'marks' || table === 'outbox' || table === 'members')
        changed.add(key[0] as ConversationId);
    }
    const settings = writes.flatMap((write) => this.#settingOf(write) ?? []);
    for (const key of settings) changed.add(key.split('/')[1] as ConversationId);
    if (settings.some((key) => key.startsWith('block/'))) for (const id of this.#directs()) changed.add(id);
    if (changed.size > 0) this.#changed([...changed]);
  }

  /** The setting that a write concerns. One on its way is in the outbox under the account log; whom it concerns stands in its key. */
  #settingOf(write: LocalWrite): string | null {
    if (write.table === 'settings') return String(write.key[0]);
    if (write.table !== 'outbox') return null;
    const id = write.key[2] as MessageId;
    if (!('remove' in write)) return this.#expect(write.value as OutboxRow);
    const key = this.#onTheirWay.get(id) ?? null;
    this.#onTheirWay.delete(id);
    return key;
  }

  #expect({ id, key }: OutboxRow): string | null {
    if (key !== undefined) this.#onTheirWay.set(id, key);
    return key ?? null;
  }

  #changed(ids: readonly ConversationId[]): void {
    for (const id of ids) this.#views.delete(id);
    this.#list.stale();
    for (const id of ids) this.#one.get(id)?.call();
  }

  #directs(): readonly ConversationId[] {
    const { conversations } = this.#parts.replica.tables;
    return [...conversations].filter(([, row]) => row.server.kind === 'direct').map(([id]) => id);
  }

  /** Whose group it is until its title is here: with whose link one came; its owner's, an administrator's, anybody's. */
  #untitled(id: ConversationId): Pick<ConversationView, 'namedAfter' | 'joinedWith'> {
    const { people, replica, me } = this.#parts;
    const { items = [], link = null } = replica.tables.members.get(id) ?? {};
    const nameOf = (account: AccountId | null) => (account === null ? null : (people.get(account)?.name ?? null));
    return { namedAfter: nameOf(namesakeOf(items, me)), joinedWith: nameOf(link) };
  }

  /** Conversations whose title is made of the names of people. */
  #named(): readonly ConversationId[] {
    const { conversations } = this.#parts.replica.tables;
    const isNamed = (row: ConversationRow) =>
      row.server.kind === 'direct' || (row.server.kind === 'group' && this.#groupTitle(row) === null);
    return [...conversations].filter(([, row]) => isNamed(row)).map(([id]) => id);
  }

  #makeList(): readonly ConversationView[] {
    const views: ConversationView[] = [];
    for (const id of this.#parts.replica.tables.conversations.keys()) {
      const view = this.view(id);
      // A stranger who has said nothing (or nothing that is still here) is no request.
      if (view === null || (view.request === 'in' && view.last === null)) continue;
      if (view.membership !== 'ended') views.push(view);
    }
    return views.sort((a, b) => Number(b.top) - Number(a.top) || b.activeAt - a.activeAt || (a.id < b.id ? -1 : 1));
  }

  #make(id: ConversationId, row: ConversationRow, kind: ConversationView['kind']): ConversationView {
    const { settings, me, replica, clock } = this.#parts;
    const { server } = row;
    const read = replica.tables.reads.get(id) ?? null;
    const peer = server.peer === me ? null : (server.peer ?? null);
    const [last = null, before = null] = this.#previews(id, row);
    const muted = milliseconds(settings.value(muteKey(id)) ?? '');
    const requested = kind === 'direct' && !server.accepted && peer !== null;
    const readSeq = readOf(row, read).seq;
    const differing = row.doubt?.told ? row.doubt : row.doubt?.before;
    return {
      id,
      kind,
      title: this.#title(row, peer),
      ...(kind === 'group' && this.#groupTitle(row) === null
        ? this.#untitled(id)
        : { namedAfter: null, joinedWith: null }),
      picture: pictureAt(row, replica.tables.members.get(id)),
      topic: server.topic ?? '',
      access: server.access ?? null,
      peer,
      notes: kind === 'direct' && peer === null,
      role: this.#role(server),
      ...membershipOf(server, clock.now()),
      memberCount: server.member_count,
      listFault: replica.tables.members.get(id)?.fault ?? null,
      request: !requested ? null : server.requested_by === me ? 'out' : 'in',
      contact: server.contact,
      blocked: peer !== null && settings.blocks(peer),
      unread: unreadOf(row, read),
      unreadMentions: row.mentions.filter((seq) => seq > readSeq).length,
      head: row.head,
      readSeq,
      last,
      empty: row.ord === 0 || floorOf(row, settings) >= row.head,
      before: last?.unreadable === 'no_key' ? before : null,
      activeAt: Math.max(last?.at ?? 0, row.last?.storedAt ?? 0, milliseconds(server.asked_at ?? server.created_at)),
      draft: settings.value(draftKey(id)) ?? '',
      mutedUntil: muted > clock.now() ? muted : null,
      archived: settings.value(archiveKey(id)) !== null,
      top: settings.value(topKey(id)) !== null,
      typing: this.#typing.in(id),
      timerSeconds: server.timer_seconds,
      // What was cleared is nowhere, at the top of the conversation neither.
      pinnedSeqs: pinsOf(row).filter((target) => target > floorOf(row, settings)),
      doubt: differing?.by ?? null,
      doubtAt: differing?.storedAt ?? null,
      restoredFrom: row.leftovers.length > 0 ? (row.restoredFrom ?? null) : null,
    };
  }

  /** Of a checked list the own rank is what the entries say. */
  #role({ conversation_id: id, role }: ConversationRow['server']): ConversationView['role'] {
    const { replica, me } = this.#parts;
    const { items = [], entry } = replica.tables.members.get(id) ?? {};
    const own = role && entry ? items.find(({ account }) => account === me)?.role : undefined;
    return own ?? role ?? null;
  }

  #groupTitle(row: ConversationRow): string | null {
    return titleOf(row, this.#parts.replica.tables.members.get(row.server.conversation_id))?.text ?? null;
  }

  #title(row: ConversationRow, peer: AccountId | null): string {
    const { people, replica } = this.#parts;
    if (row.server.kind === 'room') return row.server.title ?? '';
    if (peer !== null) return people.get(peer)?.name ?? '';
    if (row.server.kind !== 'group') return '';
    const title = this.#groupTitle(row);
    if (title !== null) return title;
    const members = replica.tables.members.get(row.server.conversation_id)?.items ?? [];
    // A list grows in the order in which this device learned of it; the title is the same on all.
    return members
      .filter(({ account }) => account !== this.#parts.me)
      .sort((one, other) => (one.account < other.account ? -1 : 1))
      .slice(0, limits.titleNames)
      .flatMap(({ account }) => people.get(account)?.name ?? [])
      .join(', ');
  }

  /** The newest first: what waits to be sent, then the newest confirmed that are not hidden. */
  #previews(id: ConversationId, row: ConversationRow): readonly PreviewView[] {
    const { replica, settings, me } = this.#parts;
    const pending = replica.tables.newestOutbox.get(id);
    const members = replica.tables.members.get(id);
    const isNews = ({ type, change }: LastRow) => type === 'change' && change === undefined;
    const lines = linesAbove(row, floorOf(row, settings)).filter(
      (line) => !isNews(line) || leadsAt(members, line.sender, line.seq),
    );
    const [newest] = lines;
    // A rejected one stays in the way only until somebody says something else.
    const outdated =
      pending !== undefined && pending.error !== null && newest !== undefined && newest.storedAt > pending.timestamp;
    const confirmed = lines.filter(({ seq }) => !settings.hidden(id, seq)).map((line) => previewOf(line, row, me));
    return pending === undefined || outdated ? confirmed : [previewOfOutbox(pending, me), ...confirmed];
  }
}

function previewOf(line: LastRow, row: ConversationRow, me: AccountId): PreviewView {
  const own = line.sender === me;
  const titled = line.title === undefined ? null : ({ type: 'state', title: line.title } as const);
  return {
    id: line.id,
    sender: line.sender,
    own,
    type: line.type,
    text: line.text,
    ...(line.look && { look: line.look }),
    ...(line.name !== undefined && { name: line.name }),
    state: own ? tickOf(line.seq, row.server.kind, row.ticks) : 'received',
    at: line.storedAt,
    change: line.type === 'change' ? changeView(line.sender, line.change, titled) : null,
    unreadable: line.unreadable ?? (line.type === 'undecryptable' ? 'broken' : null),
  };
}

function membershipOf(
  { role, membership, left_seq, invited_by, asked_at, expires_at }: ConversationRow['server'],
  now: number,
): Pick<ConversationView, 'membership' | 'invitation'> {
  if (role !== undefined) return { membership: 'member', invitation: null };
  const before = left_seq === undefined ? 'ended' : 'left';
  const expiresAt = milliseconds(expires_at ?? '');
  if (membership === undefined || membership === 'ended' || asked_at === undefined || expiresAt <= now)
    return { membership: before, invitation: null };
  return { membership, invitation: { by: invited_by ?? null, askedAt: milliseconds(asked_at), expiresAt } };
}

function previewOfOutbox(row: OutboxRow, me: AccountId): PreviewView {
  return {
    id: row.id,
    sender: me,
    own: true,
    type: messageType({ kind: 'content', body: row.body }, 'direct') ?? 'text',
    text: clip(lineText(row.body), limits.previewCharacters),
    ...lineFile(row.body),
    state: row.error !== null ? 'rejected' : row.ticked ? 'sent' : 'pending',
    at: row.timestamp,
    change: null,
    unreadable: null,
  };
}

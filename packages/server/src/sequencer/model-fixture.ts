import { type AccountId, type ConversationId, limits, type Role } from '@parley/protocol';
import { maxLamportLeap } from '../kernel/limits.ts';
import type { Change, MembersRecord, MessageRecord } from './record.ts';

interface Said {
  readonly record: MessageRecord | MembersRecord;
  readonly time: number;
  readonly lamport: number;
  readonly ord: number;
  readonly timer: number;
  readonly request: boolean;
  deletedBy: number | null;
}

interface Interval {
  readonly account: AccountId;
  readonly role: Role;
  readonly joined: number;
  left: number | null;
}

export interface Chat {
  readonly kind: string;
  readonly said: Said[];
  readonly intervals: Interval[];
  readonly asker: AccountId | null;
  accepted: boolean;
  contact: boolean;
  open: boolean;
  invites: { readonly id: string; readonly hash: string; readonly until: number | null; uses: number | null }[];
  /** Of a group: who did what to the list, and by which record. */
  readonly entries: { readonly actor: AccountId; readonly action: string; readonly seq: number }[];
}

/** The rules of the specification, as plainly as they can be written. */
export class Model {
  readonly chats = new Map<ConversationId, Chat>();
  readonly verdicts = new Map<string, string>();

  apply(record: MessageRecord | MembersRecord, time: number): string {
    const identity = record.conversation + record.sender + record.id;
    const past = this.verdicts.get(identity);
    if (past !== undefined) return `${past} again`;
    const verdict = record.type === 'message' ? this.#message(record, time) : this.#members(record, time);
    this.verdicts.set(identity, verdict.replace(' again', ''));
    return verdict;
  }

  role(chat: Chat, account: AccountId): Role | undefined {
    return chat.intervals.find((interval) => interval.account === account && interval.left === null)?.role;
  }

  #message(record: MessageRecord, time: number): string {
    const chat = this.chats.get(record.conversation);
    const role = chat && this.role(chat, record.sender);
    if (chat === undefined || role === undefined) return 'conversation.denied';
    if (chat.kind === 'account' && record.kind !== 'setting') return 'conversation.read_only';
    const texts = chat.said.filter((said) => said.record.type === 'message' && said.record.kind === 'content').length;
    if (record.kind === 'content' && chat.kind === 'direct' && !chat.accepted && chat.asker === record.sender)
      if (texts >= limits.requestTexts) return 'request.limit';
    if (chat.kind !== 'account' && record.kind === 'setting') return 'setting.invalid';
    if (record.kind === 'timer' && chat.kind !== 'direct' && role === 'member') return 'conversation.role';
    if (record.kind === 'delete') {
      for (const seq of record.targets) {
        const target = chat.said[seq - 1];
        if (target?.record.type !== 'message' || !['content', 'quiet'].includes(target.record.kind))
          return 'message.unknown';
        if (chat.kind !== 'direct' && role !== 'member') continue;
        if (target.record.sender !== record.sender) return 'conversation.role';
        if (time - target.time > limits.deleteWindowMs) return 'message.too_late';
      }
      for (const seq of record.targets) (chat.said[seq - 1] as Said).deletedBy ??= chat.said.length + 1;
    }
    if (record.kind === 'content' && chat.kind === 'direct' && record.sender !== chat.asker) chat.accepted = true;
    this.#say(chat, record, time);
    return String(chat.said.length);
  }

  #members(record: MembersRecord, time: number): string {
    const { change } = record;
    if (change.action === 'create') return this.#create(record, change, time);
    const chat = this.chats.get(record.conversation);
    const role = chat && this.role(chat, record.sender);
    if (chat === undefined) return 'conversation.denied';
    if (record.entry !== undefined && record.entry.entry.n !== chat.entries.length + 1) return 'members.stale';
    if (change.action === 'join') {
      if (chat.kind !== 'group' && chat.kind !== 'room') return 'conversation.denied';
      if (role !== undefined) return 'members.conflict';
      if (change.inviteHash !== '') {
        const invite = chat.invites.find(({ hash }) => hash === change.inviteHash);
        if (invite === undefined || (invite.until ?? time + 1) <= time || invite.uses === 0) return 'invite.invalid';
        if (invite.uses !== null) invite.uses--;
      } else if (chat.kind !== 'room' || !chat.open) return 'conversation.denied';
      const empty = !chat.intervals.some(({ left }) => left === null);
      chat.intervals.push({
        account: record.sender,
        role: empty ? 'owner' : 'member',
        joined: chat.said.length + 1,
        left: null,
      });
      this.#enter(chat, record.sender, 'join');
      this.#say(chat, record, time);
      return String(chat.said.length);
    }
    if (role === undefined) return 'conversation.denied';
    if (change.action === 'accept') {
      if (chat.kind !== 'direct') return 'conversation.role';
      if (chat.accepted) return `${chat.said.length} again`;
      if (chat.asker === record.sender) return 'conversation.role';
      chat.accepted = true;
      this.#say(chat, record, time);
      return String(chat.said.length);
    }
    if (chat.kind === 'direct' || chat.kind === 'account') return 'conversation.role';
    const refusal = this.#administer(chat, record, role, time);
    if (refusal !== null) return refusal;
    const isGone = this.role(chat, record.sender) === undefined;
    this.#enter(chat, record.sender, isGone ? 'leave' : change.action === 'invite' ? 'link' : change.action);
    this.#say(chat, record, time);
    return String(chat.said.length);
  }

  #enter(chat: Chat, actor: AccountId, action: string): void {
    if (chat.kind === 'group') chat.entries.push({ actor, action, seq: chat.said.length + 1 });
  }

  #administer(chat: Chat, { sender, change }: MembersRecord, role: Role, time: number): string | null {
    const seq = chat.said.length + 1;
    const leaves = change.action === 'leave' || (change.action === 'remove' && change.subject === sender);
    if (!leaves && role === 'member') return 'conversation.role';
    const close = (account: AccountId): void => {
      for (const interval of chat.intervals)
        if (interval.account === account && interval.left === null) interval.left = seq;
    };
    const open = (account: AccountId, as: Role): number =>
      chat.intervals.push({ account, role: as, joined: seq, left: null });
    if (leaves) {
      close(sender);
      const heirs = chat.intervals.filter(({ left }) => left === null);
      const rank = ({ role: r, joined, account }: Interval): string =>
        `${r === 'admin' ? 0 : 1} ${String(joined).padStart(9, '0')} ${account}`;
      const heir = heirs.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
      if (role !== 'owner' || heir === undefined) return null;
      close(heir.account);
      open(heir.account, 'owner');
      return null;
    }
    if (change.action === 'invite') {
      chat.invites = chat.invites.filter(({ until, uses }) => (until ?? time + 1) > time && uses !== 0);
      if (chat.invites.some(({ id }) => id === change.inviteId)) return 'members.conflict';
      chat.invites.push({ id: change.inviteId, hash: change.secretHash, until: change.expiresAt, uses: change.uses });
      return null;
    }
    if (change.action !== 'add' && change.action !== 'remove' && change.action !== 'role') return 'unexpected';
    const before = this.role(chat, change.subject);
    if (change.action === 'add') {
      if (change.role === 'owner') return 'conversation.role';
      if (before !== undefined) return 'members.conflict';
      open(change.subject, change.role);
      return null;
    }
    if (before === undefined || (change.action === 'role' && before === change.role)) return 'members.conflict';
    if (before === 'owner') return 'conversation.role';
    if (change.action === 'role' && change.role === 'owner') {
      if (role !== 'owner') return 'conversation.role';
      close(sender);
      open(sender, 'admin');
    }
    close(change.subject);
    if (change.action === 'role') open(change.subject, change.role);
    return null;
  }

  #create(record: MembersRecord, change: Extract<Change, { action: 'create' }>, time: number): string {
    if (this.chats.has(record.conversation)) return '1 again';
    const chat: Chat = {
      kind: change.kind,
      said: [],
      intervals: change.members.map((account) => ({
        account,
        role: change.kind !== 'direct' && account === record.sender ? 'owner' : 'member',
        joined: 1,
        left: null,
      })),
      asker: change.kind === 'direct' && change.members.length > 1 ? record.sender : null,
      accepted: change.kind !== 'direct' || change.members.length < 2,
      contact: false,
      open: change.access === 'open',
      invites: [],
      entries: [],
    };
    this.chats.set(record.conversation, chat);
    this.#enter(chat, record.sender, 'create');
    this.#say(chat, record, time);
    return '1';
  }

  #say(chat: Chat, record: MessageRecord | MembersRecord, time: number): void {
    const last = chat.said.at(-1);
    const lamport = last?.lamport ?? 0;
    const counts = record.type === 'message' && record.kind === 'content';
    chat.said.push({
      record,
      time,
      lamport: Math.max(lamport, Math.min(record.lamport, lamport + maxLamportLeap)) + 1,
      ord: (last?.ord ?? 0) + (counts ? 1 : 0),
      timer: record.type === 'message' && record.kind === 'timer' ? record.seconds : (last?.timer ?? 0),
      request: !chat.accepted,
      deletedBy: null,
    });
  }
}

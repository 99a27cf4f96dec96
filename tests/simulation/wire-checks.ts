// What may be on the wire: every frame and answer of the server is looked at when it is written. What depends on who was
// a member when is judged at the end, when the whole ledger is known.
import type {
  AccountId,
  Conversation,
  ConversationId,
  Envelope,
  FrameDown,
  FrameUp,
  MessageId,
  Messages,
  Presence,
} from '@parley/protocol';
import type { HttpRequest, HttpResponse } from '@parley/sdk';
import type { Ledger } from './ledger.ts';
import type { Wiretap } from './network.ts';

/** For so long the old settings may be obeyed: when every hint of a change is told, and when some are lost. Milliseconds. */
const staleSettingsMs = { told: 5_000, lost: 61_000 } as const;

/** What the checks ask of the world. */
export interface WireWorld {
  readonly now: () => number;
  readonly epoch: () => number;
  /** Are there hints that are lost? */
  readonly losesHints: () => boolean;
  /** Must what is served be as new as what was told at this time? */
  readonly remembers: (time: number) => boolean;
  readonly accountOf: (device: string) => AccountId;
  /** Conversations whose newcomers may read what was before them. */
  readonly opened: ReadonlySet<ConversationId>;
  /** What accounts have hidden: `account conversation seq`. */
  readonly hidden: ReadonlySet<string>;
  readonly ledger: Ledger;
  readonly violate: (rule: string, text: string) => void;
}

/** Something was handed to a device. */
interface Handed {
  readonly epoch: number;
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly account: AccountId;
  readonly what: string;
}

interface Audience {
  readonly epoch: number;
  readonly seq: number;
  readonly value: string;
  readonly since: number;
}

/** A message that has its first tick. */
export interface Accepted {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly device: string;
  readonly epoch: number;
  /** Does it count, as `content` does? What changes others is not kept by itself when a restore has lost it. */
  readonly counts: boolean;
}

/** Looks at every frame. */
export class WireChecks implements Wiretap {
  readonly #world: WireWorld;
  readonly #handed = new Map<string, Handed>();
  readonly accepted = new Map<MessageId, Accepted>();
  readonly rejected = new Map<MessageId, string>();
  /** When a device asked for a page, by device and `ref`. */
  readonly #asked = new Map<string, number>();
  /** Who may see each account's presence, as the newest record says. */
  readonly #audiences = new Map<AccountId, Audience>();
  /** Changes of it that the server may have taken, by account. */
  readonly #audiencesAsked = new Map<AccountId, Set<MessageId>>();
  /** Messages of kind `content`. */
  readonly #counting = new Set<MessageId>();
  readonly #met = new Set<string>();
  /** Kinds of conversations, as the server has told them. */
  readonly #kinds = new Map<ConversationId, Conversation['kind']>();
  /** Who has written in each conversation. */
  readonly #wrote = new Map<ConversationId, Set<AccountId>>();

  constructor(world: WireWorld) {
    this.#world = world;
  }

  written(device: string, text: string): void {
    const frame = JSON.parse(text) as FrameDown;
    switch (frame.type) {
      case 'message':
        this.#envelope(device, frame, null);
        return;
      case 'messages':
        this.#page(device, frame, this.#asked.get(`${device} ${frame.ref ?? ''}`) ?? this.#world.now());
        return;
      case 'changes':
        for (const item of frame.items) this.#kinds.set(item.conversation_id, item.kind);
        return;
      case 'sent':
        this.accepted.set(frame.id, {
          id: frame.id,
          conversation: frame.conversation_id,
          device,
          epoch: this.#world.epoch(),
          counts: this.#counting.has(frame.id),
        });
        return;
      case 'rejected':
        this.rejected.set(frame.id, frame.code);
        return;
      case 'receipt':
      case 'typing':
        this.#hand(device, frame.conversation_id, 0, frame.type);
        return;
      case 'presence':
        this.#presence(device, frame);
        return;
      default:
    }
  }

  /** It has come to the device: what is on its way when a server dies never does, so the epoch is the one that wrote it. */
  delivered(device: string, text: string): void {
    const frame = JSON.parse(text) as FrameDown;
    const items = frame.type === 'message' ? [frame] : frame.type === 'messages' ? frame.items : [];
    for (const item of items) this.#world.ledger.reached(this.#world.epoch(), item, device);
  }

  received(device: string, text: string): void {
    const frame = JSON.parse(text) as FrameUp;
    if (frame.type === 'message' && frame.kind === undefined) {
      if (frame.id !== undefined) this.#counting.add(frame.id);
      this.#note(frame.conversation_id, this.#world.accountOf(device));
    }
    if (frame.type === 'sync') this.#asked.set(`${device} ${frame.ref}`, this.#world.now());
    if (frame.type === 'message' && frame.key === 'privacy/presence' && frame.id !== undefined)
      this.#audienceAsked(this.#world.accountOf(device), frame.id);
  }

  answered(device: string, request: HttpRequest, response: HttpResponse): void {
    if (response.status >= 300 || request.method !== 'GET' || !/\/messages(\?|$)/.test(request.path)) return;
    this.#page(device, response.body as Messages, this.#world.now());
  }

  /** Nobody outside a conversation was handed anything of it. Called once, when the ledger is whole. */
  judgeMembership(): void {
    for (const { epoch, conversation, seq, account, what } of this.#handed.values()) {
      const chapter = this.#world.ledger.chapter(epoch, conversation);
      if (chapter.founders === null) continue;
      const own = chapter.intervals().filter((each) => each.account === account);
      const entry = this.#hiddenEntry(epoch, conversation, account);
      if (entry !== null) own.push({ account, from: entry, to: Infinity });
      const kind = this.#kinds.get(conversation);
      const from = (each: { readonly from: number }) =>
        kind === 'group' && !this.#world.opened.has(conversation) ? each.from : 1;
      const { kind: said, targets = [] } = chapter.records.get(seq) ?? {};
      // Who has a message is told of its deletion, also of one that was said while it was away.
      const about = said === 'delete' ? [seq, ...targets] : [seq];
      const allowed = own.some((each) => seq === 0 || about.some((one) => from(each) <= one && one <= each.to));
      if (!allowed) this.#world.violate('R8', `${account} was handed ${what} ${seq} of ${conversation}, not a member`);
    }
  }

  /** Where it may have come in without a trace: it was alone there, and has hidden all up to then before it was shown any. */
  #hiddenEntry(epoch: number, conversation: ConversationId, account: AccountId): number | null {
    const { records, head } = this.#world.ledger.chapter(epoch, conversation);
    for (let seq = 1; seq <= head; seq++)
      if (!records.has(seq) && this.#world.hidden.has(`${account} ${conversation} ${seq}`)) return seq;
    return null;
  }

  /** They are contacts from the start. */
  met(a: AccountId, b: AccountId): void {
    this.#met.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  /** Have both sides of a direct conversation written, or were they made contacts? */
  mayBeContacts(a: AccountId, b: AccountId): boolean {
    if (this.#met.has(`${a} ${b}`)) return true;
    for (const [conversation, writers] of this.#wrote)
      if (this.#kinds.get(conversation) === 'direct' && writers.has(a) && writers.has(b)) return true;
    return false;
  }

  #envelope(device: string, envelope: Envelope, askedAt: number | null): void {
    const { conversation_id: conversation, seq, sender, content } = envelope;
    const now = this.#world.now();
    const chapter = this.#world.ledger.chapter(this.#world.epoch(), conversation);
    const deletedAt = chapter.deletedAt.get(seq);
    const isOfSender = envelope.kind !== 'delete' && content !== undefined;
    // At one moment sockets are written to one after the other: a repeat, and behind it the delete, to each of them.
    if (deletedAt !== undefined && isOfSender && (askedAt ?? now) > deletedAt && this.#world.remembers(deletedAt))
      this.#world.violate('DEL', `${device} is handed the content of seq ${seq} of ${conversation} after its deletion`);
    this.#world.ledger.note(this.#world.epoch(), envelope, now);
    this.#hand(device, conversation, seq, 'a message');
    if (envelope.kind === 'content') this.#note(conversation, sender);
    if (envelope.key === 'privacy/presence') this.#audienceKept(envelope);
  }

  /** Somebody has written here, or perhaps has. */
  #note(conversation: ConversationId, writer: AccountId): void {
    const writers = this.#wrote.get(conversation) ?? new Set();
    this.#wrote.set(conversation, writers.add(writer));
  }

  #page(device: string, page: Messages, askedAt: number): void {
    let last = page.from_seq - 1;
    for (const item of page.items) {
      if (item.seq <= last || item.seq > page.to_seq)
        this.#world.violate('ORDER', `a page of ${page.conversation_id} has seq ${item.seq} after ${last}`);
      last = item.seq;
      this.#envelope(device, item, askedAt);
    }
  }

  #hand(device: string, conversation: ConversationId, seq: number, what: string): void {
    const epoch = this.#world.epoch();
    const account = this.#world.accountOf(device);
    const key = `${epoch} ${conversation} ${seq} ${account} ${what}`;
    if (!this.#handed.has(key)) this.#handed.set(key, { epoch, conversation, seq, account, what });
  }

  #presence(device: string, { account: subject, state, last_seen_at }: Presence): void {
    if (state !== 'online' && state !== 'offline') {
      if (last_seen_at !== undefined) this.#world.violate('PRESENCE', `${device} learns a time of ${subject}`);
      return;
    }
    const viewer = this.#world.accountOf(device);
    if (viewer === subject) return;
    if (!this.mayBeContacts(viewer, subject))
      this.#world.violate('PRESENCE', `${device} learns that ${subject}, a stranger, is ${state}`);
    if (this.#hides(subject) || this.#hides(viewer))
      this.#world.violate('PRESENCE', `${device} learns that ${subject} is ${state} although one of them hides`);
  }

  /** Has the account said `nobody`, long enough ago that everybody must know? */
  #hides(account: AccountId): boolean {
    const audience = this.#audiences.get(account);
    if (audience === undefined || audience.value !== 'nobody' || audience.epoch !== this.#world.epoch()) return false;
    if (this.#audiencesAsked.get(account)?.size !== 0) return false;
    const { told, lost } = staleSettingsMs;
    return audience.since < this.#world.now() - (this.#world.losesHints() ? lost : told);
  }

  #audienceAsked(account: AccountId, id: MessageId): void {
    const asked = this.#audiencesAsked.get(account) ?? new Set();
    this.#audiencesAsked.set(account, asked.add(id));
  }

  #audienceKept({ id, sender, seq, value = '' }: Envelope): void {
    this.#audiencesAsked.get(sender)?.delete(id);
    const epoch = this.#world.epoch();
    const before = this.#audiences.get(sender);
    if (before !== undefined && before.epoch === epoch && before.seq >= seq) return;
    this.#audiences.set(sender, { epoch, seq, value, since: this.#world.now() });
  }
}

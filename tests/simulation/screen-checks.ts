// What may be on a screen: every look at every program is held against what was seen before and against the ledger.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import type { ConversationView, MessageState, MessageView, TimelineView } from '@parley/sdk';
import type { Ledger } from './ledger.ts';
import { type Said, saidIn } from './said.ts';
import type { Eye, Screen } from './screen.ts';

/** What the checks ask of the world. */
export interface ScreenWorld {
  readonly now: () => number;
  readonly accountOf: (device: string) => AccountId;
  readonly ledger: Ledger;
  /** Epoch that this device has caught up with; null while it finds out what is left. */
  readonly epochOf: (device: string) => number | null;
  /** Texts that were said once more, out of their order. */
  readonly again: ReadonlySet<string>;
  readonly violate: (rule: string, text: string) => void;
}

/** How far along a state is. A rejected message is at its end. */
const ranks: Readonly<Record<MessageState, number>> = {
  pending: 0,
  sent: 1,
  delivered: 2,
  read: 3,
  rejected: 4,
  received: 0,
};

/** After the last word of somebody who types, an indicator is gone in this time. Milliseconds. */
const typingMs = 3_000;

/** What one device has had on screen. It outlives its programs. */
interface Memory {
  readonly epoch: number;
  readonly seen: Map<MessageId, MessageView>;
}

/** Looks at every screen. */
export class ScreenChecks implements Eye {
  readonly #world: ScreenWorld;
  readonly #memories = new Map<string, Memory>();
  /** When this device was last told that somebody types somewhere. */
  readonly #typed = new Map<string, number>();
  readonly #dirty = new Set<Screen>();
  /** Messages that an account has had on a screen. */
  readonly #shownTo = new Map<AccountId, Set<MessageId>>();
  /** Items as they were drawn: one that looks the same is looked at once. */
  readonly #checked = new WeakSet<MessageView>();
  readonly #said = new Map<string, Said | null>();

  constructor(world: ScreenWorld) {
    this.#world = world;
  }

  glance(screen: Screen): void {
    this.#dirty.add(screen);
  }

  blank(_device: string): void {}

  /** Looks at everything that has changed. Called when nothing is in the middle of anything. */
  look(): void {
    if (this.#dirty.size === 0) return;
    const screens = [...this.#dirty];
    this.#dirty.clear();
    for (const screen of screens) screen.look();
  }

  /** A device was told that somebody types. */
  typing(device: string, conversation: ConversationId, account: AccountId): void {
    this.#typed.set(`${device} ${conversation} ${account}`, this.#world.now());
  }

  wasShown(account: AccountId, id: MessageId): boolean {
    return this.#shownTo.get(account)?.has(id) === true;
  }

  shown(device: string, conversation: ConversationId, timeline: TimelineView): void {
    this.#checkOrder(device, conversation, timeline.items);
    const memory = this.#memoryOf(device);
    const account = this.#world.accountOf(device);
    const shown = this.#shownTo.get(account) ?? new Set();
    this.#shownTo.set(account, shown);
    for (const item of timeline.items) {
      if (!this.#checked.has(item)) {
        this.#checked.add(item);
        shown.add(item.id);
        this.#checkItem(device, item);
      }
      if (memory !== null && !item.onlyHere) this.#checkCourse(device, item, memory);
    }
  }

  /** An honest server is never doubted, and nobody is shown as typing long after the last word of it. */
  listed(device: string, view: ConversationView): void {
    if (view.doubt !== null)
      this.#world.violate('DOUBT', `${device} doubts ${view.id}, by what ${view.doubt} has seen`);
    if (view.typing.length === 0) return;
    const now = this.#world.now();
    for (const account of view.typing) {
      const at = this.#typed.get(`${device} ${view.id} ${account}`);
      if (at === undefined || now - at > typingMs)
        this.#world.violate('TYPING', `${device} still shows ${account} typing in ${view.id}`);
    }
  }

  /** Confirmed ones rise by seq, those on their way come last, nothing stands twice, each sender's are in order. */
  #checkOrder(device: string, conversation: ConversationId, items: readonly MessageView[]): void {
    const ids = new Set<MessageId>();
    const last = new Map<string, number>();
    let seq = 0;
    let isPending = false;
    for (const item of items) {
      if (ids.has(item.id)) this.#world.violate('TWICE', `${device} shows ${item.id} twice`);
      ids.add(item.id);
      if (item.onlyHere) continue;
      if (item.seq === null) isPending = true;
      else {
        if (item.seq <= seq) this.#world.violate('ORDER', `${device} shows seq ${item.seq} after ${seq}`);
        if (isPending) this.#world.violate('ORDER', `${device} shows seq ${item.seq} after what has none`);
        seq = item.seq;
      }
      const said = this.#saidIn(item.text);
      // What is on its way may still be refused; its order counts once it has its place.
      if (said === null || item.type !== 'text' || item.seq === null) continue;
      if (item.forwarded > 0 || this.#world.again.has(item.text)) continue;
      const before = last.get(said.by) ?? 0;
      if (said.n <= before && !this.#mayBeLate(device, conversation, item.sender))
        this.#world.violate(
          'SENDER',
          `${device} shows number ${said.n} of ${said.by} after ${before} in ${conversation}`,
        );
      last.set(said.by, said.n);
    }
  }

  /**
   * What somebody said is refused while they are out, or while a request has its limit, and what they said later taken
   * when they are in again, or it is accepted. When the server dies before it has told of the former, that is said again,
   * behind the latter.
   */
  #mayBeLate(device: string, conversation: ConversationId, sender: AccountId): boolean {
    const epoch = this.#world.epochOf(device);
    // It is looked at again once the device has caught up.
    if (epoch === null) return true;
    const chapter = this.#world.ledger.chapter(epoch, conversation);
    return chapter.hasComeBack(sender) || chapter.wasFull;
  }

  /** It is what was said, by whom it says, and where the server put it. */
  #checkItem(device: string, item: MessageView): void {
    const { violate, ledger } = this.#world;
    if (item.type === 'undecryptable') violate('INVENTED', `${device} cannot read ${item.id}`);
    if (item.seq !== null && !ledger.knows(item.conversation, item.seq, item.id))
      violate('INVENTED', `${device} shows ${item.id} at seq ${item.seq}, where the server never put it`);
    if (item.type !== 'text') return;
    const said = this.#saidIn(item.text);
    if (said === null) violate('INVENTED', `${device} shows a text that nobody said: ${item.text}`);
    else if (item.forwarded === 0 && (said.sender !== item.sender || said.conversation !== item.conversation))
      violate('INVENTED', `${device} shows what ${said.sender} said in ${said.conversation} as said by ${item.sender}`);
  }

  /** Ticks only rise, a verdict is final, and what is deleted stays deleted. */
  #checkCourse(device: string, item: MessageView, memory: Memory): void {
    const { violate } = this.#world;
    const { id, state, seq } = item;
    const before = memory.seen.get(id);
    if (before === item) return;
    memory.seen.set(id, item);
    if (before === undefined) return;
    // What somebody wants to delete looks deleted until the server says no.
    const chapter = this.#world.ledger.chapter(memory.epoch, item.conversation);
    if (before.type === 'deleted' && item.type !== 'deleted' && chapter.toldDeleted.has(`${device} ${seq}`))
      violate('DELETED', `${device} shows seq ${seq} of ${item.conversation} again after its deletion`);
    if (ranks[state] < ranks[before.state] || (before.state === 'rejected' && state !== 'rejected'))
      violate('TICKS', `${device} shows ${id} as ${state} after ${before.state}`);
    if (before.seq !== null && seq !== before.seq)
      violate('ORDER', `${device} shows ${id} at ${seq} after ${before.seq}`);
  }

  #saidIn(text: string): Said | null {
    const known = this.#said.get(text);
    if (known !== undefined) return known;
    const said = saidIn(text);
    this.#said.set(text, said);
    return said;
  }

  #memoryOf(device: string): Memory | null {
    const epoch = this.#world.epochOf(device);
    if (epoch === null) return null;
    const known = this.#memories.get(device);
    if (known !== undefined && known.epoch === epoch) return known;
    const fresh = { epoch, seen: new Map<MessageId, MessageView>() };
    this.#memories.set(device, fresh);
    return fresh;
  }
}

// Finds out what was missed and fetches it: what changed since last time, then the records of every conversation
// from where this device has got to its head. A lost push shows in the heartbeat. It promises that a device that is
// connected ends up with everything; it must never decide what a record means. [SYN]
import type { Changes, Conversation, ConversationId, FrameDown, FramesUp, Welcome } from '@parley/protocol';
import { maxPageItems, maxSettings } from '@parley/protocol/limits';
import { stateKey } from '@parley/protocol/settings';
import { inBackground } from './background.ts';
import { ChatError, isFinal } from './error.ts';
import { isSamePlan, type Plan, planFill, planLook } from './fill-plan.ts';
import type { Inbox } from './inbox.ts';
import * as limits from './limits.ts';
import { MemberLists } from './member-lists.ts';
import { everyItem } from './pages.ts';
import type { Clock, MembershipKeys } from './ports.ts';
import type { Replica } from './replica.ts';
import type { Rest } from './rest.ts';
import { restore } from './restore.ts';
import { type ConversationRow, keys, put, type SettingRow } from './rows.ts';
import { placesOf } from './state-places.ts';

/** How to ask the server over the socket. */
export type Ask = (question: Omit<FramesUp['sync'], 'ref'>) => Promise<FrameDown>;

export interface SyncParts {
  readonly replica: Replica;
  readonly inbox: Inbox;
  readonly ask: Ask;
  readonly rest: Rest;
  readonly clock: Clock;
  /** Everything that was missed is here. */
  readonly onCaughtUp: () => void;
  /** A conversation that was looked at is known up to its head. */
  readonly onLooked: (conversation: ConversationId) => void;
  /** Seqs of this conversation begin anew above some point: the server was restored. */
  readonly onCut: (conversation: ConversationId) => void;
  /** Every conversation was cut; seqs mean the same here and there again. */
  readonly onRestored: () => void;
  /** Of signed member lists. */
  readonly keys: MembershipKeys | null;
  /** A member list was read. */
  readonly onRead: () => void;
}

/** The leader's catching up. One for each client, over all its connections. */
export class Sync {
  readonly #parts: SyncParts;
  readonly #wanted = new Set<ConversationId>();
  readonly #active = new Set<ConversationId>();
  /** To be read without a hole from above this seq, even if nothing seems to be missing. */
  readonly #looked = new Map<ConversationId, number>();
  /** Asked for in vain, and to be asked for again. */
  readonly #owed = new Set<ConversationId>();
  /** The server says that nothing (more) is readable here. */
  readonly #denied = new Set<ConversationId>();
  readonly members: MemberLists;
  /** Counts connections: what belongs to an earlier one is dropped. */
  #connection = 0;
  #up = false;
  #restoring = false;
  #changesRunning = false;
  #changesWanted = false;
  #changesDone = false;
  #lastChange: string | null = null;
  #stopTimer: (() => void) | null = null;
  #stopAgain: (() => void) | null = null;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    this.members = new MemberLists({
      ...parts,
      onFailed: (isFinal) => this.#listFailed(isFinal),
      onRead: (id) => this.#listRead(id),
    });
  }

  /** Are pushes of this connection to be taken in? Not while rows of an earlier epoch stand in their places. */
  get takesPushes(): boolean {
    return this.#up && !this.#restoring;
  }

  welcome(frame: Welcome): void {
    this.#connection++;
    this.#up = true;
    this.#changesRunning = false;
    this.#changesDone = false;
    this.#lastChange = null;
    this.#denied.clear();
    this.members.up();
    const before = this.#parts.replica.tables.fact('server');
    const now = { logId: frame.log_id, epoch: frame.epoch };
    if (before !== null && (before.epoch !== now.epoch || before.logId !== now.logId)) inBackground(this.#restore(now));
    else if (before === null) this.#keep(now);
  }

  down(): void {
    this.#connection++;
    this.#up = false;
    this.#restoring = false;
    this.#wanted.clear();
  }

  close(): void {
    this.down();
    this.#stopTimer?.();
    this.#stopAgain?.();
  }

  /** The `changes` that follow `welcome`. */
  pushedChanges(frame: Changes): void {
    if (!this.#restoring && !this.#changesRunning) inBackground(this.#runChanges(frame));
  }

  heartbeat(change: string): void {
    if (this.#lastChange !== change) this.changesSoon();
    this.#lastChange = change;
  }

  /** Something says that the list of conversations is not up to date. */
  changesSoon(): void {
    if (this.#stopTimer !== null) return;
    this.#stopTimer = this.#parts.clock.after(limits.changesDebounceMs, () => {
      this.#stopTimer = null;
      if (this.#changesRunning) this.#changesWanted = true;
      else if (this.takesPushes) inBackground(this.#runChanges(null));
    });
  }

  /** Fetches what is missing of a conversation. Something says that there is something, so what was denied is asked again. */
  fill(id: ConversationId): void {
    this.#denied.delete(id);
    this.#want(id);
  }

  /** Reads a conversation without a hole from above a seq up to its head, whatever seems to be missing. */
  look(id: ConversationId, above: number): void {
    this.#looked.set(id, Math.min(above, this.#looked.get(id) ?? above));
    this.fill(id);
  }

  /** These may be readable although they were denied before. */
  allow(ids: Iterable<ConversationId>): void {
    for (const id of ids) this.#denied.delete(id);
  }

  /** What failed, or could not be kept, is asked for again after a while. */
  again(afterMs: number = limits.fillRetryMs): void {
    if (this.#stopAgain !== null) return;
    this.#stopAgain = this.#parts.clock.after(Math.max(afterMs, limits.fillRetryMs), () => {
      this.#stopAgain = null;
      if (!this.takesPushes) return;
      this.changesSoon();
      this.#fillAll();
    });
  }

  /** One page that somebody wants to look at. Resolves when it is kept. */
  async page(
    id: ConversationId,
    at: { readonly after?: number; readonly before?: number; readonly limit: number },
  ): Promise<void> {
    await this.#fetch(id, at, true);
  }

  /** Page after page of what changed; never rejects. */
  async #runChanges(first: Changes | null): Promise<void> {
    if (this.#changesRunning) return;
    const connection = this.#connection;
    this.#changesRunning = true;
    try {
      let frame = first ?? (await this.#askChanges());
      for (;;) {
        if (this.#connection !== connection) return;
        await this.#parts.inbox.take({ type: 'changes', frame });
        this.allow(frame.items.map((item) => item.conversation_id));
        if (!frame.has_more) break;
        const before = frame;
        frame = await this.#askChanges();
        // A list that does not get on has no end.
        if (frame.has_more && frame.since === before.since) throw new ChatError('client.unexpected');
      }
      if (this.#connection !== connection) return;
      this.#changesRunning = false;
      this.#changesDone = true;
      this.#fillAll();
      if (this.#changesWanted) this.changesSoon();
      this.#changesWanted = false;
    } catch {
      if (this.#connection !== connection) return;
      this.#changesRunning = false;
      this.again();
    }
  }

  async #askChanges(): Promise<Changes> {
    const since = this.#parts.replica.tables.fact('since');
    const answer = await this.#parts.ask({ type: 'sync', ...(since !== null && { since }) });
    if (answer.type !== 'changes') throw new ChatError('client.unexpected');
    return answer;
  }

  #fillAll(): void {
    this.#owed.clear();
    for (const [id, row] of this.#parts.replica.tables.conversations)
      if (this.#looked.has(id) || this.#plan(id, row) !== null) this.#want(id);
    this.members.retry();
    this.#fillNext();
  }

  #want(id: ConversationId): void {
    if (!this.#up) return;
    this.#wanted.add(id);
    this.#fillNext();
  }

  #fillNext(): void {
    for (const id of this.#wanted) {
      if (this.#active.size >= limits.parallelFills || !this.#up) return;
      // One that is being read comes again after that: what was wanted may have come too late for it.
      if (this.#active.has(id)) continue;
      this.#wanted.delete(id);
      this.#active.add(id);
      inBackground(this.#fillOne(id));
    }
    const isIdle = this.#active.size === 0 && this.#owed.size === 0 && !this.#changesRunning && this.members.isIdle;
    if (isIdle && this.#changesDone && this.#up) this.#parts.onCaughtUp();
  }

  /** Fetches one conversation up to its head; never rejects. */
  async #fillOne(id: ConversationId): Promise<void> {
    const connection = this.#connection;
    const above = this.#looked.get(id) ?? null;
    this.#looked.delete(id);
    let isKnown = false;
    try {
      isKnown = await this.#fillUp(id, above, connection);
    } catch (error) {
      isKnown = this.#fillFailed(id, error, connection);
    }
    this.#active.delete(id);
    if (above !== null && isKnown) this.#parts.onLooked(id);
    else if (above !== null) this.#looked.set(id, Math.min(above, this.#looked.get(id) ?? above));
    this.#fillNext();
  }

  /** Resolves to whether everything that was wanted is known now. */
  async #fillUp(id: ConversationId, above: number | null, connection: number): Promise<boolean> {
    let last: Plan | null = null;
    for (;;) {
      if (this.#connection !== connection) return false;
      if (this.#denied.has(id)) return true;
      const row = this.#parts.replica.tables.conversations.get(id);
      // Once the list of conversations is whole, what is not in it is not there.
      if (row === undefined) return this.#changesDone;
      const plan: Plan | null = above === null ? this.#plan(id, row) : planLook(row, above, last !== null);
      if (plan === null) return true;
      // It does not get on: whoever answers so will do so again.
      if (last !== null && last !== 'settings' && isSamePlan(last, plan)) return false;
      if (plan === 'settings') await this.#fetchSettings(id, row.head);
      else await this.#fetch(id, plan, false, plan.before !== undefined || (row.fresh && row.ranges.length === 0));
      last = plan;
    }
  }

  /** Where a group says how it stands another own device has found; who may say so is in its member list. */
  #plan(id: ConversationId, row: ConversationRow): Plan | null {
    const { settings, members } = this.#parts.replica.tables;
    return planFill(row, placesOf(settings.get(stateKey(id))?.value), members.get(id));
  }

  /** A list was read: the title of its group may not be what was found so far. */
  #listRead(id: ConversationId): void {
    const row = this.#parts.replica.tables.conversations.get(id);
    if (row !== undefined && this.#plan(id, row) !== null) this.#want(id);
    this.#parts.onRead();
    this.#fillNext();
  }

  #listFailed(isFinal: boolean): void {
    if (!isFinal) this.again();
    this.#fillNext();
  }

  /** Resolves to true when there is nothing (more) to be read here. */
  #fillFailed(id: ConversationId, error: unknown, connection: number): boolean {
    if (this.#connection !== connection) return false;
    if (isFinal(error)) {
      this.#denied.add(id);
      return true;
    }
    this.#owed.add(id);
    this.again(error instanceof ChatError ? (error.retryAfterMs ?? undefined) : undefined);
    return false;
  }

  async #fetch(
    id: ConversationId,
    at: { readonly after?: number; readonly before?: number; readonly limit: number },
    asked: boolean,
    quiet = asked,
  ): Promise<void> {
    const connection = this.#connection;
    // Pages of a restored server do not fit to what is here before it was cut.
    if (this.#restoring) throw new ChatError('client.unreachable');
    const limit = Math.min(at.limit, maxPageItems);
    const answer = await this.#parts.ask({ type: 'sync', conversation_id: id, ...at, limit });
    if (answer.type !== 'messages') throw new ChatError('client.unexpected');
    if (this.#connection !== connection) throw new ChatError('client.unreachable');
    await this.#parts.inbox.take({ type: 'page', frame: answer, before: at.before ?? null, quiet });
  }

  /** The present value of every setting, as of at least `head`. */
  async #fetchSettings(id: ConversationId, head: number): Promise<void> {
    const items = await everyItem<SettingRow>(
      (cursor) =>
        this.#parts.rest('listSettings', {
          query: { limit: maxPageItems, at_least: head, ...(cursor && { cursor }) },
        }),
      maxSettings,
    );
    await this.#parts.inbox.take({ type: 'settings', conversation: id, items, upTo: head });
  }

  /** The server was restored from a backup: nothing is taken in before every conversation is cut to what it still has. */
  async #restore(now: { readonly logId: string; readonly epoch: number }): Promise<void> {
    const connection = this.#connection;
    this.#restoring = true;
    // They are cut away with the rest.
    this.members.oweAll();
    try {
      const items = await this.#allConversations();
      await restore(items, { ...this.#parts, epoch: this.#parts.replica.tables.fact('server')?.epoch ?? 0 });
      if (this.#connection !== connection) return;
      await this.#parts.replica.commit([put('facts', keys.fact('server'), now)]);
      this.#restoring = false;
      this.#parts.onRestored();
      inBackground(this.#runChanges(null));
    } catch {
      if (this.#connection !== connection) return;
      this.#parts.clock.after(limits.fillRetryMs, () => {
        if (this.#connection === connection) inBackground(this.#restore(now));
      });
    }
  }

  /** Every conversation as it is now, from the beginning of the list. */
  async #allConversations(): Promise<readonly Conversation[]> {
    const items: Conversation[] = [];
    let since: string | null = null;
    for (;;) {
      const answer: FrameDown = await this.#parts.ask({ type: 'sync', ...(since !== null && { since }) });
      if (answer.type !== 'changes') throw new ChatError('client.unexpected');
      items.push(...answer.items);
      if (!answer.has_more) return items;
      if (answer.since === since || items.length > limits.maxConversationsTold)
        throw new ChatError('client.unexpected');
      since = answer.since;
    }
  }

  #keep(server: { readonly logId: string; readonly epoch: number }): void {
    this.#parts.replica.commit([put('facts', keys.fact('server'), server)]).catch(() => this.again());
  }
}

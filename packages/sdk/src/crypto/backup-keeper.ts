// Room keys in the backup: every new one goes up, sealed with the key of the newest epoch; one that is missing here is
// looked for there; a new device takes all of them. It promises that the machine is told of a room key's safety only
// once the server has it. [ENC]
import type { AccountId, ConversationId, RouteBody, RouteResult } from '@parley/protocol';
import { maxBackupSessions, maxPageItems } from '@parley/protocol/limits';
import { inBackground } from '../background.ts';
import { ChatError } from '../error.ts';
import * as limits from '../limits.ts';
import type { Clock, Random } from '../ports.ts';
import type { Rest } from '../rest.ts';
import { openBackup, sealBackup } from './backup-blob.ts';
import type { KeyMachine, RoomKeyRow } from './key-machine.ts';
import type { TimedSessions } from './timed-sessions.ts';
import type { EpochKey } from './vault-items.ts';

type Item = RouteBody<'uploadBackup'>['items'][number];
type Listed = RouteResult<'listBackup'>;

interface BackupParts {
  readonly account: AccountId;
  readonly rest: Rest;
  readonly clock: Clock;
  readonly random: Random;
  readonly machine: KeyMachine;
  readonly timed: Pick<TimedSessions, 'untilOf' | 'learn'>;
  /** Oldest first; empty while the vault is not open here. */
  readonly epochs: () => readonly EpochKey[];
  /** The newest one; null while it is not known to be. */
  readonly epoch: () => EpochKey | null;
  /** What was sealed with the key of this session may open now. */
  readonly onKey: (conversation: ConversationId, session: string) => void;
}

/** Puts room keys there and takes them out. */
export class BackupKeeper {
  readonly #parts: BackupParts;
  /** Sessions to be looked for, and when each was last asked for. */
  readonly #missing = new Set<string>();
  readonly #asked = new Map<string, number>();
  /** Sessions whose expiry is another than what stands there. */
  readonly #changed = new Set<string>();
  /** Who waits until everything is there. */
  readonly #waiting: (() => void)[] = [];
  #putting = false;
  /** It is to begin later. */
  #cancel: (() => void) | null = null;
  #putAgain = false;
  #isLooking = false;
  #failures = 0;
  #closed = false;

  constructor(parts: BackupParts) {
    this.#parts = parts;
  }

  /** There are (or may be) room keys that are not in the backup. */
  putSoon(): void {
    if (this.#putting) this.#putAgain = true;
    else if (!this.#closed) this.#after(limits.backupDelayMs);
  }

  /** These are needed until another time than what stands there. */
  sealAgain(sessions: readonly string[]): void {
    for (const session of sessions) this.#changed.add(session);
    this.putSoon();
  }

  /** Removes the keys of sessions. @throws {ChatError} */
  async drop(sessions: readonly string[]): Promise<void> {
    await this.#parts.rest('deleteBackup', { body: { sessions: [...sessions] } });
  }

  /** Resolves when every room key is there, or this is closed, or there is no backup. */
  saved(): Promise<void> {
    if (this.#closed || this.#parts.epochs().length === 0) return Promise.resolve();
    const saved = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#putting && this.#cancel === null) this.#putAgain = true;
    else {
      this.#cancel?.();
      this.#begin();
    }
    return saved;
  }

  /** This session's key is not here: it may be there. Asked once in a while, however many messages wait for it. */
  find(session: string): void {
    const now = this.#parts.clock.now();
    if ((this.#asked.get(session) ?? Number.NEGATIVE_INFINITY) > now - limits.findAgainMs) return;
    if (this.#asked.size >= limits.maxSessionsAsked) this.#asked.delete(this.#asked.keys().next().value ?? '');
    this.#asked.set(session, now);
    this.#missing.add(session);
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#parts.clock.after(limits.findDelayMs, () => inBackground(this.#look()));
  }

  /** The newest page, which may be asked for before anything can open it. */
  newest(): Promise<Listed> {
    const newest = this.#list();
    newest.catch(() => {});
    return newest;
  }

  /** Takes all room keys, the newest first. How many could be used. @throws {ChatError} also when it was closed before the last */
  async restore(
    onPage: (page: number) => Promise<void> = async () => {},
    newest: Promise<Listed> | null = null,
  ): Promise<number> {
    let imported = 0;
    let [seen, pages] = [0, 0];
    let next: Promise<Page> | null = this.#readPage(newest?.catch(() => this.#list()) ?? this.#list(), null);
    while (next !== null) {
      const page: Page = await next;
      if (this.#closed) throw new ChatError('client.closed');
      seen += page.count;
      // A list that does not get on, or is longer than any backup, has no end.
      const getsOn = page.count > 0 && seen <= maxBackupSessions;
      // It comes and is opened while this one is taken in.
      next = page.after !== null && getsOn ? this.#readPage(this.#list(page.after), page.after) : null;
      next?.catch(() => {});
      imported += (await this.#import(page.opened)).length;
      await onPage(pages++);
    }
    return imported;
  }

  /** One page, opened. */
  async #readPage(listed: Promise<Listed>, cursor: string | null): Promise<Page> {
    const { items, has_more, next_cursor: after } = await listed;
    const opened = await this.#openAll(items);
    return { opened, count: items.length, after: has_more && after !== cursor ? (after ?? null) : null };
  }

  #list(cursor: string | null = null): Promise<Listed> {
    return this.#parts.rest('listBackup', { query: { limit: maxPageItems, ...(cursor !== null && { cursor }) } });
  }

  close(): void {
    this.#closed = true;
    this.#tell();
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #after(delayMs: number): void {
    this.#putting = true;
    this.#cancel = this.#parts.clock.after(delayMs, () => this.#begin());
  }

  #begin(): void {
    this.#putting = true;
    this.#cancel = null;
    inBackground(this.#put());
  }

  /** Batch after batch; never rejects. */
  async #put(): Promise<void> {
    const { machine, rest } = this.#parts;
    try {
      for (;;) {
        const epoch = this.#parts.epoch();
        if (this.#closed || epoch === null) break;
        this.#putAgain = false;
        const taken = await machine.takeRoomKeys();
        if (taken === null) {
          await this.#sealChanged(epoch);
          break;
        }
        const items = await this.#sealAll(taken.rows, epoch);
        if (items.length > 0) await rest('uploadBackup', { body: { items: [...items] } });
        await machine.confirmRoomKeys(taken.batch);
        this.#failures = 0;
      }
    } catch {
      const wait = Math.min(limits.retryMaxMs, limits.retryMinMs * 2 ** Math.min(this.#failures++, 16));
      if (!this.#closed) return this.#after(wait);
    }
    this.#putting = false;
    if (this.#putAgain) this.putSoon();
    else this.#tell();
  }

  /** What stands there is sealed once more, with the expiry that is known by now. */
  async #sealChanged(epoch: EpochKey): Promise<void> {
    const sessions = [...this.#changed].slice(0, limits.maxSessionsPerLook);
    if (sessions.length === 0) return;
    const { items } = await this.#parts.rest('findBackup', { body: { sessions } });
    const rows = (await Promise.all(items.map((item) => this.#open(item)))).flatMap((opened) => opened?.row ?? []);
    const sealed = await this.#sealAll(rows, epoch);
    if (sealed.length > 0) await this.#parts.rest('uploadBackup', { body: { items: [...sealed] } });
    for (const session of sessions) this.#changed.delete(session);
    if (this.#changed.size > 0) this.#putAgain = true;
  }

  /** Those that are still needed. */
  async #sealAll(rows: readonly RoomKeyRow[], epoch: EpochKey): Promise<readonly Item[]> {
    const needed = rows.filter(({ session }) => !isOver(this.#parts.timed.untilOf(session), this.#parts.clock.now()));
    return Promise.all(needed.map((row) => this.#seal(row, epoch)));
  }

  async #seal(row: RoomKeyRow, { epoch, key }: EpochKey): Promise<Item> {
    const { account, random, timed } = this.#parts;
    const until = timed.untilOf(row.session);
    const { conversation, session, firstIndex, exported, origin } = row;
    const place = { account, epoch, conversation, session, firstIndex };
    const value = await sealBackup(
      key,
      place,
      { exported, origin, ...(until !== null && { expiresAt: until }) },
      random,
    );
    return { epoch, conversation_id: conversation, session_id: session, first_index: firstIndex, value };
  }

  /** Looks for what is missing; what is not found now may come from its sender. Never rejects. */
  async #look(): Promise<void> {
    while (this.#missing.size > 0 && !this.#closed && this.#parts.epochs().length > 0) {
      const sessions = [...this.#missing].slice(0, limits.maxSessionsPerLook);
      for (const session of sessions) this.#missing.delete(session);
      if (!(await this.#ask(sessions, limits.findLaterMs))) break;
    }
    this.#isLooking = false;
  }

  /** Takes what is there; the own device that has the rest may be putting it there just now. False: nobody answers. */
  async #ask(sessions: readonly string[], [delayMs, ...later]: readonly number[]): Promise<boolean> {
    const { rest, onKey, clock } = this.#parts;
    try {
      const { items } = await rest('findBackup', { body: { sessions: [...sessions] } });
      const taken = await this.#take(items);
      for (const { conversation, session } of taken) onKey(conversation, session);
      const found = new Set(taken.map(({ session }) => session));
      const left = sessions.filter((session) => !found.has(session));
      if (left.length > 0 && delayMs !== undefined && !this.#closed)
        clock.after(delayMs, () => inBackground(this.#ask(left, later)));
      return true;
    } catch {
      // They are asked for again with the next message that needs them.
      for (const session of sessions) this.#asked.delete(session);
      return false;
    }
  }

  /** Opens and imports; what does not open, is not what it claims to be, or has expired is left out. */
  async #take(items: readonly Item[]): Promise<readonly RoomKeyRow[]> {
    return this.#import(await this.#openAll(items));
  }

  async #openAll(items: readonly Item[]): Promise<readonly OpenedKey[]> {
    return (await Promise.all(items.map((item) => this.#open(item)))).filter((one) => one !== null);
  }

  async #import(opened: readonly OpenedKey[]): Promise<readonly RoomKeyRow[]> {
    const isNeeded = ({ row, until }: OpenedKey) => until === null || this.#parts.timed.learn(row.session, until);
    const rows = opened.filter(isNeeded).map(({ row }) => row);
    const taken = new Set(rows);
    const over = opened.filter(({ row }) => !taken.has(row)).map(({ row }) => row.session);
    if (over.length > 0) this.#dropOver(over);
    if (rows.length > 0) await this.#parts.machine.importRoomKeys(rows);
    return rows;
  }

  /** Nobody waits for it: whoever reads them next drops them as well. */
  #dropOver(sessions: readonly string[]): void {
    for (let at = 0; at < sessions.length; at += limits.maxSessionsPerLook)
      this.drop(sessions.slice(at, at + limits.maxSessionsPerLook)).catch(() => {});
  }

  async #open(item: Item): Promise<OpenedKey | null> {
    const { account } = this.#parts;
    const { epoch, conversation_id: conversation, session_id: session, first_index: firstIndex, value } = item;
    const known = this.#parts.epochs().find((one) => one.epoch === epoch);
    if (known === undefined) return null;
    const reading = await openBackup(known.key, { account, epoch, conversation, session, firstIndex }, value);
    if (!reading.ok) return null;
    const { exported, origin, expiresAt: until = null } = reading.value;
    return { row: { conversation, session, firstIndex, exported, origin }, until };
  }
}

/** Of the backup; `after`: the cursor of what follows, null at its end. */
interface Page {
  readonly opened: readonly OpenedKey[];
  readonly count: number;
  readonly after: string | null;
}

interface OpenedKey {
  readonly row: RoomKeyRow;
  readonly until: number | null;
}

function isOver(until: number | null, now: number): boolean {
  return until !== null && until <= now;
}

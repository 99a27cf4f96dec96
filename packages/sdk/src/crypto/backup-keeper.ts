// Room keys in the backup: every new one goes up, sealed with the key of the newest epoch; one that is missing here is
// looked for there; a new device takes all of them. It promises that the machine is told of a room key's safety only
// once the server has it. [ENC]
import type { AccountId, ConversationId, RouteBody } from '@parley/protocol';
import { maxBackupSessions, maxPageItems } from '@parley/protocol/limits';
import { inBackground } from '../background.ts';
import * as limits from '../limits.ts';
import type { Clock, Random } from '../ports.ts';
import type { Rest } from '../rest.ts';
import { openBackup, sealBackup } from './backup-blob.ts';
import type { KeyMachine, RoomKeyRow } from './key-machine.ts';
import type { EpochKey } from './vault-items.ts';

type Item = RouteBody<'uploadBackup'>['items'][number];

interface BackupParts {
  readonly account: AccountId;
  readonly rest: Rest;
  readonly clock: Clock;
  readonly random: Random;
  readonly machine: KeyMachine;
  /** Oldest first; empty while the vault is not open here. */
  readonly epochs: () => readonly EpochKey[];
  /** The newest one; null while it is not known to be. */
  readonly epoch: () => EpochKey | null;
  /** What was sealed with the key of this session may open now. */
  readonly onKey: (conversation: ConversationId, session: string) => void;
  readonly onMany: () => void;
}

/** Puts room keys there and takes them out. */
export class BackupKeeper {
  readonly #parts: BackupParts;
  /** Sessions to be looked for, and when each was last asked for. */
  readonly #missing = new Set<string>();
  readonly #asked = new Map<string, number>();
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

  /** Takes all room keys, the newest first. How many could be used. @throws {ChatError} */
  async restore(): Promise<number> {
    const { rest, onMany } = this.#parts;
    let cursor: string | undefined;
    let imported = 0;
    let seen = 0;
    do {
      const query = { limit: maxPageItems, ...(cursor !== undefined && { cursor }) };
      const page = await rest('listBackup', { query });
      imported += (await this.#take(page.items)).length;
      onMany();
      seen += page.items.length;
      // A list that does not get on, or is longer than any backup, has no end.
      const getsOn = page.next_cursor !== cursor && page.items.length > 0 && seen <= maxBackupSessions;
      cursor = page.has_more && getsOn ? page.next_cursor : undefined;
    } while (cursor !== undefined && !this.#closed);
    return imported;
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
        if (taken === null) break;
        const items = await Promise.all(taken.rows.map((row) => this.#seal(row, epoch)));
        if (items.length > 0) await rest('uploadBackup', { body: { items } });
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

  async #seal(row: RoomKeyRow, { epoch, key }: EpochKey): Promise<Item> {
    const { account, random } = this.#parts;
    const { conversation, session, firstIndex, exported, origin } = row;
    const place = { account, epoch, conversation, session, firstIndex };
    const value = await sealBackup(key, place, { exported, origin }, random);
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

  /** Opens and imports; what does not open, or is not what it claims to be, is left out. */
  async #take(items: readonly Item[]): Promise<readonly RoomKeyRow[]> {
    const opened = await Promise.all(items.map((item) => this.#open(item)));
    const rows = opened.filter((row) => row !== null);
    if (rows.length > 0) await this.#parts.machine.importRoomKeys(rows);
    return rows;
  }

  async #open(item: Item): Promise<RoomKeyRow | null> {
    const { account } = this.#parts;
    const { epoch, conversation_id: conversation, session_id: session, first_index: firstIndex, value } = item;
    const known = this.#parts.epochs().find((one) => one.epoch === epoch);
    if (known === undefined) return null;
    const reading = await openBackup(known.key, { account, epoch, conversation, session, firstIndex }, value);
    if (!reading.ok) return null;
    const { exported, origin } = reading.value;
    return { conversation, session, firstIndex, exported, origin };
  }
}

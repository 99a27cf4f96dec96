// Files that no message carries (any more) go, at most a day after: an upload that was never sent, a message that was
// refused, deleted or has expired. Every file is looked at a few times a day, so nothing depends on having heard of it.
// One process at a time does it; a pass that was cut off is begun again by whoever comes next.
import { type BlobId, type Envelope, limits as wire } from '@parley/protocol';
import type { FileRow, Files } from '../directory/files.ts';
import type { Ephemeral } from '../ephemeral/ephemeral.ts';
import type { Clock } from '../kernel/clock.ts';
import { lostUploadMs, sweepPageBlobs, sweepTryMs, sweepTurnMs } from '../kernel/limits.ts';
import type { BlobFacts, Blobs } from '../media/blobs.ts';
import type { MessageRow } from '../store/store.ts';
import type { LiveRows } from './parts.ts';

/** What a sweep stands on. */
export interface SweepParts {
  readonly rows: Pick<LiveRows, 'get'>;
  readonly files: Files;
  readonly blobs: Blobs;
  readonly ephemeral: Pick<Ephemeral, 'create'>;
  readonly clock: Clock;
  readonly fault: (where: string, error: unknown) => void;
}

const turnKey = 'file-sweep';

export class FileSweep {
  readonly #parts: SweepParts;
  #holds = 0;
  #isOver = false;
  #running: Promise<void> = Promise.resolve();
  #cancel: () => void = () => {};

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(sweepTryMs, () => {
      this.#running = this.#turn().then(() => {
        if (!this.#isOver) this.start();
      });
    });
  }

  /** Nothing is removed until what is returned was called, nor is any removal under way when it resolves. */
  async hold(): Promise<() => void> {
    this.#holds += 1;
    await this.#running;
    return () => {
      this.#holds -= 1;
    };
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#cancel();
    await this.#running;
  }

  /** Looks at every file once. Resolves to how many went. [MED4] */
  async pass(): Promise<number> {
    const { blobs, clock } = this.#parts;
    let removed = 0;
    for (let after = ''; !this.#isEnding; ) {
      const page = await blobs.list(after, sweepPageBlobs);
      const before = clock.now() - wire.blobUnplacedMs;
      removed += await this.#removeDead(page.filter(({ storedAt }) => storedAt <= before));
      const last = page.at(-1);
      if (last === undefined || page.length < sweepPageBlobs) break;
      after = last.id;
    }
    removed += await this.#dropBroken();
    if (!this.#isEnding) removed += await blobs.dropUnfinished(clock.now() - wire.blobUnplacedMs);
    return removed + (await this.#forgetLost());
  }

  get #isEnding(): boolean {
    return this.#isOver || this.#holds > 0;
  }

  async #turn(): Promise<void> {
    const { ephemeral, fault } = this.#parts;
    try {
      if (!this.#isEnding && (await ephemeral.create(turnKey, '1', sweepTurnMs)) === 'done') await this.pass();
    } catch (error) {
      // What could not be looked at now is in six hours.
      fault('file sweep', error);
    }
  }

  async #removeDead(old: readonly BlobFacts[]): Promise<number> {
    const { files, blobs } = this.#parts;
    const rows = new Map((await files.get(old.map(({ id }) => id))).map((row) => [row.blob, row]));
    let removed = 0;
    for (const { id } of old) {
      const row = rows.get(id);
      if (row !== undefined && (await this.#isCarried(row))) continue;
      if (this.#isEnding) break;
      // The bytes first: as long as they are there, they are found again.
      await blobs.remove([id]);
      await files.remove([id]);
      removed += 1;
    }
    return removed;
  }

  /** Rows whose bytes never came: the upload broke off, or its process died. Resolves to how many went. [MED13] */
  async #forgetLost(): Promise<number> {
    const { files } = this.#parts;
    let forgotten = 0;
    let from: string | null = null;
    do {
      const { rows, next } = await files.list(from, sweepPageBlobs);
      for (const { blob } of rows.filter((row) => this.#mayBeLost(row))) {
        if ((await this.#parts.blobs.facts(blob)) !== undefined) continue;
        // It may have been begun anew since the page was read.
        const [row] = await files.get([blob]);
        if (row === undefined || !this.#mayBeLost(row)) continue;
        if (this.#isEnding) return forgotten;
        await files.remove([blob]);
        forgotten += 1;
      }
      from = next;
    } while (from !== null && !this.#isEnding);
    return forgotten;
  }

  /** Later its bytes go only together with it, so not all that is kept has to be looked for in each pass. */
  #mayBeLost({ createdAt }: FileRow): boolean {
    const age = this.#parts.clock.now() - createdAt;
    return age >= wire.blobUnplacedMs && age < lostUploadMs;
  }

  /** Uploads in pieces that were begun a day ago: nothing comes any more. Resolves to how many went. [MED11] */
  async #dropBroken(): Promise<number> {
    const { files, blobs, clock } = this.#parts;
    const { pieces } = blobs;
    const before = clock.now() - wire.blobUnplacedMs;
    let dropped = 0;
    for (let page = await pieces.begun('', sweepPageBlobs); page.length > 0; ) {
      for (const id of page) {
        const [row] = await files.get([id]);
        // The row is there before the first piece.
        if (row !== undefined && row.createdAt > before) continue;
        if (this.#isEnding) return dropped;
        // The row first, unless what is kept has become whole: as long as pieces are there, they are found again.
        if ((await blobs.facts(id)) === undefined) await files.remove([id]);
        await pieces.drop(id);
        dropped += 1;
      }
      page = await pieces.begun(page.at(-1) ?? '', sweepPageBlobs);
    }
    return dropped;
  }

  async #isCarried({ blob, conversation, account, message, createdAt }: FileRow): Promise<boolean> {
    const { rows, clock } = this.#parts;
    const now = clock.now();
    // Put again lately, after the first bytes were lost.
    if (createdAt > now - wire.blobUnplacedMs) return true;
    const verdict = await rows.get('ids', [conversation, account, message]);
    if (verdict === undefined || verdict.seq === 0) return false;
    const row = await rows.get('messages', [conversation, verdict.seq]);
    if (row === undefined || (row.expiresAt !== null && row.expiresAt <= now)) return false;
    return blobsOf(row).includes(blob);
  }
}

/** The files that a message carries; none once it was deleted. */
function blobsOf({ deletedBy, tail }: MessageRow): readonly BlobId[] {
  if (deletedBy !== null) return [];
  return (JSON.parse(`{${Buffer.from(tail).toString()}}`) as Pick<Envelope, 'blobs'>).blobs ?? [];
}

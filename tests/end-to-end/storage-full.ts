// A browser without room: how much a site may keep is limited as the browser's own tools do it, and then really filled.
import type { CDPSession, Page } from 'playwright-core';

/** So much the site may keep; what it needs for a chat and for its keys fits in many times. */
const roomBytes = 12_000_000;
const filler = 'filler';

/** Of the site of this page. */
export class Room {
  readonly #cdp: CDPSession;
  readonly #origin: string;

  private constructor(cdp: CDPSession, origin: string) {
    this.#cdp = cdp;
    this.#origin = origin;
  }

  /** Limits it. The page may not have been there yet: a browser looks up how much there is only now and then. */
  static async limit(page: Page, url: string): Promise<Room> {
    const room = new Room(await page.context().newCDPSession(page), new URL(url).origin);
    await room.#allow(roomBytes);
    return room;
  }

  /** Writes until nothing more fits in, not even a little. */
  async fill(page: Page): Promise<void> {
    await page.evaluate(async (name) => {
      const opening = indexedDB.open(name, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('rows', { autoIncrement: true });
      const db = await new Promise<IDBDatabase>((resolve) => {
        opening.onsuccess = () => resolve(opening.result);
      });
      const fits = (bytes: number) =>
        new Promise<boolean>((resolve) => {
          const transaction = db.transaction('rows', 'readwrite', { durability: 'strict' });
          transaction.oncomplete = () => resolve(true);
          transaction.onabort = () => resolve(false);
          transaction.objectStore('rows').add(crypto.getRandomValues(new Uint8Array(bytes)));
        });
      for (let bytes = 65_536; bytes >= 64; bytes /= 4) while (await fits(bytes));
      db.close();
    }, filler);
  }

  /** As much as there is, and without what filled it. */
  async empty(page: Page): Promise<void> {
    await this.#allow(null);
    await page.evaluate(
      (name) =>
        new Promise<void>((resolve) => {
          indexedDB.deleteDatabase(name).onsuccess = () => resolve();
        }),
      filler,
    );
  }

  async #allow(bytes: number | null): Promise<void> {
    const quota = bytes === null ? {} : { quotaSize: bytes };
    await this.#cdp.send('Storage.overrideQuotaForOrigin', { origin: this.#origin, ...quota });
  }
}

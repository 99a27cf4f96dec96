// Messages that could not be opened yet: they wait under the session whose key is missing, and are opened when it
// comes; private settings wait for the vault. It promises that each is tried once for every key, and once at every start. [ENC]
import type { ConversationId } from '@parley/protocol';
import { inBackground } from './background.ts';
import type { Draft } from './draft.ts';
import type { Inbox } from './inbox.ts';
import { loadRows } from './limits.ts';
import type { CryptoProvider, LocalKey } from './ports.ts';
import { openAgain, openSettingOf } from './record.ts';
import type { Replica } from './replica.ts';

/** Opens what waits. Only the leader has one. */
export class Unopened {
  readonly #replica: Replica;
  readonly #inbox: Inbox;
  readonly #crypto: CryptoProvider;

  constructor(replica: Replica, inbox: Inbox, crypto: CryptoProvider) {
    this.#replica = replica;
    this.#inbox = inbox;
    this.#crypto = crypto;
  }

  /** A key may have come, and the program ended before what waits for it was opened. */
  start(): void {
    this.#openBelow([]);
    inBackground(this.#openSettings().catch(() => {}));
  }

  /** The key of this session is here. */
  onKey(conversation: ConversationId, session: string): void {
    this.#openBelow([conversation, session]);
  }

  /** What cannot be kept now is opened at the next start. */
  #openBelow(prefix: LocalKey): void {
    const opening = this.#openPage(prefix, null);
    inBackground(opening.catch(() => {}));
  }

  async #openSettings(): Promise<void> {
    const waiting = () => [...this.#replica.tables.settings.values()].filter(({ sealed }) => sealed !== undefined);
    if (waiting().length === 0) return;
    await this.#inbox.take({
      type: 'task',
      run: async (draft) => {
        for (const setting of waiting()) await openSettingOf(draft, setting, this.#crypto);
      },
    });
  }

  /** A page at a time, so that what comes in meanwhile is not kept waiting. */
  async #openPage(prefix: LocalKey, after: LocalKey | null): Promise<void> {
    const rows = await this.#replica.store.list('unopened', { prefix, limit: loadRows, ...(after && { after }) });
    if (rows.length === 0) return;
    await this.#inbox.take({
      type: 'task',
      run: (draft) =>
        this.#open(
          draft,
          rows.map(({ key }) => key),
        ),
    });
    await this.#openPage(prefix, rows.at(-1)?.key ?? null);
  }

  async #open(draft: Draft, waiting: readonly LocalKey[]): Promise<void> {
    for (const key of waiting) {
      const [conversation, session, seq] = key as readonly [ConversationId, string, number];
      const row = await draft.message(conversation, seq);
      // It was deleted, or expired, or opened by another key.
      if (row?.sealed?.session !== session) draft.remove('unopened', key);
      else await openAgain(draft, row, this.#crypto);
    }
  }
}

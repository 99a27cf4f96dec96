// Who is invited into one conversation, and who waits to be let in, for its administrators. Read whole from the server,
// and again when the member list changed while somebody watches. It must never show an older list over a newer one.
import type { AccountId, ConversationId, PendingMember, Role } from '@parley/protocol';
import type { Pending } from './api.ts';
import { inBackground } from './background.ts';
import type { Core } from './core.ts';
import type { ListDeeds } from './list-deeds.ts';
import { Listeners } from './live.ts';
import { hasLeft } from './member-lists.ts';
import { milliseconds } from './time.ts';
import type { PendingView } from './views.ts';

const nobody: readonly PendingView[] = [];

/** The list, and what an administrator answers. */
export class PendingList implements Pending {
  readonly #id: ConversationId;
  readonly #core: Core;
  readonly #add: (account: AccountId, role?: Role) => Promise<unknown>;
  readonly #listeners = new Listeners();
  #items = nobody;
  /** Version of the member list when it was read; null before. */
  #memberN: number | null = null;
  #reading = 0;

  constructor(id: ConversationId, core: Core, add: (account: AccountId, role?: Role) => Promise<unknown>) {
    this.#id = id;
    this.#core = core;
    this.#add = add;
  }

  get snapshot(): readonly PendingView[] {
    return this.#items;
  }

  subscribe(listener: () => void): () => void {
    const stopOwn = this.#listeners.add(listener);
    const stopBatches = this.#core.replica.onBatch(({ writes }) => {
      if (writes.some(({ table, key }) => table === 'conversations' && key[0] === this.#id)) this.#follow();
    });
    return () => {
      stopOwn();
      stopBatches();
    };
  }

  async load(): Promise<void> {
    const reading = ++this.#reading;
    this.#memberN = this.#serverN;
    const { items } = await this.#core.rest('listPending', { params: { conversation_id: this.#id } });
    const signed = await this.#lists?.pending(this.#id);
    if (reading !== this.#reading) return;
    // Whom nobody asked, and who did not ask, is not there to be let in.
    const isSigned = (item: PendingMember) =>
      signed?.some(({ account, state }) => account === item.account && state === item.state) !== false;
    this.#items = items.filter(isSigned).map(toPending);
    this.#listeners.call();
  }

  async approve(account: AccountId, role?: Role): Promise<void> {
    await this.#add(account, role);
    await this.#again();
  }

  async refuse(account: AccountId): Promise<void> {
    const params = { conversation_id: this.#id, account };
    if (this.#lists !== null) await this.#lists.turnDown(this.#id, account);
    else await this.#core.rest('removePending', { params });
    await this.#again();
  }

  /** What is shown is read again; a list that nobody has read stays unread. */
  async #again(): Promise<void> {
    if (this.#memberN !== null) await this.load();
  }

  #follow(): void {
    if (hasLeft(this.#core.replica.tables.conversations.get(this.#id))) return;
    if (this.#memberN !== null && this.#memberN !== this.#serverN) inBackground(this.#reload());
  }

  /** What cannot be read now is read with the next change, or by who looks again. */
  async #reload(): Promise<void> {
    try {
      await this.load();
    } catch {
      this.#memberN = -1;
    }
  }

  /** Of a group whose changes are signed. */
  get #lists(): ListDeeds | null {
    const kind = this.#core.replica.tables.conversations.get(this.#id)?.server.kind;
    return kind === 'group' ? this.#core.lists : null;
  }

  get #serverN(): number {
    return this.#core.replica.tables.conversations.get(this.#id)?.server.member_n ?? 0;
  }
}

function toPending({ account, state, by, role, asked_at, expires_at }: PendingMember): PendingView {
  return {
    account,
    state,
    by: by ?? null,
    role,
    askedAt: milliseconds(asked_at),
    expiresAt: milliseconds(expires_at),
  };
}

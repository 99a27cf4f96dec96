// Members of one conversation. In groups the list is kept with the conversation and follows its records; in rooms it
// is read page by page for whoever looks.
import type { AccountId, ConversationId, Member, Role } from '@parley/protocol';
import type { Members, Pending } from './api.ts';
import { tell } from './background.ts';
import type { Core } from './core.ts';
import * as limits from './limits.ts';
import type { ListDeeds } from './list-deeds.ts';
import { Listeners } from './live.ts';
import { tellState } from './newcomers.ts';
import { PendingList } from './pending.ts';
import type { AddedView, MembersView, MemberView } from './views.ts';

const nothing: MembersView = { items: [], more: false, loaded: false };

/** A list, and what an admin can do to it. */
export class MemberList implements Members {
  readonly #id: ConversationId;
  readonly #core: Core;
  readonly pending: Pending;
  readonly #listeners = new Listeners();
  /** Rooms only. */
  #pages: MembersView = nothing;
  #cursor: string | null = null;
  #made: { readonly from: readonly Member[]; readonly view: MembersView } | null = null;

  constructor(id: ConversationId, core: Core) {
    this.#id = id;
    this.#core = core;
    this.pending = new PendingList(id, core, (account, role) => this.add(account, role));
  }

  get snapshot(): MembersView {
    const { tables } = this.#core.replica;
    const server = tables.conversations.get(this.#id)?.server;
    if (server?.kind === 'room') return this.#pages;
    if (server?.kind === 'direct' && this.#pages === nothing) this.#pages = this.#pair(server.peer);
    if (server?.kind === 'direct') return this.#pages;
    const items = tables.members.get(this.#id)?.items;
    if (items === undefined) return nothing;
    if (this.#made?.from !== items)
      this.#made = { from: items, view: { items: items.map(toMember).sort(byRole), more: false, loaded: true } };
    return this.#made.view;
  }

  subscribe(listener: () => void): () => void {
    const stopOwn = this.#listeners.add(listener);
    const stopBatches = this.#core.replica.onBatch(({ writes }) => {
      if (writes.some(({ table, key }) => table === 'members' && key[0] === this.#id)) tell(listener);
    });
    return () => {
      stopOwn();
      stopBatches();
    };
  }

  async load(): Promise<void> {
    const { tables } = this.#core.replica;
    const server = tables.conversations.get(this.#id)?.server;
    if (server?.kind === 'room') return this.#loadPage(null);
    if (server?.kind === 'group' && tables.members.get(this.#id)?.memberN !== server.member_n)
      await this.#core.readMembers(this.#id);
  }

  async loadMore(): Promise<void> {
    if (this.#cursor !== null) await this.#loadPage(this.#cursor);
  }

  async add(account: AccountId, role: Role = 'member'): Promise<AddedView> {
    const added =
      (await this.#lists?.bring(this.#id, account, role)) ??
      (await this.#core.rest('addMember', { params: this.#path, body: { account, role } }));
    if (added.membership === 'member') await tellState(this.#core, this.#id);
    return { account, role: added.role, membership: added.membership };
  }

  async setRole(account: AccountId, role: Role): Promise<MemberView> {
    if (this.#lists !== null) return this.#lists.setRole(this.#id, account, role);
    return toMember(await this.#core.rest('updateMember', { params: { ...this.#path, account }, body: { role } }));
  }

  async remove(account: AccountId): Promise<void> {
    if (this.#lists !== null) await this.#lists.remove(this.#id, account);
    else await this.#core.rest('removeMember', { params: { ...this.#path, account } });
  }

  /** Of a group whose changes are signed. */
  get #lists(): ListDeeds | null {
    const kind = this.#core.replica.tables.conversations.get(this.#id)?.server.kind;
    return kind === 'group' ? this.#core.lists : null;
  }

  get #path() {
    return { conversation_id: this.#id };
  }

  async #loadPage(cursor: string | null): Promise<void> {
    const query = { limit: limits.memberPage, ...(cursor !== null && { cursor }) };
    const page = await this.#core.rest('listMembers', { params: this.#path, query });
    const before = cursor === null ? [] : this.#pages.items;
    this.#cursor = page.has_more ? (page.next_cursor ?? null) : null;
    this.#pages = { items: [...before, ...page.items.map(toMember)], more: this.#cursor !== null, loaded: true };
    this.#listeners.call();
  }

  #pair(peer: AccountId | undefined): MembersView {
    const accounts = peer === undefined ? [this.#core.me] : [this.#core.me, peer];
    return { items: accounts.map((account) => ({ account, role: 'member', joinedSeq: 1 })), more: false, loaded: true };
  }
}

function toMember({ account, role, joined_seq: joinedSeq }: Member): MemberView {
  return { account, role, joinedSeq };
}

const ranks: Readonly<Record<Role, number>> = { owner: 0, admin: 1, member: 2 };

function byRole(a: MemberView, b: MemberView): number {
  return ranks[a.role] - ranks[b.role] || a.joinedSeq - b.joinedSeq || (a.account < b.account ? -1 : 1);
}

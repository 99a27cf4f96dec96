// What people do to the member list of a group, as a table of names: the leader signs it, whichever client of the store
// was asked. Arguments and answers can be cloned. [MEM]
import type { AccountId, ConversationId, InviteId, Role, Conversation as WireConversation } from '@parley/protocol';
import type { ChainPending } from './crypto/membership.ts';
import type { AddedView, InviteView, MemberView } from './views.ts';

/** Every deed, by its name. All reject with `client.list_fault` while the list is not in order, but for going. */
export interface ListDeeds {
  /** A group of these: who can be added is in it, others are invited. */
  found(members: readonly AccountId[]): Promise<WireConversation>;
  bring(id: ConversationId, account: AccountId, role: Role): Promise<AddedView>;
  setRole(id: ConversationId, account: AccountId, role: Role): Promise<MemberView>;
  remove(id: ConversationId, account: AccountId): Promise<void>;
  /** Takes an invitation back, or refuses who waits. */
  turnDown(id: ConversationId, account: AccountId): Promise<void>;
  leave(id: ConversationId): Promise<void>;
  decline(id: ConversationId): Promise<void>;
  /** By an invitation. */
  join(id: ConversationId): Promise<void>;
  /** By a link, as text: comes in, or waits to be let in. */
  follow(link: string): Promise<void>;
  pending(id: ConversationId): Promise<readonly ChainPending[]>;
  /** Links of the list, without their private halves. */
  links(id: ConversationId): Promise<readonly InviteView[]>;
  makeLink(id: ConversationId, asked: LinkAsked): Promise<InviteView>;
  endLink(id: ConversationId, invite: InviteId): Promise<void>;
}

/** How a link is to be. */
export interface LinkAsked {
  readonly uses?: number;
  readonly expiresInMs?: number;
  readonly approval?: boolean;
  /** Origin of the server, for the text. */
  readonly origin: string;
}

export type ListDeedName = keyof ListDeeds;
export type ListDeedArguments<N extends ListDeedName> = Parameters<ListDeeds[N]>;
export type ListDeedAnswer<N extends ListDeedName> = Awaited<ReturnType<ListDeeds[N]>>;

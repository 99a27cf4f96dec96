// What a device of the acceptance tests shows of a conversation besides its messages: what it is, who is what in it, and
// whether the server is doubted there.
import type { AccountId, ConversationId, Role } from '@parley/protocol';
import type { Client, Conversation } from '@parley/sdk';
import { seen } from './live.ts';

export interface Sights {
  /** Is there such a conversation here? */
  knows(conversation: ConversationId): Promise<boolean>;
  /** What it is here, with whom, and what this account is in it. */
  standing(conversation: ConversationId): Promise<Pick<Conversation['snapshot'], 'kind' | 'peer' | 'role'>>;
  /** What somebody is in the list that is shown; null when they are not in it. */
  role(conversation: ConversationId, account: AccountId): Promise<Role | null>;
  /** Resolves when somebody is that in the list. */
  ranks(conversation: ConversationId, account: AccountId, role: Role | null): Promise<void>;
  /** Gives somebody another role. */
  raises(conversation: ConversationId, account: AccountId, role: Role): Promise<void>;
  /** Resolves when it is told that the history differs from that of somebody, or that it does not. */
  doubts(conversation: ConversationId, by: AccountId | null): Promise<void>;
  /** From whose history it is told that this one differs; null while it is not. */
  doubted(conversation: ConversationId): Promise<AccountId | null>;
  /** Somebody looks at it: a connection that was lost is tried again at once. */
  isLookedAt(): Promise<void>;
  /** The newest texts that are shown, once there are any, and who said them. */
  authors(conversation: ConversationId): Promise<readonly (readonly [text: string, sender: AccountId])[]>;
}

/** Seen with this client. */
export function sightsOver(client: Client): Sights {
  const chat = (id: ConversationId) => seen(client.conversations, () => client.conversation(id));
  const roleOf = ({ members }: Conversation, account: AccountId) =>
    members.snapshot.items.find((member) => member.account === account)?.role ?? null;
  return {
    knows: async (id) => client.conversation(id) !== null,
    standing: async (id) => {
      const { kind, peer, role } = (await chat(id)).snapshot;
      return { kind, peer, role };
    },
    role: async (id, account) => roleOf(await chat(id), account),
    ranks: async (id, account, role) => {
      const conversation = await chat(id);
      await seen(conversation.members, () => (roleOf(conversation, account) === role ? true : null));
    },
    raises: async (id, account, role) => {
      await (await chat(id)).members.setRole(account, role);
    },
    doubts: async (id, by) => {
      await seen(await chat(id), ({ doubt }) => (doubt === by ? true : null));
    },
    doubted: async (id) => (await chat(id)).snapshot.doubt,
    isLookedAt: async () => client.networkChanged(true),
    authors: async (id) => {
      const timeline = (await chat(id)).timeline();
      const items = await seen(timeline, (view) => (view.items.length > 0 ? view.items : null));
      timeline.close();
      return items.filter(({ text }) => text !== '').map(({ text, sender }) => [text, sender]);
    },
  };
}

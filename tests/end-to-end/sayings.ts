// Every kind of thing that somebody can say with a device of the acceptance tests, besides a text.
import type { ConversationId } from '@parley/protocol';
import type { Client, ConversationView } from '@parley/sdk';
import { seen } from './live.ts';

/** Each of them resolves when the server has it; places are those of what it is about. */
export interface Sayings {
  replies(conversation: ConversationId, seq: number, text: string): Promise<void>;
  reacts(conversation: ConversationId, seq: number, emoji: string): Promise<void>;
  edits(conversation: ConversationId, seq: number, text: string): Promise<void>;
  /** Resolves to its place. */
  asks(conversation: ConversationId, question: string, options: readonly string[]): Promise<number>;
  votes(conversation: ConversationId, seq: number, option: number): Promise<void>;
  entitles(conversation: ConversationId, title: string): Promise<void>;
  /** A link into a group. */
  link(conversation: ConversationId): Promise<string>;
  /** A link of this account to the server. */
  invites(): Promise<string>;
  /** Comes by such a link; resolves to the chat that is opened. */
  comes(link: string): Promise<ConversationId>;
  /** A new room, which everybody may read, the server too. */
  proclaims(title: string, text: string): Promise<void>;
  /** Begins to write. */
  drafts(conversation: ConversationId, text: string): Promise<void>;
  /** Resolves when a conversation has this title or draft here. */
  sees(what: 'title' | 'draft', text: string): Promise<void>;
}

/** Said with this client. */
export function sayingsOver(client: Client): Sayings {
  const chat = (id: ConversationId) => seen(client.conversations, () => client.conversation(id));
  return {
    replies: async (id, seq, text) => {
      await (await (await chat(id)).send(text, { replyTo: seq })).placed();
    },
    reacts: async (id, seq, emoji) => {
      await (await (await chat(id)).react(seq, emoji)).placed();
    },
    edits: async (id, seq, text) => {
      await (await (await chat(id)).edit(seq, text)).placed();
    },
    asks: async (id, question, options) => (await (await chat(id)).sendPoll(question, options)).placed(),
    votes: async (id, seq, option) => {
      await (await (await chat(id)).vote(seq, [option])).placed();
    },
    entitles: async (id, title) => (await chat(id)).update({ title }),
    link: async (id) => {
      const { link } = await (await chat(id)).links.create();
      if (link === null) throw new Error('a new link is shown');
      return link;
    },
    invites: async () => {
      const { link } = await client.invites.create();
      if (link === null) throw new Error('a new link is shown');
      return link;
    },
    comes: async (link) => (await client.invites.accept(link)).id,
    proclaims: async (title, text) => {
      const room = await client.createRoom({ title });
      await (await room.send(text)).placed();
    },
    drafts: async (id, text) => (await chat(id)).setDraft(text),
    sees: async (what, text) => {
      const has = (view: ConversationView) => view[what] === text;
      await seen(client.conversations, (all) => (all.some(has) ? true : null));
    },
  };
}

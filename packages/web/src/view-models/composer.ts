// What is being written in one conversation: text, what it answers or edits, who is mentioned, what is in the way.
// Drafts follow the account to all its devices; nothing that was typed is lost by leaving the chat.
import type { AccountId } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { Client, Conversation, MessageView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { Model } from './model.ts';

/** What stands where one would write, when one cannot. `review`: somebody whose code was confirmed set up afresh. */
export type Obstacle = 'left' | 'gone' | 'blocked' | 'request_in' | 'review' | null;

export interface ComposerView {
  readonly text: string;
  readonly replyTo: MessageView | null;
  readonly editing: MessageView | null;
  readonly obstacle: Obstacle;
  /** Characters beyond the longest text; 0 when it fits. */
  readonly over: number;
  readonly suggestions: readonly { readonly account: AccountId; readonly handle: string; readonly name: string }[];
  readonly suggestion: number;
  readonly canSend: boolean;
  /** Rises whenever the cursor belongs into the field. */
  readonly focus: number;
  readonly error: string | null;
}

export interface Composer extends Pick<Model<ComposerView>, 'snapshot' | 'subscribe'> {
  write(text: string, caret: number): void;
  send(): Promise<void>;
  replyTo(message: MessageView): void;
  edit(message: MessageView): void;
  cancel(): void;
  /** The next thing to do is to write. */
  focus(): void;
  /** Moves in the list of people to mention; false when there is none. */
  moveSuggestion(step: 1 | -1): boolean;
  /** Takes a suggestion into the text; returns where the caret goes, or null when there is none. */
  takeSuggestion(account?: AccountId): number | null;
  refresh(): void;
}

const maxSuggestions = 6;
const noSuggestions: ComposerView['suggestions'] = [];

/** The composer of one open conversation; `said` is called when there is a new message. */
export function createComposer(client: Client, conversation: Conversation, said = () => {}): Composer {
  const model = new Model<ComposerView>({
    text: conversation.snapshot.draft,
    replyTo: null,
    editing: null,
    obstacle: null,
    over: 0,
    suggestions: noSuggestions,
    suggestion: 0,
    canSend: conversation.snapshot.draft.trim() !== '',
    focus: 0,
    error: null,
  });
  let caret = 0;
  let draft = conversation.snapshot.draft;

  const put = (text: string) => {
    const over = Math.max(0, text.trim().length - limits.maxTextCharacters);
    model.update({ text, over, canSend: text.trim() !== '' && over === 0, error: null });
  };
  const suggest = () => {
    const word = wordBefore(model.snapshot.text, caret);
    model.update({
      suggestions:
        word === null || conversation.snapshot.kind === 'direct' ? noSuggestions : matching(client, conversation, word),
      suggestion: 0,
    });
  };
  const focus = () => model.update({ focus: model.snapshot.focus + 1 });
  const refresh = () => {
    model.update({ obstacle: obstacleOf(client, conversation) });
    const before = draft;
    draft = conversation.snapshot.draft;
    // Another device goes on with it: taken in where nothing else was written meanwhile.
    const { text, editing } = model.snapshot;
    if (draft !== before && text === before && editing === null) put(draft);
  };
  refresh();

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    refresh,
    write: (text, at) => {
      const grew = text.length > model.snapshot.text.length;
      caret = at;
      put(text);
      suggest();
      if (model.snapshot.editing === null) conversation.setDraft(text);
      if (grew) conversation.typing();
    },
    send: async () => {
      const { text, editing, replyTo, canSend } = model.snapshot;
      if (!canSend) return;
      model.update({
        text: '',
        replyTo: null,
        editing: null,
        canSend: false,
        suggestions: noSuggestions,
        error: null,
      });
      try {
        if (typeof editing?.seq === 'number') {
          put(conversation.snapshot.draft);
          await conversation.edit(editing.seq, text.trim());
        } else {
          conversation.setDraft('');
          const mentions = await mentionedIn(client, conversation, text);
          await conversation.send(text.trim(), {
            mentions,
            ...(typeof replyTo?.seq === 'number' ? { replyTo: replyTo.seq } : {}),
          });
          said();
        }
      } catch (error) {
        const since = model.snapshot.text;
        put(since === '' || editing !== null ? text : `${text}\n${since}`);
        model.update({ replyTo, editing, error: words.error((error as { code?: string }).code ?? '') });
      }
    },
    replyTo: (message) => {
      model.update({ replyTo: message, editing: null });
      focus();
    },
    edit: (message) => {
      put(message.text);
      model.update({ editing: message, replyTo: null });
      focus();
    },
    focus,
    cancel: () => {
      if (model.snapshot.editing !== null) put(conversation.snapshot.draft);
      model.update({ replyTo: null, editing: null, suggestions: noSuggestions });
    },
    moveSuggestion: (step) => {
      const { suggestions, suggestion } = model.snapshot;
      if (suggestions.length === 0) return false;
      model.update({ suggestion: (suggestion + step + suggestions.length) % suggestions.length });
      return true;
    },
    takeSuggestion: (account) => {
      const { suggestions, suggestion, text } = model.snapshot;
      const person = account === undefined ? suggestions[suggestion] : suggestions.find((s) => s.account === account);
      if (person === undefined) return null;
      const start = text.lastIndexOf('@', caret - 1);
      const next = `${text.slice(0, start)}@${person.handle} ${text.slice(caret)}`;
      caret = start + person.handle.length + 2;
      put(next);
      model.update({ suggestions: noSuggestions });
      conversation.setDraft(next);
      return caret;
    },
  };
}

function obstacleOf(client: Client, conversation: Conversation): Obstacle {
  const view = conversation.snapshot;
  if (view.role === null) return 'left';
  if (view.peer !== null && client.people.get(view.peer)?.deleted) return 'gone';
  if (view.blocked) return 'blocked';
  if (view.request === 'in') return 'request_in';
  const { changed } = client.encryption.snapshot;
  const isLeftOut = changed.some(({ account, what }) => account === view.peer && what === 'left_out');
  return isLeftOut ? 'review' : null;
}

/** The unfinished `@word` that ends at the caret. */
function wordBefore(text: string, caret: number): string | null {
  return /(?:^|\s)@([a-z0-9_.]*)$/i.exec(text.slice(0, caret))?.[1]?.toLowerCase() ?? null;
}

function matching(client: Client, conversation: Conversation, word: string): ComposerView['suggestions'] {
  const own = client.me.snapshot.account;
  return conversation.members.snapshot.items
    .filter((member) => member.account !== own)
    .map((member) => client.people.get(member.account))
    .filter((person) => person !== null)
    .filter((person) => person.handle.startsWith(word) || person.name.toLowerCase().startsWith(word))
    .slice(0, maxSuggestions);
}

/** Members whose `@handle` stands in the text. */
async function mentionedIn(client: Client, conversation: Conversation, text: string): Promise<readonly AccountId[]> {
  if (conversation.snapshot.kind === 'direct' || !text.includes('@')) return [];
  if (!conversation.members.snapshot.loaded) await conversation.members.load();
  const handles = new Set(Array.from(text.matchAll(/@([a-z][a-z0-9_.]*[a-z0-9_])/g), (match) => match[1]));
  return conversation.members.snapshot.items
    .filter((member) => handles.has(client.people.get(member.account)?.handle))
    .map((member) => member.account)
    .slice(0, limits.maxMentions);
}

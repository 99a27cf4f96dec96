// One person at one program, about to do something, and what there is to pick from.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Client, Conversation, ConversationView, MessageView } from '@parley/sdk';
import type { Chance } from './chance.ts';
import type { Device, Program } from './device.ts';

/** What the workload asks of the world. */
export interface WorkWorld {
  readonly chance: Chance;
  readonly accounts: readonly AccountId[];
  readonly note: (where: string, what: string) => void;
  readonly bug: (where: string, error: unknown) => void;
  /** Devices that can be used now. */
  readonly devices: () => readonly Device[];
  /** They may have become contacts. */
  readonly met: (one: AccountId, other: AccountId) => void;
  readonly marks: Marks;
}

/** What people have done that those who look at the world must know of. */
export interface Marks {
  /** Messages that an account hides from itself: `account conversation seq`. */
  readonly hidden: Set<string>;
  /** Accounts that have switched their read receipts: who saw what of them depends on when it looked. */
  readonly switched: Set<AccountId>;
  /** Pairs of which one has blocked the other at some time: `account account`, both ways. */
  readonly blocked: Set<string>;
  /** Conversations that were opened to what was before one joined, at some time. */
  readonly opened: Set<ConversationId>;
  /** Texts that were said once more, out of their order. */
  readonly again: Set<string>;
}

/** One person at one program. */
export interface Act extends WorkWorld {
  readonly device: Device;
  readonly client: Client;
  readonly program: Program;
  /** The next number of this program in this conversation. */
  readonly count: (conversation: ConversationId) => { readonly by: string; readonly n: number };
}

/** What a person does. */
export type Deed = (act: Act) => Promise<unknown> | undefined;

/** A message that has its seq. */
export type Kept = MessageView & { readonly seq: number };

export const anywhere = () => true;
export const maySpeak = (view: ConversationView) => view.role !== null && view.request !== 'in' && !view.blocked;
export const leads = (view: ConversationView) => view.role === 'owner' || view.role === 'admin';

/** Something in a conversation of this kind, if there is one. */
export function onConversation(
  act: Act,
  which: (view: ConversationView) => boolean,
  deed: (conversation: Conversation, view: ConversationView) => Promise<unknown>,
): Promise<unknown> | undefined {
  const view = pickConversation(act, which);
  const conversation = view === null ? null : act.client.conversation(view.id);
  return view === null || conversation === null ? undefined : deed(conversation, view);
}

/** Something with one of the newest messages, if there is one. */
export function onMessage(
  act: Act,
  deed: (conversation: Conversation, message: Kept) => Promise<unknown>,
): Promise<unknown> | undefined {
  return onConversation(act, maySpeak, async (conversation, view) => {
    const message = pickMessage(act, view.id);
    if (message !== null) await deed(conversation, message);
  });
}

/** Something with a message that was refused, if there is one. */
export function onRejected(
  act: Act,
  deed: (conversation: Conversation, message: MessageView) => Promise<unknown>,
): Promise<unknown> | undefined {
  return onConversation(act, anywhere, async (conversation, { id }) => {
    const items = act.program.screen.timeline(id)?.items.filter(({ state }) => state === 'rejected') ?? [];
    if (items.length > 0) await deed(conversation, act.chance.pick(items));
  });
}

export function pickConversation(
  { client, chance }: Act,
  which: (view: ConversationView) => boolean,
): ConversationView | null {
  const views = client.conversations.snapshot.filter(which);
  return views.length === 0 ? null : chance.pick(views);
}

export function pickMessage({ program, chance }: Act, id: ConversationId): Kept | null {
  const items = (program.screen.timeline(id)?.items ?? []).filter((item): item is Kept => item.seq !== null);
  return items.length === 0 ? null : chance.pick(items.slice(-8));
}

/** Another person at a program, if somebody is there. */
export function pickOther({ chance, devices, device }: Act): Program | null {
  const others = devices().filter(({ account }) => account !== device.account);
  return others.length === 0 ? null : chance.pick(others).program;
}

/** Settles as the promise of another's program does, or when that program ends. */
export function unlessGone<T>({ life }: Program, promise: Promise<T>): Promise<T | null> {
  return Promise.race([promise, new Promise<null>((resolve) => life.onEnd(() => resolve(null)))]);
}

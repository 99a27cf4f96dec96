// A group or room that somebody is not in yet: invited, or waiting to be let in. It says who invites into what, and takes
// the answer. Nothing is read of it: there is nothing to read before one is in.
import type { ChatErrorCode, Client, Conversation, ConversationView, PersonView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { Model, Stops } from './model.ts';
import { firstNameOf, isPending, nameOf, titleOf } from './names.ts';

export interface InvitationCard {
  readonly chat: ConversationView;
  /** `over`: it was taken back, or nobody was let in; there is nothing to answer any more. */
  readonly state: 'invited' | 'waiting' | 'over';
  /** Who invites; null for who waits, and while they are not known yet. */
  readonly inviter: PersonView | null;
  readonly title: string;
  readonly about: string;
  readonly text: string;
  readonly block: string;
  readonly busy: boolean;
  readonly error: string | null;
}

export interface OpenInvitation extends Pick<Model<InvitationCard>, 'snapshot' | 'subscribe'> {
  readonly conversation: Conversation;
  accept(): Promise<void>;
  /** Says no, or waits no more. */
  decline(): Promise<void>;
  /** Says no, and hears no more of who invites. */
  block(): Promise<void>;
  close(): void;
}

/** Opens it; `decided` is called once when it became a chat, here or elsewhere, or was declined here. */
export function openInvitation(client: Client, conversation: Conversation, decided: () => void): OpenInvitation {
  const stops = new Stops();
  let isDeclining = false;
  const model = new Model<InvitationCard>({ ...cardOf(client, conversation.snapshot), busy: false, error: null });
  const redraw = () => {
    const chat = conversation.snapshot;
    if (isPending(chat)) return model.update(cardOf(client, chat));
    if (chat.membership !== 'member' && !isDeclining) return model.update(overCard(model.snapshot, chat));
    stops.end();
    decided();
  };
  stops.add(conversation.subscribe(redraw));
  stops.add(client.people.subscribe(redraw));
  const run = async (action: () => Promise<unknown>) => {
    if (model.snapshot.busy) return;
    model.update({ busy: true, error: null });
    try {
      await action();
    } catch (error) {
      model.update({ error: words.error((error as { code?: ChatErrorCode }).code ?? '') });
    } finally {
      model.update({ busy: false });
    }
  };
  const decline = async () => {
    isDeclining = true;
    try {
      await conversation.decline();
    } finally {
      isDeclining = false;
    }
  };
  return {
    conversation,
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    accept: () => run(() => conversation.accept()),
    decline: () => run(decline),
    block: () =>
      run(async () => {
        const by = conversation.snapshot.invitation?.by ?? null;
        // Somebody who is blocked invites to nothing: there would be nothing left to decline.
        await decline();
        if (by !== null) await client.settings.block(by, true);
      }),
    close: () => stops.end(),
  };
}

/** What the row of an invitation says: the one who asks where the chat has no name to show. */
export function invitationLine(
  client: Client,
  chat: ConversationView,
): { readonly title: string; readonly text: string } {
  const by = chat.invitation?.by ?? null;
  const { invitations } = words;
  if (by === null) return { title: titleOf(chat), text: invitations.lineWaiting };
  if (chat.title !== '')
    return { title: chat.title, text: invitations.lineWho(firstNameOf(client, by), chat.memberCount) };
  return { title: nameOf(client, by), text: invitations.lineTo(chat.kind, chat.memberCount) };
}

function cardOf(client: Client, chat: ConversationView): Omit<InvitationCard, 'busy' | 'error'> {
  const { invitations } = words;
  const by = chat.invitation?.by ?? null;
  const room = chat.kind === 'room' ? ` ${invitations.textRoom}` : '';
  if (by === null) {
    return {
      chat,
      state: 'waiting',
      inviter: null,
      title: invitations.waitingTitle,
      about: chat.title === '' ? invitations.size(chat.kind, chat.memberCount) : chat.title,
      text: invitations.waitingText,
      block: '',
    };
  }
  const name = nameOf(client, by);
  const inviter = client.people.get(by);
  const named = chat.title !== '';
  const handle = inviter === null ? '' : `@${inviter.handle}`;
  return {
    chat,
    state: 'invited',
    inviter,
    title: named ? invitations.titleNamed(name, chat.title) : invitations.title(name, chat.kind, chat.memberCount),
    about: named ? invitations.size(chat.kind, chat.memberCount) : handle,
    text: `${invitations.text}${room}`,
    block: words.info.block(firstNameOf(client, by)),
  };
}

function overCard({ state }: InvitationCard, chat: ConversationView): Partial<InvitationCard> {
  const { over, overWaiting } = words.invitations;
  if (state === 'over') return { chat };
  return { chat, state: 'over', title: state === 'waiting' ? overWaiting : over, about: '', text: '', block: '' };
}

// How people and chats are called on screen, and the colour of a person.
import type { AccountId } from '@parley/protocol';
import type { Client, ConversationView, MessageView } from '@parley/sdk';
import { whenLastSeen, words } from '../words/words.ts';

/** Name of an account; the own one is "You". */
export function nameOf(client: Client, account: AccountId): string {
  if (account === client.me.snapshot.account) return words.you;
  const person = client.people.get(account);
  if (person === null) return words.unknownPerson;
  return person.deleted ? words.deletedPerson : person.name;
}

/** The same inside of a sentence. */
export function nameInside(client: Client, account: AccountId): string {
  return account === client.me.snapshot.account ? words.youInside : nameOf(client, account);
}

/** Of whose letters a picture is made: "You" has none of its own. */
export function pictureNameOf(client: Client, account: AccountId): string {
  const { account: own, name } = client.me.snapshot;
  return account === own ? name : nameOf(client, account);
}

/** A name, short: for previews and typing. */
export function firstNameOf(client: Client, account: AccountId): string {
  return nameOf(client, account).split(/\s+/u)[0] ?? '';
}

/** Title of a chat. */
export function titleOf(view: ConversationView): string {
  if (view.notes) return words.list.notes;
  if (view.joinedWith !== null) return words.invitations.groupBy(view.joinedWith.split(/\s+/u)[0] ?? '');
  if (view.namedAfter !== null) return words.invitations.groupOf(view.namedAfter.split(/\s+/u)[0] ?? '');
  if (view.title === '' && view.kind === 'group') return words.invitations.group;
  return view.title === '' ? words.unknownPerson : view.title;
}

/** Is this account invited into it, or waits to be let in? Then there is nothing to read or to write yet. */
export function isPending({ membership }: Pick<ConversationView, 'membership'>): boolean {
  return membership === 'invited' || membership === 'waiting';
}

/** Names one after the other, as they are read out. */
export function listOf(names: readonly string[]): string {
  return new Intl.ListFormat(words.language, { type: 'conjunction' }).format(names);
}

/** Is this chat sealed for the people in it? Rooms never are. */
export function isEncrypted(client: Client, { kind }: Pick<ConversationView, 'kind'>): boolean {
  return kind !== 'room' && client.encryption.snapshot.phase !== 'off';
}

/** One or two letters for an avatar. */
export function initialsOf(name: string): string {
  const letters = name
    .split(/\s+/u)
    .map((part) => /[\p{L}\p{N}]/u.exec(part)?.[0] ?? '')
    .filter((c) => c !== '');
  return (letters.length > 1 ? `${letters[0]}${letters.at(-1)}` : (letters[0] ?? '?')).toLocaleUpperCase();
}

/** Hues that can be told apart, in degrees; the accent's is for notes to self. */
export const hues = [20, 42, 78, 118, 150, 222, 252, 280, 305, 340] as const;
export const ownHue = 195;

/** Hue of an id: the same everywhere. */
export function hueOf(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) | 0;
  return hues[(hash >>> 0) % hues.length] ?? ownHue;
}

/** Text of a system line. */
export function systemText(
  client: Client,
  message: Pick<MessageView, 'type' | 'sender' | 'change' | 'timerSeconds'>,
): string {
  const who = nameOf(client, message.sender);
  if (message.type === 'timer') {
    const seconds = message.timerSeconds ?? 0;
    return seconds === 0 ? words.chat.timerOff(who) : words.chat.timerOn(who, timerText(seconds));
  }
  const { change } = message;
  if (change === null) return '';
  const whom = change.subject === null ? '' : nameInside(client, change.subject);
  const texts = words.chat.change;
  const invitations = words.invitations.change;
  switch (change.action) {
    case 'add':
      return texts.add(who, whom);
    case 'remove':
      return texts.remove(who, whom);
    case 'role':
      return texts.role(who, whom, words.roleNames[change.role ?? 'member']);
    case 'title':
      return texts.title(who, change.title ?? '');
    case 'create':
      return change.invited.length === 0
        ? texts.create(who)
        : invitations.createInviting(who, listOf(change.invited.map((one) => nameInside(client, one))));
    case 'picture':
    case 'picture_removed':
    case 'join':
    case 'leave':
    case 'accept':
    case 'settings':
      return texts[change.action](who);
    default:
      return invitations[change.action](who, whom);
  }
}

/** A lifetime in words. */
export function timerText(seconds: number): string {
  const [unit, size] =
    seconds >= 86_400
      ? (['day', 86_400] as const)
      : seconds >= 3_600
        ? (['hour', 3_600] as const)
        : (['minute', 60] as const);
  return new Intl.NumberFormat(words.language, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.max(1, Math.round(seconds / size)),
  );
}

/** The line under a title: typing, presence, or how many. */
export function subtitleOf(
  client: Client,
  view: ConversationView,
  now: number,
): { readonly text: string; readonly lively: boolean } {
  if (view.typing.length > 0) {
    const names = view.typing.map((account) => firstNameOf(client, account));
    return { text: view.kind === 'direct' ? words.chat.typing : words.chat.typingMany(names), lively: true };
  }
  if (view.notes) return { text: words.chat.notesHint, lively: false };
  // Who has gone is not told how many there are.
  const isGone = view.membership === 'left' || view.membership === 'ended';
  if (view.kind !== 'direct') return { text: isGone ? '' : words.chat.members(view.memberCount), lively: false };
  return { text: presenceText(client, view, now), lively: false };
}

function presenceText(client: Client, view: ConversationView, now: number): string {
  const presence = view.peer === null ? null : client.presence.get(view.peer);
  switch (presence?.state) {
    case 'online':
      return words.chat.online;
    case 'offline':
      return presence.lastSeenAt === null ? '' : words.chat.lastSeen(whenLastSeen(presence.lastSeenAt, now));
    case 'recently':
      return words.chat.recently;
    case 'this_week':
      return words.chat.thisWeek;
    case 'this_month':
      return words.chat.thisMonth;
    case 'long_ago':
      return words.chat.longAgo;
    default:
      return '';
  }
}

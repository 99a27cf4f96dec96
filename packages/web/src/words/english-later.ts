// Words of sheets about encryption, pictures and reports, in English, which come with those sheets and not with the page.
import type { ScanResult } from '@parley/sdk';
import { count } from './english-counts.ts';
import { encryption } from './english-encryption.ts';

/** What a scanned code of somebody says, in the order in which people should worry. */
export const scanned: Readonly<Record<ScanResult, (name: string) => string>> = {
  match: (name) => `The codes are the same: nobody stands between you and ${name}.`,
  their_key_differs: (name) =>
    `The codes differ: ${name} has another key than the one you were given. Somebody may be reading along: write nothing secret, and ask ${name} in another way.`,
  our_key_differs: (name) =>
    `The codes differ: ${name} was given another key than yours. Somebody may be reading along: write nothing secret, and ask ${name} in another way.`,
  other_person: (name) => `This is not the code that ${name} sees for you. Open your chat there, and scan again.`,
  older: (name) => `${name}'s app is too old for this. Compare the digits.`,
  newer: () => 'This app is too old for that code. Compare the digits.',
  unreadable: () => 'This is not a code to compare.',
};

/** What encryption does here. */
export const about = {
  title: 'What encryption does here',
  codeTitle: 'This page is code that the server sends',
  code: 'Whoever controls the server could send other code, and that could read what you type here. The command line, npx parley, runs from your own disk.',
  hiddenTitle: 'The server cannot read',
  hidden: [
    'what you write in chats and groups, edits, reactions and polls',
    'the names of groups, and what you have begun to write',
  ],
  seenTitle: 'The server sees',
  seen: [
    'who is in a chat with whom, and who writes when and about how much',
    'who has received and read what, who is online, who is mentioned',
    'your name, your handle and your devices',
    'everything in rooms: they are not encrypted',
    'messages that somebody in a chat reports: its operator can read these, at most five, and nothing else of the chat',
  ],
  keptTitle: 'What stays up to you',
  kept: [
    'Whoever has one of your devices or your recovery key can read your messages.',
    'Compare codes with people who matter: then nobody can take their place unseen.',
    'Nobody independent has examined Parley yet.',
  ],
} as const;

/** The recovery key: shown, checked, made anew. */
export const recovery = {
  ...encryption.recovery,
  title: 'Recovery key',
  text: 'These 24 words open your messages on a new device, and they sign you in. Write them on paper, in this order.',
  warning: 'Whoever has them can read everything. Nobody from this server will ever ask you for them.',
  wordsLabel: 'The 24 words',
  groupsTitle: 'The same key, shorter',
  groupsText: '14 groups to type, or a code to scan.',
  qr: 'The recovery key as a code to scan',
  print: 'Print',
  written: 'I have written it down',
  checkTitle: 'Just to be sure',
  checkText: 'Look at your paper and type these two words.',
  word: (place: number) => `Word ${place}`,
  wrong: (place: number) => `Word ${place} is another one. Look again.`,
  confirm: 'That is it',
  showAgain: 'Show it again',
  doneTitle: 'Your recovery key is saved',
  doneText: 'Keep the paper in a safe place. It is not shown here any more.',
  done: 'Done',
  savedText: 'You have written it down. If the paper is lost, or somebody has seen it, make a new one.',
  savedState: 'Written down.',
  savedHint: 'It is not shown again.',
  offeredText: 'Not written down yet.',
  renew: 'Make a new one',
  renewText:
    'The old one stops working. A copy that somebody kept of what the server holds today can still be opened with the old one.',
  printTitle: (handle: string) => `Recovery key of @${handle}`,
  printText: 'Whoever has these words can read all messages of this account. Keep this paper safe.',
  lastDeviceTitle: 'Save your recovery key first',
  lastDeviceText:
    'This is your last device, and the recovery key is not written down. Without it nobody can ever read your messages again, not even you.',
  lastDeviceAnyway: 'Sign out and lose my messages',
} as const;

/** The picture of a group. */
export const groupPicture = {
  change: 'Change picture',
  title: 'Picture of the group',
  drop: 'Choose a picture, or drop one here.',
  choose: 'Choose a picture',
  chooseAgain: 'Choose another one',
  preview: 'The new picture, as everybody in the group will see it',
  seen: 'Everybody in the group will see it like this. Where and when it was taken is not sent.',
  set: 'Set picture',
  remove: 'Remove picture',
  noPicture: 'This file could not be opened as a picture. Choose a JPEG, PNG or WebP file.',
  tooLarge: 'This file is larger than 50 MB. Choose a smaller one.',
  noFit: 'This picture could not be made small enough. Choose another one.',
} as const;

/** Chats are made, found and forwarded to. */
export const create = {
  title: 'New chat',
  people: 'Name or handle',
  newRoom: 'New room',
  rooms: 'Rooms',
  invite: 'Invite somebody',
  inviteText: 'Who opens this link makes an account and is in touch with you. It works once, for 7 days.',
  makeLink: 'Make a link',
  openLinks: 'Links that work',
  anyNumber: 'Any number of people',
  until: (when: string) => `Until ${when}`,
  code: 'The link as a code to scan',
  groupName: 'Name of the group',
  createGroup: 'Make the group',
  roomName: 'Name of the room',
  roomTopic: 'What it is about',
  roomOpen: 'Anybody on this server can join',
  roomInvited: 'By invitation',
  createRoom: 'Make the room',
  roomNote: 'Rooms are never encrypted.',
  join: 'Join',
  openRoom: 'Open',
  noRooms: 'No open rooms yet.',
  noContacts: 'Nobody yet. Find somebody by handle, or invite them.',
  forwardTo: 'Forward to',
  forward: 'Forward',
  atMost: (n: number) => `At most ${n} chats at once, so that nothing spreads by itself.`,
} as const;

/** The pane about a chat, its links, and who has got a message. */
export const pane = {
  links: 'Invite links',
  createLink: 'Make a link',
  linkText: 'Anybody with this link can join.',
  revoke: 'Revoke',
  readBy: 'Read by',
  deliveredTo: 'Delivered to',
  waiting: 'Waiting',
  messageInfo: 'Message',
  noStarred: 'Nothing is starred. Star a message to find it again here.',
  rename: 'Rename',
  groupName: 'Name of the group',
  roomName: 'Name of the room',
  topic: 'What it is about',
  group: (n: number) => `Group · ${count(n, 'member', 'members')}`,
  room: (n: number) => `Room · ${count(n, 'member', 'members')}`,
  bot: 'Bot',
  blockTitle: (name: string) => `Block ${name}?`,
  blockText: 'They can still write, and it does not reach you. They do not see when you are online.',
} as const;

/** Who is in a group or room, and what may be done with them. */
export const members = {
  title: 'Members',
  failed: 'The members could not be loaded.',
  roles: { owner: 'Owner', admin: 'Admin', member: 'Member' },
  message: 'Send a message',
  makeAdmin: 'Make admin',
  makeMember: 'Remove as admin',
  makeOwner: 'Make owner',
  ownerTitle: (name: string) => `Make ${name} the owner?`,
  ownerText: (name: string) => `You become an admin. Only ${name} can give it back.`,
  remove: 'Remove from chat',
  removeTitle: (name: string) => `Remove ${name} from this chat?`,
  removeText: 'They keep what they could read so far.',
} as const;

/** The end of a chat, for oneself. */
export const ending = {
  clear: 'Clear chat',
  clearTitle: 'Clear this chat for you?',
  clearText: 'The messages disappear from all your devices. Others keep theirs.',
  leave: 'Leave',
  leaveTitle: 'Leave this chat?',
  delete: 'Delete chat',
  deleteTitle: 'Delete this chat for you?',
  deleteText:
    'Its messages disappear from all your devices, and it from your list until something new is said. Others keep theirs.',
  encrypted: 'Only those who are in it can read this.',
} as const;

/** A link that was made where there are no keys. */
export const keylessLink =
  'This link does not name your key, because this device does not have it: whoever comes by the link is told a key by the server alone. Get your chats here first, then make another one.';

/** Somebody is reported to the operator. */
export const report = {
  title: (name: string) => `Report ${name}`,
  what: (n: number, name: string) =>
    n === 0
      ? `No message of ${name} can be read here, so none is sent.`
      : n === 1
        ? `This message goes to this server's operator, readable.`
        : `The last ${n} messages go to this server's operator, readable.`,
  rest: (name: string) =>
    `With it go your name, ${name}'s, the reason and your note, and nothing else of this chat. ${name} is not told. What you send proves nothing: the operator cannot check it.`,
  shown: (name: string) => `Messages of ${name} that are sent`,
  reason: 'Reason',
  reasons: { spam: 'Unwanted or misleading', abuse: 'Threats or abuse', other: 'Something else' },
  note: 'Note to the operator (optional)',
  andBlock: 'Report and block',
  only: 'Report only',
  done: 'Reported. The operator of this server can read it now.',
  doneBlocked: (name: string) => `Reported, and ${name} is blocked. The operator of this server can read it now.`,
  tooMany: 'You have reported as much as one can in a day. Try again later.',
} as const;

// Words of invitations in English: who is asked, who waits, and what both are told. Part of the catalogue in `english.ts`.
import { count } from './english-counts.ts';

const people = (n: number) => count(n, 'person', 'people');
const kinds = { direct: 'a chat', group: 'a group', room: 'a room' } as const;
type Kind = keyof typeof kinds;

export const invitations = {
  /** What a group is called is in its messages: nobody outside can read it. */
  group: 'Group',
  /** Its title is not here yet: it comes with the next message of a member. */
  groupOf: (name: string) => `Group of ${name} and others`,
  groupBy: (name: string) => `Group you joined with ${name}'s link`,
  pinnedBefore: 'A message from before you joined',
  /** Earlier messages for who comes. */
  share: 'Earlier messages for them',
  shareNone: 'None',
  shareCount: (n: number) => `The last ${n}`,
  shareText: 'Texts of the last two weeks, without those that disappear.',
  shared: (name: string, subject: string, n: number) =>
    n === 0 ? `${name} shared earlier messages with ${subject}` : `Shared by ${name} when ${subject} joined`,
  sharedText: (name: string) => `Who wrote them is what ${name} says.`,
  lineWho: (name: string, n: number) => `${name} invites you · ${people(n)}`,
  lineTo: (kind: Kind, n: number) => `Invites you to ${kinds[kind]} · ${people(n)}`,
  lineWaiting: 'Waiting to be let in',
  title: (name: string, kind: Kind, n: number) => `${name} invites you to ${kinds[kind]} with ${people(n)}`,
  titleNamed: (name: string, title: string) => `${name} invites you to ${title}`,
  size: (kind: Kind, n: number) => `${kind === 'room' ? 'Room' : 'Group'} · ${people(n)}`,
  text: 'Once you accept, everybody in it sees that you joined. Until then they do not see whether you have read this.',
  textRoom: 'Rooms are open: whoever runs this server can read them.',
  accept: 'Accept',
  decline: 'Decline',
  waitingTitle: 'Waiting to be let in',
  waitingText: 'An admin has to let you in. This chat opens by itself when that has happened.',
  stopWaiting: 'Do not wait any longer',
  over: 'This invitation is not there any more.',
  overWaiting: 'You were not let in.',

  added: 'Added',
  invited: 'Invited',
  notAdded: 'Not added',
  done: 'Done',
  addedTitle: 'Not everybody is in yet',
  mayBeAsked: 'Whoever is no contact of yours may be asked first.',
  reason: {
    no_contact: 'You are no contacts yet. They are asked first.',
    unwilling: 'They want to be asked first.',
  },

  waiting: 'Waiting to be let in',
  pending: 'Invited',
  waitingCount: (n: number) =>
    n === 1 ? '1 person waits to be let in' : `${n.toLocaleString('en')} people wait to be let in`,
  askedAt: (when: string) => `Asked on ${when}`,
  invitedBy: (name: string, when: string) => `${name === 'You' ? 'By you' : `By ${name}`}, until ${when}`,
  approve: 'Approve',
  refuse: 'Refuse',
  withdraw: 'Withdraw',
  approveWho: (name: string) => `Approve ${name}`,
  refuseWho: (name: string) => `Refuse ${name}`,
  withdrawWho: (name: string) => `Withdraw the invitation of ${name}`,
  pendingFailed: 'Who is invited could not be loaded.',

  approval: 'People need to be approved',
  approvalText: 'They wait until you or another admin lets them in.',
  approvalLink: 'Anybody with this link can ask to be let in.',
  landing: 'People need to be approved: you wait until an admin lets you in.',

  change: {
    createInviting: (who: string, whom: string) => `${who} started the chat and invited ${whom}.`,
    ask: (who: string, whom: string) => `${who} invited ${whom}.`,
    decline: (who: string) => `${who} did not come in.`,
    withdraw: (who: string, whom: string) => `${who} took back the invitation of ${whom}.`,
    knock: (who: string) => (who === 'You' ? 'You asked to be let in.' : `${who} asks to be let in.`),
    refuse: (who: string, whom: string) => `${who} did not let ${whom} in.`,
    invite: (who: string) => `${who} made an invite link.`,
    revoke_invite: (who: string) => `${who} revoked an invite link.`,
  },
} as const;

// Conversations, their members, and what changed in them.
import Type, { type Static } from 'typebox';
import { AccountId, ConversationId, InviteId, MessageId } from './ids.ts';
import * as limits from './limits.ts';
import { EntryHash, roles } from './membership.ts';
import { Mark } from './receipt.ts';
import { Integer, Ref, Text, Time, UpTo, Word } from './schema.ts';

export const conversationKinds = ['direct', 'group', 'room', 'account'] as const;
export type ConversationKind = (typeof conversationKinds)[number];

/** How newcomers see what was said before them, and who may come in. */
export const roomAccess = ['open', 'invite'] as const;
export type RoomAccess = (typeof roomAccess)[number];

export const Member = Type.Object(
  { account: AccountId, role: Word(roles, 'Role now.'), joined_seq: UpTo },
  { $id: 'Member' },
);
export type Member = Static<typeof Member>;

/** What somebody is who is not in a group or room: invited, waiting to be let in, or neither any more. */
export const memberships = ['invited', 'waiting', 'ended'] as const;

/** Somebody who is invited or waits, as the administrators see it. */
export const PendingMember = Type.Object(
  {
    account: AccountId,
    state: Word(['invited', 'waiting'], '`waiting` by a link that needs an approval.'),
    by: Type.Optional(AccountId),
    role: Word(roles, 'Role once it is in.'),
    asked_at: Time('When it was asked, or asked.'),
    expires_at: Time('When that ends by itself.'),
  },
  { $id: 'PendingMember', description: '`by` is who invited.' },
);
export type PendingMember = Static<typeof PendingMember>;

/** What became of adding somebody: a member at once, or invited. */
export const AddedMember = Type.Object(
  {
    account: AccountId,
    role: Word(roles, 'Role now, or once it is in.'),
    membership: Word(['member', 'invited'], 'Not a contact, or its settings say so: `invited`.'),
    joined_seq: Type.Optional(UpTo),
  },
  { $id: 'AddedMember' },
);
export type AddedMember = Static<typeof AddedMember>;

/** What the id of a room is a hash of: so nothing else can be called one. */
export const RoomOrigin = Type.Object(
  { by: AccountId, as: MessageId },
  { description: 'Rooms only: who made it, and the id of its first record. `conversation_id` is a hash of both.' },
);
export type RoomOrigin = Static<typeof RoomOrigin>;

/** One conversation as the asking account may see it. */
export const Conversation = Type.Object(
  {
    conversation_id: ConversationId,
    kind: Word(conversationKinds, '`account` is the hidden log of one account.'),
    title: Type.Optional(Text(limits.maxTitleCharacters, 'Rooms only; the title of a group is in its messages.')),
    topic: Type.Optional(Text(limits.maxTopicCharacters, 'Rooms only.')),
    access: Type.Optional(Word(roomAccess, 'Rooms only.')),
    made: Type.Optional(RoomOrigin),
    peer: Type.Optional(AccountId),
    accepted: Type.Boolean({ description: 'Direct only: not (or no longer) a request. Always true elsewhere.' }),
    requested_by: Type.Optional(AccountId),
    contact: Type.Boolean({ description: 'Direct only: both are contacts.' }),
    role: Type.Optional(Word(roles, 'Role of the asking account; absent when it has left.')),
    membership: Type.Optional(
      Word(memberships, 'Of an account that is not in it: then there is no message, `head` is 0. Absent for members.'),
    ),
    invited_by: Type.Optional(AccountId),
    asked_at: Type.Optional(Time('With `invited` and `waiting`: since when.')),
    expires_at: Type.Optional(Time('With `invited` and `waiting`: when that ends by itself.')),
    joined_seq: UpTo,
    left_seq: Type.Optional(UpTo),
    member_n: Integer('Version of the member list.'),
    member_head: Type.Optional(EntryHash),
    member_count: Integer('Members now; those of then once the account has left, 0 where they are too many to count.'),
    timer_seconds: Integer('Lifetime of new messages; 0 is for ever.'),
    head: UpTo,
    ord: Integer('Counted messages up to the head.'),
    read: UpTo,
    read_ord: Integer('Counted messages up to `read`: unread is `ord` − `read_ord`.'),
    marks: Type.Array(Mark, {
      maxItems: limits.maxGroupMembers,
      description: 'Watermarks of the other members that this account may see and that changed.',
    }),
    created_at: Time('When it was made.'),
  },
  { $id: 'Conversation' },
);
export type Conversation = Static<typeof Conversation>;

/** Down: the answer to `hello` and to `sync` without a conversation. */
export const Changes = Type.Object(
  {
    type: Type.Literal('changes'),
    ref: Type.Optional(Ref),
    items: Type.Array(Conversation, { maxItems: limits.maxPageItems }),
    has_more: Type.Boolean(),
    since: Text(limits.maxSinceCharacters, 'Give this back in the next `sync` or `hello`.'),
  },
  { $id: 'Changes' },
);
export type Changes = Static<typeof Changes>;

/** An invite into a group or room. The secret is not here: it stands only in the link. */
export const ConversationInvite = Type.Object(
  {
    invite_id: InviteId,
    created_by: AccountId,
    expires_at: Type.Optional(Time('After this it is refused.')),
    uses_left: Type.Optional(Integer('After these it is refused.')),
    approval: Type.Optional(Type.Boolean({ description: 'Who follows it waits until an administrator adds them.' })),
  },
  { $id: 'ConversationInvite' },
);
export type ConversationInvite = Static<typeof ConversationInvite>;

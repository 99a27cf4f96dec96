// What a person sends and what everybody gets. The header is clear, the content is opaque to the server.
import Type, { type Static } from 'typebox';
import { AccountId, BlobId, ConversationId, DeviceId, InviteId, MessageId } from './ids.ts';
import * as limits from './limits.ts';
import { roles, SignedEntry } from './membership.ts';
import { Integer, Ref, Seq, Text, Time, UpTo, Word } from './schema.ts';

/** What the server may know of a message: whether it counts and notifies. */
export const messageKinds = ['content', 'quiet', 'delete', 'timer', 'setting', 'members'] as const;
export type MessageKind = (typeof messageKinds)[number];

/** How `content` is to be read: `text` as it is (the default), `body` a JSON body (`body.ts`), `sealed` ciphertext. */
export const contentFormats = ['text', 'body', 'sealed'] as const;
export type ContentFormat = (typeof contentFormats)[number];

const Content = (min: number) =>
  Text(limits.maxContentBytes, 'The text, or a JSON body, or ciphertext; see `format`.', min);
const Format = Word(contentFormats, 'How to read `content`; `text` when absent.');
const Mentions = Type.Array(AccountId, { maxItems: limits.maxMentions, description: 'Accounts that are mentioned.' });
export const Blobs = Type.Array(BlobId, {
  maxItems: limits.maxBlobsPerMessage,
  description: 'Files it refers to.',
});
const Targets = Type.Array(Seq, {
  minItems: 1,
  maxItems: limits.maxDeleteTargets,
  description: 'With kind `delete`: the message and its edits.',
});
const Seconds = Integer(
  'With kind `timer`: lifetime of later messages in seconds; 0 switches it off.',
  0,
  limits.maxTimerSeconds,
);
const Key = Text(limits.maxSettingKeyCharacters, 'With kind `setting`, in the account log only: what is set.', 1);
const Value = Text(limits.maxSettingValueBytes, 'With kind `setting`: the value; empty removes it.');

/** Up: say something in a conversation. Only `type`, `conversation_id` and (for content) `content` are required. */
export const SendMessage = Type.Object(
  {
    type: Type.Literal('message'),
    ref: Type.Optional(Ref),
    conversation_id: ConversationId,
    id: Type.Optional(MessageId),
    kind: Type.Optional(Word(['content', 'quiet', 'delete', 'timer', 'setting'], '`content` when absent.')),
    content: Type.Optional(Content(1)),
    format: Type.Optional(Format),
    timestamp: Type.Optional(Time("The client's clock. Shown, never used for order.")),
    lamport: Type.Optional(Integer("The client's Lamport time.")),
    first: Type.Optional(
      Type.Boolean({ description: 'Never written to any socket before and not read back from disk.' }),
    ),
    mentions: Type.Optional(Mentions),
    blobs: Type.Optional(Blobs),
    member_n: Type.Optional(
      Integer('Version of the member list that it was written for. Needed with format `sealed`.'),
    ),
    keys_n: Type.Optional(Integer('Needed with format `sealed`: the list of key changes up to here was known.')),
    targets: Type.Optional(Targets),
    seconds: Type.Optional(Seconds),
    key: Type.Optional(Key),
    value: Type.Optional(Value),
  },
  {
    $id: 'SendMessage',
    description: 'Send a message. Without an `id` the server gives one, and a lost answer cannot be asked for again.',
  },
);
export type SendMessage = Static<typeof SendMessage>;

/** Down: durable in the log; one tick. */
export const Sent = Type.Object(
  { type: Type.Literal('sent'), ref: Type.Optional(Ref), id: MessageId, conversation_id: ConversationId },
  {
    $id: 'Sent',
    description: 'One tick: the message is durable in the log. It will come back with a seq, or as `rejected`.',
  },
);
export type Sent = Static<typeof Sent>;

/** Down: final refusal of a message that was durable. */
export const Rejected = Type.Object(
  {
    type: Type.Literal('rejected'),
    id: MessageId,
    conversation_id: ConversationId,
    code: Text(64, 'Code from the error table.'),
  },
  { $id: 'Rejected', description: 'The message will never be shown; the verdict is stored and final.' },
);
export type Rejected = Static<typeof Rejected>;

export const memberActions = [
  'create',
  'add',
  'join',
  'leave',
  'remove',
  'role',
  'accept',
  'settings',
  'invite',
  'revoke_invite',
  'ask',
  'decline',
  'withdraw',
  'knock',
  'refuse',
] as const;
export type MemberAction = (typeof memberActions)[number];

/** What a `members` record changed. */
export const MemberChange = Type.Object(
  {
    action: Word(memberActions, 'What happened.'),
    subject: Type.Optional(AccountId),
    role: Type.Optional(Word(roles, "The subject's role from here on.")),
    members: Type.Optional(
      Type.Array(AccountId, {
        maxItems: limits.maxFoundingMembers + 1,
        description: 'With `create`: the founding members.',
      }),
    ),
    invited: Type.Optional(
      Type.Array(AccountId, {
        maxItems: limits.maxFoundingMembers,
        description: 'With `create`: who is invited and not yet a member.',
      }),
    ),
    title: Type.Optional(Text(limits.maxTitleCharacters, 'With `create` and `settings`, rooms only.')),
    invite_id: Type.Optional(InviteId),
  },
  { $id: 'MemberChange' },
);
export type MemberChange = Static<typeof MemberChange>;

/** Down: one record of a conversation, as every device of every member gets it. */
export const Envelope = Type.Object(
  {
    type: Type.Literal('message'),
    conversation_id: ConversationId,
    seq: Seq,
    ord: Integer('How many counted messages the conversation has up to here; unread is a difference of ords.'),
    id: MessageId,
    sender: AccountId,
    device: Type.Optional(DeviceId),
    kind: Word(messageKinds, '`content` counts and notifies, the others do not.'),
    lamport: Integer('Lamport time; rises with seq.'),
    stored_at: Time('Append time at the server.'),
    timestamp: Time("The sender's clock, within −7 d … +60 s of `stored_at`."),
    member_n: Integer('Version of the member list after this record.'),
    content: Type.Optional(Content(0)),
    format: Type.Optional(Format),
    mentions: Type.Optional(Mentions),
    blobs: Type.Optional(Blobs),
    targets: Type.Optional(Targets),
    seconds: Type.Optional(Seconds),
    key: Type.Optional(Key),
    value: Type.Optional(Value),
    change: Type.Optional(MemberChange),
    entry: Type.Optional(SignedEntry),
    expires_at: Type.Optional(Time('When it disappears.')),
    deleted_by: Type.Optional(Integer('Its content is gone: the seq of the delete, or 0 when it expired.')),
    body_hash: Type.Optional(
      Text(
        43,
        'With `deleted_by`, of what was sealed: SHA-256 of its `content`, base64url (docs/protocol/witness.md).',
      ),
    ),
    request: Type.Optional(Type.Boolean({ description: 'Sent before the conversation was accepted.' })),
  },
  { $id: 'Envelope', description: 'A record of a conversation with its place in it.' },
);
export type Envelope = Static<typeof Envelope>;

/** Up: a range of a conversation, or (without a conversation) what changed for this account. */
export const SyncRequest = Type.Object(
  {
    type: Type.Literal('sync'),
    ref: Ref,
    conversation_id: Type.Optional(ConversationId),
    after: Type.Optional(UpTo),
    before: Type.Optional(Seq),
    since: Type.Optional(Text(limits.maxSinceCharacters, 'From the last `changes`.')),
    limit: Type.Optional(Integer('Most items in the answer.', 1, limits.maxPageItems)),
  },
  { $id: 'SyncRequest', description: 'With `after` upwards from it, with `before` (or neither) the newest below it.' },
);
export type SyncRequest = Static<typeof SyncRequest>;

/** Down: the answer to `sync` of a conversation. A seq inside from…to without an item is gone for this reader. */
export const Messages = Type.Object(
  {
    type: Type.Literal('messages'),
    ref: Type.Optional(Ref),
    conversation_id: ConversationId,
    from_seq: Integer('First seq that the answer covers.'),
    to_seq: Integer('Last seq that it covers; below `from_seq` when it covers none.'),
    head: Integer('Newest seq of the conversation.'),
    items: Type.Array(Envelope, { maxItems: limits.maxPageItems }),
    has_more: Type.Boolean({ description: 'There is more in the direction asked.' }),
  },
  { $id: 'Messages' },
);
export type Messages = Static<typeof Messages>;

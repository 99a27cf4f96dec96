// What stands inside `content` when `format` is `body`: the part that is encrypted where the
// conversation is. The server never reads it. Receivers enforce its rules by append time.
import Type, { type Static } from 'typebox';
import { AccountId, BlobId, ConversationId } from './ids.ts';
import * as limits from './limits.ts';
import { Integer, Seq, Text, Word } from './schema.ts';

const Emoji = Text(32, 'One emoji; empty takes the reaction back.');

export const TextBody = Type.Object({
  type: Type.Literal('text'),
  text: Text(limits.maxTextCharacters, 'Plain text with light marks: *bold*, _italic_, ~struck~, `code`.', 1),
  reply_to: Type.Optional(Seq),
  forwarded: Type.Optional(Integer('How often it was forwarded.', 1, 100)),
});
export const EditBody = Type.Object({
  type: Type.Literal('edit'),
  target: Seq,
  text: Text(limits.maxTextCharacters, 'The new text.', 1),
});
export const ReactionBody = Type.Object({ type: Type.Literal('reaction'), target: Seq, emoji: Emoji });
export const PinBody = Type.Object({ type: Type.Literal('pin'), target: Seq, pinned: Type.Boolean() });
/** A small picture, itself and not where it is: a square that its maker's client has drawn anew. */
export const PictureBody = Type.Object({
  type: Word(['image/jpeg', 'image/png', 'image/webp'], 'What its bytes are; readers go by the bytes.'),
  data: Text(limits.maxPictureCharacters, 'The file, in base64 without padding.', 1),
  of: Type.Optional(Integer('With `repeats`: the record that brought it.', 1)),
});
/** How a group stands, as a whole: said by whoever changes it, and again (`repeats`) for those who come later. */
export const StateBody = Type.Object({
  type: Type.Literal('state'),
  title: Type.Optional(Text(limits.maxTitleCharacters, 'Title of a group.')),
  pins: Type.Optional(
    Type.Array(Seq, { maxItems: limits.maxPins, description: 'Pinned messages, the newest pin first.' }),
  ),
  timer_seconds: Type.Optional(
    Integer('Lifetime of messages as its author saw it. The server says which one holds.', 0, limits.maxTimerSeconds),
  ),
  picture: Type.Optional(
    Type.Union([PictureBody, Type.Null()], {
      description: 'Its picture, or null for none. Absent: as it was; a change of something else does not carry it.',
    }),
  ),
  changed: Type.Optional(Word(['title', 'pins', 'picture'], 'What is new; `title` when absent.')),
  repeats: Type.Optional(Integer('Nothing is new: it says again what the record at this seq said.', 1)),
});
export const ContactBody = Type.Object({
  type: Type.Literal('contact'),
  account: AccountId,
  conversation_id: Type.Optional(ConversationId),
});
export const PollBody = Type.Object({
  type: Type.Literal('poll'),
  question: Text(300, 'The question.', 1),
  options: Type.Array(Text(100, 'An answer.', 1), { minItems: 2, maxItems: 12 }),
  choose: Word(['one', 'many'], 'How many answers a member may pick.'),
});
export const VoteBody = Type.Object({
  type: Type.Literal('vote'),
  target: Seq,
  options: Type.Array(Integer('Index of an answer.', 0, 11), { maxItems: 12 }),
});

/** Earlier messages for somebody who has come, as its author tells them: who wrote what is the author's word. */
export const SharedBody = Type.Object({
  type: Type.Literal('shared'),
  subject: AccountId,
  part: Integer('Which part of them.', 1, limits.maxSharedParts),
  parts: Integer('How many parts.', 1, limits.maxSharedParts),
  items: Type.Array(
    Type.Object({
      seq: Seq,
      sender: AccountId,
      at: Integer('When it was stored, in milliseconds since 1970.'),
      text: Text(limits.maxSharedTextCharacters, 'The text.', 1),
    }),
    { maxItems: limits.maxSharedMessages },
  ),
});

const Caption = Type.Optional(Text(limits.maxTextCharacters, 'What is said with it.', 1));

/** A file that stands sealed beside the message: where it is, the key that opens it, and what it is. */
export const FileBody = Type.Object({
  type: Type.Literal('file'),
  look: Word(['image', 'video', 'audio', 'voice', 'file'], 'How it is shown; `file` is only offered to be saved.'),
  blob: BlobId,
  key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'AES-256 key of its chunks, base64url.' }),
  bytes: Integer('Its own size, without padding.', 0, limits.maxFileBytes),
  name: Text(limits.maxFileNameCharacters, 'Name of the file, without a path.', 1),
  media_type: Text(limits.maxMediaTypeCharacters, 'What its author says it is, as in `image/jpeg`.', 1),
  width: Type.Optional(Integer('Pixels, as it is shown.', 1, limits.maxFilePixels)),
  height: Type.Optional(Integer('Pixels, as it is shown.', 1, limits.maxFilePixels)),
  duration_ms: Type.Optional(Integer('How long it plays.')),
  thumb: Type.Optional(Text(Math.ceil(limits.maxThumbBytes / 3) * 4, 'A small JPEG or WebP of it, base64.', 1)),
  text: Caption,
  reply_to: Type.Optional(Seq),
  forwarded: Type.Optional(Integer('How often it was forwarded.', 1, 100)),
});

/** Any body. A reader ignores types and fields that it does not know. */
export const Body = Type.Union([
  TextBody,
  EditBody,
  ReactionBody,
  PinBody,
  StateBody,
  ContactBody,
  PollBody,
  VoteBody,
  SharedBody,
  FileBody,
]);
export type Body = Static<typeof Body>;
export type TextBody = Static<typeof TextBody>;
export type EditBody = Static<typeof EditBody>;
export type ReactionBody = Static<typeof ReactionBody>;
export type PinBody = Static<typeof PinBody>;
export type PictureBody = Static<typeof PictureBody>;
export type StateBody = Static<typeof StateBody>;
export type SharedBody = Static<typeof SharedBody>;
export type FileBody = Static<typeof FileBody>;
export type PollBody = Static<typeof PollBody>;
export type VoteBody = Static<typeof VoteBody>;

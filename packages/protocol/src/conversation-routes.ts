// Routes of conversations, history and the list of rooms.
import Type from 'typebox';
import { Changes, Conversation, roomAccess } from './conversation.ts';
import { AccountId, MessageId } from './ids.ts';
import * as limits from './limits.ts';
import { SignedEntry } from './membership.ts';
import { Blobs, contentFormats, Messages } from './message.ts';
import { ConversationPath, Nothing, Page, PageQuery } from './route-parts.ts';
import type { Route } from './routes.ts';
import { Integer, Seq, Text, Time, UpTo, Word } from './schema.ts';

const Title = Text(limits.maxTitleCharacters, 'Title of a room.', 1);
const Topic = Text(limits.maxTopicCharacters, 'What a room is about.');
const Access = Word(roomAccess, 'Who may come in.');
const History = Word(['none', 'all'], 'What newcomers may read of before. Default: groups none, rooms all.');

export const conversationRoutes = {
  listConversations: {
    method: 'GET',
    path: '/v1/conversations',
    summary: 'Own conversations, newest activity first.',
    auth: 'device',
    rate: 'read',
    query: PageQuery,
    result: Page(Conversation),
    status: 200,
    errors: ['auth.required'],
  },
  createConversation: {
    method: 'POST',
    path: '/v1/conversations',
    summary: 'Open a direct conversation, or make a group or room. The same `id` again gives the same conversation.',
    auth: 'device',
    rate: 'write',
    body: Type.Object({
      kind: Word(['direct', 'group', 'room'], 'What to make.'),
      id: Type.Optional(MessageId),
      account: Type.Optional(AccountId),
      members: Type.Optional(Type.Array(AccountId, { maxItems: limits.maxFoundingMembers })),
      entry: Type.Optional(SignedEntry),
      title: Type.Optional(Title),
      topic: Type.Optional(Topic),
      access: Type.Optional(Access),
      history: Type.Optional(History),
    }),
    result: Conversation,
    status: 201,
    errors: [
      'auth.required',
      'account.unknown',
      'account.guest',
      'frame.invalid',
      'request.limit',
      'conversation.too_many',
      'members.ask',
      'members.stale',
      'members.unsigned',
    ],
  },
  getConversation: {
    method: 'GET',
    path: '/v1/conversations/{conversation_id}',
    summary: 'One conversation.',
    auth: 'device',
    rate: 'read',
    params: ConversationPath,
    result: Conversation,
    status: 200,
    errors: ['auth.required', 'conversation.denied'],
  },
  updateConversation: {
    method: 'PATCH',
    path: '/v1/conversations/{conversation_id}',
    summary: 'Rooms: title, topic, access. Groups and rooms: history for newcomers. Admins only.',
    auth: 'device',
    rate: 'write',
    params: ConversationPath,
    body: Type.Object({
      title: Type.Optional(Title),
      topic: Type.Optional(Topic),
      access: Type.Optional(Access),
      history: Type.Optional(History),
    }),
    result: Conversation,
    status: 200,
    errors: ['auth.required', 'conversation.denied', 'conversation.role'],
  },
  acceptConversation: {
    method: 'POST',
    path: '/v1/conversations/{conversation_id}/accept',
    summary:
      'Accept a request (whoever has written in it is a contact then), or come into a group or room that one is invited to.',
    auth: 'device',
    rate: 'write',
    params: ConversationPath,
    result: Conversation,
    status: 200,
    errors: ['auth.required', 'conversation.denied', 'conversation.full', 'conversation.too_many', 'members.unsigned'],
  },
  declineConversation: {
    method: 'POST',
    path: '/v1/conversations/{conversation_id}/decline',
    summary: 'Decline an invitation into a group or room, or wait no more to be let in.',
    auth: 'device',
    rate: 'write',
    params: ConversationPath,
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'conversation.denied'],
  },
  clearConversation: {
    method: 'POST',
    path: '/v1/conversations/{conversation_id}/clear',
    summary: 'For this account only: hide everything up to `seq`, on all its devices.',
    auth: 'device',
    rate: 'write',
    params: ConversationPath,
    body: Type.Object({ seq: Seq }),
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'conversation.denied', 'setting.too_many'],
  },
  listRooms: {
    method: 'GET',
    path: '/v1/rooms',
    summary: 'Open rooms of this server.',
    auth: 'device',
    rate: 'read',
    query: PageQuery,
    result: Page(
      Type.Object({
        conversation_id: Text(24, 'Conversation id.'),
        title: Title,
        topic: Type.Optional(Topic),
        member_count: Integer('Members now.'),
        member: Type.Boolean(),
      }),
    ),
    status: 200,
    errors: ['auth.required'],
  },
  listMessages: {
    method: 'GET',
    path: '/v1/conversations/{conversation_id}/messages',
    summary:
      'History, rising in seq: the newest before `before` (or of all), or the first after `after`. Says what it covers.',
    auth: 'device',
    rate: 'read',
    params: ConversationPath,
    query: Type.Object({
      before: Type.Optional(Seq),
      after: Type.Optional(UpTo),
      limit: Type.Optional(Integer('Most items.', 1, limits.maxPageItems)),
    }),
    result: Type.Object({
      ...Messages.properties,
      next_cursor: Type.Optional(Text(256, 'The seq for the next `before` or `after`.')),
    }),
    status: 200,
    errors: ['auth.required', 'conversation.denied'],
  },
  createMessage: {
    method: 'POST',
    path: '/v1/conversations/{conversation_id}/messages',
    summary:
      'Send a message of kind `content` without a socket. Answers when it is durable (one tick). `Idempotency-Key` may be a message id.',
    auth: 'device',
    rate: 'write',
    params: ConversationPath,
    body: Type.Object({
      id: Type.Optional(MessageId),
      content: Text(limits.maxContentBytes, 'The text or JSON body.', 1),
      format: Type.Optional(Word(contentFormats, '`text` when absent.')),
      timestamp: Type.Optional(Time("The client's clock.")),
      member_n: Type.Optional(
        Integer('Version of the member list that it was written for. Needed with format `sealed`.'),
      ),
      blobs: Type.Optional(Blobs),
      keys_n: Type.Optional(Integer('Needed with format `sealed`: the list of key changes up to here was known.')),
    }),
    result: Type.Object({ id: MessageId }),
    status: 201,
    errors: [
      'auth.required',
      'conversation.denied',
      'conversation.read_only',
      'members.stale',
      'devices.stale',
      'message.too_large',
      'message.too_old',
      'message.encrypted_only',
      'request.limit',
      'blob.unknown',
      'blob.room',
      'idempotency.mismatch',
    ],
  },
  sync: {
    method: 'GET',
    path: '/v1/sync',
    summary: 'Long poll for scripts: what changed since, at once or when something does.',
    auth: 'device',
    rate: 'read',
    query: Type.Object({
      since: Type.Optional(Text(limits.maxSinceCharacters, 'From the last answer.')),
      timeout_ms: Type.Optional(Integer('How long to wait.', 0, 30_000)),
    }),
    result: Changes,
    status: 200,
    errors: ['auth.required'],
  },
} as const satisfies Readonly<Record<string, Route>>;

// Accounts, devices and the invitations that make them.
import Type, { type Static } from 'typebox';
import { AccountId, ConversationId, DeviceId, InviteId } from './ids.ts';
import * as limits from './limits.ts';
import { Integer, Text, Time, Word } from './schema.ts';

export const Handle = Text(
  limits.maxHandleCharacters,
  'a-z, 0-9, dot and underscore; starts with a letter.',
  limits.minHandleCharacters,
);
export const Name = Text(limits.maxNameCharacters, 'Display name.', 1);
export const About = Text(limits.maxAboutCharacters, 'A line about oneself.');
export const DeviceName = Text(limits.maxDeviceNameCharacters, 'Such as "Firefox on Linux".', 1);
export const Secret = Text(128, 'The part of a link after the #, up to a ~ if there is one.', 16);

export const accountKinds = ['person', 'bot', 'guest'] as const;

/** What others may see of an account. */
export const Account = Type.Object(
  {
    account: AccountId,
    handle: Handle,
    name: Name,
    about: Type.Optional(About),
    kind: Word(accountKinds, 'A person, a bot, or a guest of rooms.'),
    deleted: Type.Optional(Type.Boolean()),
  },
  { $id: 'Account' },
);
export type Account = Static<typeof Account>;

/** The asking account itself. */
export const Me = Type.Object(
  {
    ...Account.properties,
    device: DeviceId,
    admin: Type.Boolean({ description: 'May operate this server.' }),
    account_log: ConversationId,
    notes: ConversationId,
    created_at: Time('When the account was made.'),
  },
  { $id: 'Me' },
);
export type Me = Static<typeof Me>;

export const Device = Type.Object(
  {
    device: DeviceId,
    name: DeviceName,
    created_at: Time('First login.'),
    last_seen_at: Type.Optional(Time('Last time connected.')),
    old_token_used_at: Type.Optional(
      Time('Last time that somebody used a token which this device had replaced: it may have been copied.'),
    ),
    current: Type.Boolean({ description: 'The device that asks.' }),
    online: Type.Boolean(),
  },
  { $id: 'Device' },
);
export type Device = Static<typeof Device>;

/** A fresh login. `token` is absent when a cookie was asked for. */
export const Session = Type.Object(
  {
    me: Me,
    token: Type.Optional(Text(128, 'Bearer token; shown once.')),
    conversation_id: Type.Optional(ConversationId),
  },
  {
    $id: 'Session',
    description: '`conversation_id` is the chat with who invited or greets, or the group or room of the link.',
  },
);
export type Session = Static<typeof Session>;

/** An invitation to the server, which also makes both contacts. */
export const Invite = Type.Object(
  {
    invite_id: InviteId,
    created_at: Time('When it was made.'),
    expires_at: Type.Optional(Time('After this it is refused.')),
    uses: Integer('How often it was used.'),
    max_uses: Integer('How often it may be used.', 1, limits.maxInviteUses),
    secret: Type.Optional(Secret),
  },
  { $id: 'Invite', description: '`secret` only in the answer that made it; the link is `PUBLIC_URL/i#SECRET`.' },
);
export type Invite = Static<typeof Invite>;

/** Down: something about the own account changed that is not a message. Read it again. */
export const Notice = Type.Object(
  {
    type: Type.Literal('notice'),
    topic: Word(['devices', 'profile', 'contacts'], 'What to read again.'),
    account: Type.Optional(AccountId),
  },
  { $id: 'Notice' },
);
export type Notice = Static<typeof Notice>;

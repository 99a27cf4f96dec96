// The member list of a group as a chain of signed entries: who let whom in, as what, and after which entry. The server
// keeps and orders them; every client checks them from the first one, whose hash is the id of the group. So nobody is
// in a group whom no member let in, whatever the server says. [MEM]
import Type, { type Static } from 'typebox';
import { AccountId, ConversationId, DeviceId, MessageId } from './ids.ts';
import * as limits from './limits.ts';
import { Integer, Seq, Word } from './schema.ts';

export { entryText, linkSignUpText } from './entry-text.ts';

export const roles = ['owner', 'admin', 'member'] as const;
export type Role = (typeof roles)[number];

/** What an entry does. `link` and `end_link` make and revoke an invite link, `ask` invites, `knock` asks to be let in by one. */
export const entryActions = [
  'create',
  'add',
  'ask',
  'join',
  'knock',
  'leave',
  'remove',
  'role',
  'decline',
  'withdraw',
  'refuse',
  'link',
  'end_link',
] as const;
export type EntryAction = (typeof entryActions)[number];

const PublicKey = Type.String({ pattern: '^[A-Za-z0-9+/]{43}$', description: 'Ed25519 key, base64 without padding.' });
const Signature = Type.String({
  pattern: '^[A-Za-z0-9+/]{86}$',
  description: 'Ed25519 signature, base64 without padding: of the text of the entry; in a link as membership.md says.',
});

/** SHA-256 of the text of an entry, base64url. */
export const EntryHash = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: 'SHA-256 of an entry, base64url.',
});

/** An account, and the master key of its identity; without one it has none that the author knows. */
const KeyedAccount = Type.Object({ account: AccountId, key: Type.Optional(PublicKey) });

/** One change of the member list. Which fields an action has is a rule of `docs/spec/mem.md`. */
export const MembershipEntry = Type.Object(
  {
    conversation: Type.Optional(ConversationId),
    n: Integer('1 for the first entry; then one more each. It is `member_n` after it.', 1),
    prev: Type.Optional(EntryHash),
    actor: AccountId,
    device: Type.Optional(DeviceId),
    actor_key: Type.Optional(PublicKey),
    action: Word(entryActions, 'What it does.'),
    subject: Type.Optional(AccountId),
    subject_key: Type.Optional(PublicKey),
    role: Type.Optional(Word(roles, 'With `add`, `ask` and `role`.')),
    id: Type.Optional(MessageId),
    members: Type.Optional(Type.Array(KeyedAccount, { maxItems: limits.maxFoundingMembers })),
    invited: Type.Optional(Type.Array(KeyedAccount, { maxItems: limits.maxFoundingMembers })),
    link_key: Type.Optional(PublicKey),
    expires_at: Type.Optional(Integer('With `link`: milliseconds since 1970.')),
    uses: Type.Optional(Integer('With `link`: how often it lets in.', 1, limits.maxInviteUses)),
    approval: Type.Optional(Type.Boolean({ description: 'With `link`: who follows it waits to be added.' })),
  },
  {
    $id: 'MembershipEntry',
    additionalProperties: false,
    description:
      'One change of the member list of a group. `conversation` and `prev` are absent in the first one only.',
  },
);
export type MembershipEntry = Static<typeof MembershipEntry>;

/** By the device and by the master key of the actor; with `join` and `knock` over a link by the key of the link, too. */
const EntrySignatures = Type.Object({
  device: Signature,
  master: Signature,
  link: Type.Optional(Signature),
});

/** An entry and who signed it. Without `signatures`: the server's word. */
export const SignedEntry = Type.Object(
  { entry: MembershipEntry, signatures: Type.Optional(EntrySignatures) },
  { $id: 'SignedEntry' },
);
export type SignedEntry = Static<typeof SignedEntry>;

/** An entry in its place. */
export const PlacedEntry = Type.Object(
  { seq: Seq, ...SignedEntry.properties },
  { $id: 'PlacedEntry', description: '`seq` is that of its record.' },
);
export type PlacedEntry = Static<typeof PlacedEntry>;

/** An invite link of a group, by its public half. The private one is in the link only. */
export const LinkRef = Type.Object({ conversation_id: ConversationId, key: PublicKey }, { $id: 'LinkRef' });
export type LinkRef = Static<typeof LinkRef>;

/** The same, signed by the key of the link for who signs up by it. */
export const SignedLink = Type.Object(
  { ...LinkRef.properties, signature: Signature },
  { $id: 'SignedLink', description: '`signature` by the link, for this handle (docs/protocol/membership.md).' },
);
export type SignedLink = Static<typeof SignedLink>;

/** How somebody can be brought into a group: at once, by an invitation, or not at all. */
export const WayIn = Type.Object({
  account: AccountId,
  way: Word(['add', 'ask', 'none'], '`none`: nobody has this id, or it cannot be in more conversations.'),
});

/** A page of entries, oldest first. */
export const EntryPage = Type.Object(
  {
    items: Type.Array(PlacedEntry, { maxItems: limits.maxPageItems }),
    has_more: Type.Boolean(),
  },
  { $id: 'EntryPage' },
);
export type EntryPage = Static<typeof EntryPage>;

// Pieces that several routes share: pages, path parameters, the empty answer.
import Type, { type TSchema } from 'typebox';
import { AccountId, ConversationId, DeviceId, InviteId } from './ids.ts';
import * as limits from './limits.ts';
import { Integer, Text } from './schema.ts';

/** A page of items with an opaque cursor. */
export const Page = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item, { maxItems: limits.maxPageItems }),
    next_cursor: Type.Optional(Text(256, 'Give it back as `cursor` for the next page.')),
    has_more: Type.Boolean(),
  });

/** Query of a page. Numbers arrive as text and are converted. */
export const PageQuery = Type.Object({
  limit: Type.Optional(Integer('Most items.', 1, limits.maxPageItems)),
  cursor: Type.Optional(Text(256, '`next_cursor` of the page before.', 1)),
});

/** Behind a gateway that has not seen as much, the answer waits. */
const atLeast = (what: string) =>
  Integer(
    `${what} that you know of. A server that does not have it yet waits three seconds, then says \`unavailable\`.`,
  );
export const AtLeastMembers = { at_least: Type.Optional(atLeast('The newest `member_n`')) };
export const AtLeastSetting = { at_least: Type.Optional(atLeast('The newest `seq` of the account log')) };

export const Password = Text(limits.maxPasswordCharacters, 'The password, where it must be proved anew.');
export const Nothing = Type.Object({}, { description: 'Nothing to say.' });
export const AccountPath = Type.Object({ account: AccountId });
export const DevicePath = Type.Object({ device: DeviceId });
export const InvitePath = Type.Object({ invite_id: InviteId });
export const ConversationPath = Type.Object({ conversation_id: ConversationId });
export const MemberPath = Type.Object({ conversation_id: ConversationId, account: AccountId });
export const ConversationInvitePath = Type.Object({ conversation_id: ConversationId, invite_id: InviteId });

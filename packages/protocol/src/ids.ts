// Branded identifiers and their parsers. An id is opaque to everyone but the place that makes it.
// Nothing here is guessable from the outside and nothing carries a secret.
import Type from 'typebox';

type Brand<Name extends string> = string & { readonly __id: Name };

/** A person or bot: `a_` and 22 characters of base64url. Never given out twice. */
export type AccountId = Brand<'account'>;
/** One login of an account: `d_` and 22 characters. */
export type DeviceId = Brand<'device'>;
/** A conversation: `c_` and 22 characters; a hash that commits to how it was made. */
export type ConversationId = Brand<'conversation'>;
/** A message, made by its sender: a UUID of version 7, lower case. */
export type MessageId = Brand<'message'>;
/** An invite: `i_` and 22 characters. Not the secret. */
export type InviteId = Brand<'invite'>;
/** A stored file: `b_` and 22 characters; a hash of the place that it has in one message. */
export type BlobId = Brand<'blob'>;
/** A report to the operator: `r_` and 22 characters. */
export type ReportId = Brand<'report'>;

const short = '[A-Za-z0-9_-]{22}';
const uuid7 = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';

const idSchema = <Id extends string>(pattern: string, description: string) =>
  Type.Unsafe<Id>(Type.String({ pattern, description }));

export const AccountId = idSchema<AccountId>(`^a_${short}$`, 'Account id.');
export const DeviceId = idSchema<DeviceId>(`^d_${short}$`, 'Device id.');
export const ConversationId = idSchema<ConversationId>(`^c_${short}$`, 'Conversation id.');
export const MessageId = idSchema<MessageId>(uuid7, 'Message id: a UUID of version 7, lower case.');
export const InviteId = idSchema<InviteId>(`^i_${short}$`, 'Invite id. It is not the secret of the link.');
export const BlobId = idSchema<BlobId>(`^b_${short}$`, 'Blob id.');
export const ReportId = idSchema<ReportId>(`^r_${short}$`, 'Report id.');

// Delivered and read watermarks. They only rise, and they bypass the log.
import Type, { type Static } from 'typebox';
import { AccountId, ConversationId } from './ids.ts';
import { Seq, UpTo } from './schema.ts';

/** Up: this device has everything up to `seq`, without a hole from its baseline. */
export const Received = Type.Object(
  { type: Type.Literal('received'), conversation_id: ConversationId, seq: Seq },
  { $id: 'Received', description: 'Two ticks, once no hole is left below.' },
);
export type Received = Static<typeof Received>;

/** Up: a person has seen everything up to `seq`. */
export const Read = Type.Object(
  { type: Type.Literal('read'), conversation_id: ConversationId, seq: Seq },
  { $id: 'Read', description: 'Blue ticks, where the reader publishes them; own devices always agree.' },
);
export type Read = Static<typeof Read>;

/** Down: how far an account has got. Also inside pages. */
export const Mark = Type.Object({ account: AccountId, delivered: UpTo, read: UpTo }, { $id: 'Mark' });
export type Mark = Static<typeof Mark>;

/** Down: the watermarks of one account in one conversation. */
export const Receipt = Type.Object(
  { type: Type.Literal('receipt'), conversation_id: ConversationId, account: AccountId, delivered: UpTo, read: UpTo },
  {
    $id: 'Receipt',
    description: 'At most two a second for each conversation and account; a lost one comes with the next.',
  },
);
export type Receipt = Static<typeof Receipt>;

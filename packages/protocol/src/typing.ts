// Somebody types. Never stored, first to be dropped.
import Type, { type Static } from 'typebox';
import { AccountId, ConversationId } from './ids.ts';

/** Up: at most every 2 s while keys go down. */
export const TypingUp = Type.Object(
  { type: Type.Literal('typing'), conversation_id: ConversationId },
  { $id: 'TypingUp' },
);
export type TypingUp = Static<typeof TypingUp>;

/** Down: drop the indicator 3 s after the last one. */
export const TypingDown = Type.Object(
  { type: Type.Literal('typing'), conversation_id: ConversationId, sender: AccountId },
  { $id: 'TypingDown' },
);
export type TypingDown = Static<typeof TypingDown>;

// Texts of the workload say what they are: who said them, where, the how many-th of that program. So everything that
// is shown can be held against what was said, without asking anybody.
import type { AccountId, ConversationId } from '@parley/protocol';

/** What a text says of itself. */
export interface Said {
  readonly sender: AccountId;
  readonly conversation: ConversationId;
  /** The program that said it. */
  readonly by: string;
  /** Rises with everything that this program says in this conversation. */
  readonly n: number;
  /** How often it was edited. */
  readonly edit: number;
}

/** The text. */
export function textOf({ sender, conversation, by, n, edit }: Said): string {
  return `${by} says ${n} in ${conversation} as ${sender}${edit === 0 ? '' : `, ${edit}`}`;
}

const pattern = /^(\S+) says (\d+) in (c_\S{22}) as (a_[\w-]{22})(?:, (\d+))?$/;

/** What was said, or null when nobody has said this. */
export function saidIn(text: string): Said | null {
  const [, by, n, conversation, sender, edit = '0'] = pattern.exec(text) ?? [];
  if (by === undefined) return null;
  return {
    by,
    n: Number(n),
    conversation: conversation as ConversationId,
    sender: sender as AccountId,
    edit: Number(edit),
  };
}

// A message that was refused, as it is said once more: what it says, and nothing of what became of it. [OUT]
import type { OutboxRow } from './rows.ts';

/** What a new row is made of. */
export function saidAgain({ kind, body, mentions, targets, seconds }: OutboxRow) {
  return {
    kind,
    ...(body && { body }),
    ...(mentions && { mentions }),
    ...(targets && { targets }),
    ...(seconds !== undefined && { seconds }),
  };
}

// What is to be said of a link that was just made. [ENC381]
import type { InviteView } from '@parley/sdk';
import { keylessLink } from '../words/english-later.ts';

/** Null when there is nothing to say. */
export function linkNote({ keyless }: InviteView): string | null {
  return keyless ? keylessLink : null;
}

// What the present identity of an account signs of one before it. Client and server spell it with this.
import { canonicalJson } from './canonical-json.ts';
import type { AccountId } from './ids.ts';

/** Signed by `present`; both are public master keys, base64. Null: they are none. */
export function formerIdentityText(account: AccountId, former: string, present: string): string | null {
  const text = canonicalJson({ account, former, present });
  return text === null ? null : `parley.former_identity.v1\0${text}`;
}

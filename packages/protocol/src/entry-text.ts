// What is signed of an entry of a member list, and by the key of a link. It needs no schema library, so a browser can
// carry it alone. [MEM]
import { canonicalJson } from './canonical-json.ts';
import type { LinkRef, MembershipEntry } from './membership.ts';

/** What is signed, and hashed: it can be nothing else that somebody signs. Null: it has no canonical spelling. */
export function entryText(entry: MembershipEntry): string | null {
  const json = canonicalJson(entry);
  return json === null ? null : `parley.membership.v1\0${json}`;
}

/** The text that a link signs for somebody who signs up by it. */
export function linkSignUpText(link: LinkRef, handle: string): string {
  return `parley.link.v1\0${link.conversation_id}\n${link.key}\n${handle}`;
}

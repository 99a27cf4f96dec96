// Did they sign it: the device and the identity of who acts, and the key of the link where somebody comes by one? And
// are the keys of others that stand in it those that they have now? Asked before the append; nobody else is believed.
import { type AccountId, type ErrorCode, entryText, type MembershipEntry, type SignedEntry } from '@parley/protocol';
import type { EntrySigners } from './parts.ts';

/** Why this entry is not as good as signed; null: it is. */
export async function proofRefusal(
  signers: EntrySigners,
  { entry, signatures }: Required<SignedEntry>,
): Promise<ErrorCode | null> {
  const { actor, device, actor_key: key = '', link_key: link } = entry;
  const text = entryText(entry);
  if (text === null || device === undefined) return 'frame.invalid';
  const others = keyed(entry);
  const [identities, deviceKey] = await Promise.all([
    signers.identities([actor, ...others.keys()]),
    signers.deviceKey(actor, device),
  ]);
  if (deviceKey === null || identities.get(actor) !== key) return 'members.unsigned';
  const isComing = entry.action === 'join' || entry.action === 'knock';
  if (isComing ? (link === undefined) !== (signatures.link === undefined) : signatures.link !== undefined)
    return 'members.unsigned';
  if (!signers.hasSigned(deviceKey, text, signatures.device)) return 'members.unsigned';
  if (!signers.hasSigned(key, text, signatures.master)) return 'members.unsigned';
  if (signatures.link !== undefined && !signers.hasSigned(link ?? '', text, signatures.link)) return 'members.unsigned';
  const isOther = [...others].some(([account, named]) => identities.get(account) !== named);
  return isOther ? 'members.stale' : null;
}

/** Everybody whose key stands in it. */
function keyed({ subject, subject_key, members = [], invited = [] }: MembershipEntry): ReadonlyMap<AccountId, string> {
  const named = [...members, ...invited].flatMap(({ account, key }) =>
    key === undefined ? [] : [[account, key] as const],
  );
  if (subject !== undefined && subject_key !== undefined) named.push([subject, subject_key]);
  return new Map(named);
}

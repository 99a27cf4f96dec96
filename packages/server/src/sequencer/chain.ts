// The member list of a group as a chain: each change of it is an entry that names the one before by its hash. Whoever
// has an identity brings its entry along, signed; where there is none, the change itself is put down, unsigned. Pure.
// It must never verify a signature: that was done before the append, and everybody who reads it does it again.
import type { AccountId, EntryAction, MemberAction, MemberChange, MembershipEntry } from '@parley/protocol';
import type { ConversationRow, Write } from '../store/store.ts';
import { entryHash } from './entry-hash.ts';
import type { MembersRecord } from './record.ts';
import { none } from './view.ts';

/** A state with its newest entry, and the row of that. */
export interface Chained {
  readonly state: ConversationRow;
  readonly writes: readonly Write[];
}

/** The state (whose list has its new version already) with the entry of this record behind the others. Only groups have them. */
export function chained(record: MembersRecord, state: ConversationRow, change: MemberChange): Chained {
  if (state.kind !== 'group') return { state, writes: none };
  const signed = record.entry ?? { entry: unsignedEntry(record, state, change) };
  const { conversation, memberN: n, seq } = state;
  const row = { conversation, n, seq: seq + 1, text: JSON.stringify(signed) };
  return { state: { ...state, head: entryHash(signed.entry) }, writes: [{ table: 'entries', row }] };
}

/** Entries are named by what they do to the list; the others have the same name here and there. */
const actions: Partial<Readonly<Record<MemberAction, EntryAction>>> = { invite: 'link', revoke_invite: 'end_link' };
const withSubject: readonly MemberAction[] = ['add', 'ask', 'remove', 'role', 'withdraw', 'refuse'];
const withRole: readonly MemberAction[] = ['add', 'ask', 'role'];

/** The change in the words of an entry. */
function unsignedEntry(record: MembersRecord, state: ConversationRow, change: MemberChange): MembershipEntry {
  const { sender: actor, conversation, id } = record;
  const { action } = change;
  if (action === 'create') {
    const keyless = (accounts: readonly AccountId[] = []) => accounts.map((account) => ({ account }));
    const others = change.members?.filter((account) => account !== actor);
    return { n: 1, actor, id, action, members: keyless(others), invited: keyless(change.invited) };
  }
  return {
    conversation,
    n: state.memberN,
    ...(state.head !== '' && { prev: state.head }),
    actor,
    action: (actions[action] ?? action) as EntryAction,
    ...(withSubject.includes(action) && change.subject !== undefined && { subject: change.subject }),
    ...(withRole.includes(action) && change.role !== undefined && { role: change.role }),
    ...linkFields(record),
  };
}

function linkFields({ change }: MembersRecord): Pick<MembershipEntry, 'expires_at' | 'uses' | 'approval'> {
  if (change.action !== 'invite') return {};
  const { expiresAt, uses, approval } = change;
  return {
    ...(expiresAt !== null && { expires_at: expiresAt }),
    ...(uses !== null && { uses }),
    ...(approval && { approval }),
  };
}

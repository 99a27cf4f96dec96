// Is this an entry as its author may make it: each action with its own fields and no others, by this account on this
// device, about this group? Looks at nothing but the entry.
import type { ConversationId, EntryAction, ErrorCode, MembershipEntry, SignedEntry } from '@parley/protocol';
import type { Caller } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';

type Field = keyof MembershipEntry;

const always: readonly Field[] = ['n', 'action', 'actor', 'device', 'actor_key'];
const later: readonly Field[] = [...always, 'conversation'];
const ofSomebody: Fields = { needs: ['subject'], may: [] };
const intoIt: Fields = { needs: ['subject', 'role'], may: ['subject_key'] };
const ofOneself: Fields = { needs: [], may: [] };

interface Fields {
  readonly needs: readonly Field[];
  readonly may: readonly Field[];
}

const fields: Readonly<Record<EntryAction, Fields>> = {
  create: { needs: ['id'], may: ['members', 'invited'] },
  add: intoIt,
  ask: intoIt,
  join: { needs: [], may: ['link_key'] },
  knock: { needs: ['link_key'], may: [] },
  leave: ofOneself,
  decline: ofOneself,
  remove: ofSomebody,
  withdraw: ofSomebody,
  refuse: ofSomebody,
  role: { needs: ['subject', 'role'], may: [] },
  link: { needs: ['link_key', 'expires_at', 'uses'], may: ['approval'] },
  end_link: { needs: ['link_key'], may: [] },
};

/** A signed entry as it is kept, or why it is none. `conversation` null: it makes a group. */
export function shapeOf(
  { entry, signatures }: SignedEntry,
  caller: Caller,
  conversation: ConversationId | null,
): Result<Required<SignedEntry>, ErrorCode> {
  const isFirst = conversation === null;
  if ((entry.action === 'create') !== isFirst) return invalid('action');
  const { needs, may } = fields[entry.action];
  const needed = [...(isFirst ? always : later), ...needs];
  const missing = needed.find((field) => entry[field] === undefined);
  if (missing !== undefined) return invalid(missing);
  const known: readonly string[] = [...needed, ...may, ...(isFirst ? [] : ['prev'])];
  const stray = Object.keys(entry).find((field) => !known.includes(field));
  if (stray !== undefined) return invalid(stray);
  if (entry.actor !== caller.account) return invalid('actor');
  if (entry.device !== caller.device) return invalid('device');
  if (!isFirst && entry.conversation !== conversation) return invalid('conversation');
  if (isFirst && entry.n !== 1) return invalid('n');
  if (entry.subject === entry.actor && entry.action !== 'role') return invalid('subject');
  if (signatures === undefined) return refuse('members.unsigned');
  const { device, master, link } = signatures;
  return ok({ entry, signatures: { device, master, ...(link !== undefined && { link }) } });
}

function invalid(field: string): Result<never, ErrorCode> {
  return refuse('frame.invalid', { path: `/entry/entry/${field}` });
}

// One entry of a member list as a server hands it over: read strictly (a field that its action does not have makes it
// nothing), hashed over the text that was signed, its signatures checked. What it means is `membership.ts`. [MEM]
import type { AccountId, ConversationId, MembershipEntry, SignedEntry } from '@parley/protocol';
import { entryText } from '@parley/protocol/entry-text';
import { encodeBase64url, idFromBytes } from '@parley/protocol/id-bytes';
import { maxFoundingMembers, maxInviteUses } from '@parley/protocol/limits';
import { decodeExactly } from './base64.ts';
import { asFields, type Fields } from './json-fields.ts';
import { sha256 } from './sha256.ts';
import { utf8, verifyBytes } from './signing.ts';

/** An entry that makes sense by itself. */
export interface EntryRead {
  readonly entry: MembershipEntry;
  /** Null: the word of the server. */
  readonly signatures: NonNullable<SignedEntry['signatures']> | null;
  readonly text: string;
  /** Of the text: what the next entry names, and the id of the group for the first. */
  readonly hash: string;
}

/** Somebody whose identity was named when it came in. */
export interface Keyed {
  readonly account: AccountId;
  readonly key?: string;
}

type Check = (value: unknown) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const from =
  (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const isAccount = matches(/^a_[A-Za-z0-9_-]{22}$/);
const isKey = matches(/^[A-Za-z0-9+/]{43}$/);
const isSignature = matches(/^[A-Za-z0-9+/]{86}$/);
const isRole: Check = (value) => value === 'owner' || value === 'admin' || value === 'member';
const isKeyedList: Check = (value) =>
  Array.isArray(value) && value.length <= maxFoundingMembers && value.every(isKeyed);

const checks: Readonly<Record<string, Check>> = {
  conversation: matches(/^c_[A-Za-z0-9_-]{22}$/),
  n: from(1),
  prev: matches(/^[A-Za-z0-9_-]{43}$/),
  actor: isAccount,
  device: matches(/^d_[A-Za-z0-9_-]{22}$/),
  actor_key: isKey,
  action: (value) => typeof value === 'string' && Object.hasOwn(actions, value),
  subject: isAccount,
  subject_key: isKey,
  role: isRole,
  id: matches(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  members: isKeyedList,
  invited: isKeyedList,
  link_key: isKey,
  expires_at: from(0),
  uses: from(1, maxInviteUses),
  approval: (value) => typeof value === 'boolean',
};

/** What each action has beside who, when and after what: what it needs, and what it may have. */
const actions: Readonly<Record<string, { readonly needs: readonly string[]; readonly may?: readonly string[] }>> = {
  create: { needs: ['id'], may: ['members', 'invited'] },
  add: { needs: ['subject', 'role'], may: ['subject_key'] },
  ask: { needs: ['subject', 'role'], may: ['subject_key'] },
  join: { needs: [], may: ['link_key'] },
  knock: { needs: ['link_key'] },
  leave: { needs: [] },
  remove: { needs: ['subject'] },
  role: { needs: ['subject', 'role'] },
  decline: { needs: [] },
  withdraw: { needs: ['subject'] },
  refuse: { needs: ['subject'] },
  link: { needs: ['link_key', 'expires_at', 'uses'], may: ['approval'] },
  end_link: { needs: ['link_key'] },
};

/** The entry, or null for what is none. */
export function readEntry(value: unknown): EntryRead | null {
  const { entry, signatures } = asFields(value);
  const fields = asFields(entry);
  if (!Object.entries(fields).every(([name, one]) => Object.hasOwn(checks, name) && checks[name]?.(one))) return null;
  const signed = signatures === undefined ? null : asFields(signatures);
  if (signed !== null && !areSignatures(signed)) return null;
  if (!hasItsFields(fields, signed !== null)) return null;
  const read = fields as unknown as MembershipEntry;
  const text = entryText(read);
  if (text === null) return null;
  return { entry: read, signatures: signed as EntryRead['signatures'], text, hash: hashOf(text) };
}

/** Name of an entry: SHA-256 of its text, base64url. */
export function hashOf(text: string): string {
  return encodeBase64url(sha256(utf8(text)));
}

/** The id of the group whose first entry has this text. */
export function groupIdOf(text: string): ConversationId {
  return idFromBytes('c', sha256(utf8(text))) as ConversationId;
}

/** Is it signed by the identity that it names, and by its link if it comes by one? False for the word of the server. */
export async function isSigned({ entry, signatures, text }: EntryRead): Promise<boolean> {
  if (signatures === null || entry.actor_key === undefined) return false;
  const isByLink = comesByLink(entry);
  if (isByLink !== (signatures.link !== undefined)) return false;
  const byMaster = await isBy(entry.actor_key, text, signatures.master);
  return byMaster && (!isByLink || (await isBy(entry.link_key, text, signatures.link)));
}

/** Who comes by a link proves that it has it. */
function comesByLink({ action, link_key }: MembershipEntry): boolean {
  return (action === 'join' || action === 'knock') && link_key !== undefined;
}

function isBy(key: unknown, text: string, signature: unknown): Promise<boolean> {
  const [publicKey, bytes] = [decodeExactly(32, key), decodeExactly(64, signature)];
  return publicKey === null || bytes === null ? Promise.resolve(false) : verifyBytes(publicKey, utf8(text), bytes);
}

function areSignatures(fields: Fields): boolean {
  const { device, master, link, ...more } = fields;
  return (
    isSignature(device) &&
    isSignature(master) &&
    (link === undefined || isSignature(link)) &&
    Object.keys(more).length === 0
  );
}

function hasItsFields(fields: Fields, isSignedOne: boolean): boolean {
  const { needs, may = [] } = actions[String(fields.action)] ?? { needs: [] };
  const place = fields.action === 'create' ? ['n'] : ['n', 'conversation', 'prev'];
  const who = isSignedOne ? ['actor', 'device', 'actor_key'] : ['actor'];
  const needed = ['action', ...place, ...who, ...needs];
  const allowed = new Set([...needed, ...may]);
  return needed.every((name) => Object.hasOwn(fields, name)) && Object.keys(fields).every((name) => allowed.has(name));
}

function isKeyed(value: unknown): boolean {
  const { account, key, ...more } = asFields(value);
  return isAccount(account) && (key === undefined || isKey(key)) && Object.keys(more).length === 0;
}

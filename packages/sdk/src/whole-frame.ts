// What is kept of a frame, shown, or said to the server again has to be of its kind: kept, a number or text that is not
// would stay in the store, and with it nothing could be written into its conversation any more; with a `since` that
// fits no `hello` the server would take this device for one that is not signed in. It must never refuse what a newer
// server adds. [ENC]
import type { Changes, Conversation, Envelope, FrameDown, Mark, MemberChange, Messages } from '@parley/protocol';
import { maxSinceCharacters } from '@parley/protocol/limits';

/** Of a part: a safe integer from 0, a text, true or false, an object, a list of one kind, or these parts in it. */
type Kind = 'count' | 'text' | 'flag' | 'part' | readonly [Kind] | Parts;

/** The parts that have to be there, and those that may. */
interface Parts {
  readonly must: Readonly<Record<string, Kind>>;
  readonly may?: Readonly<Record<string, Kind>>;
}

/** All parts of one type of the protocol. */
interface Shape<T> extends Parts {
  readonly must: { readonly [K in keyof T as undefined extends T[K] ? never : K]-?: Kind };
  readonly may?: { readonly [K in keyof T as undefined extends T[K] ? K : never]-?: Kind };
}

const texts = ['text'] as const;

const mark: Shape<Mark> = { must: { account: 'text', delivered: 'count', read: 'count' } };

const change: Shape<MemberChange> = {
  must: { action: 'text' },
  may: { subject: 'text', role: 'text', members: texts, invited: texts, title: 'text', invite_id: 'text' },
};

const record: Shape<Omit<Envelope, 'type'>> = {
  must: {
    conversation_id: 'text',
    seq: 'count',
    ord: 'count',
    id: 'text',
    sender: 'text',
    kind: 'text',
    lamport: 'count',
    stored_at: 'text',
    timestamp: 'text',
    member_n: 'count',
  },
  may: {
    device: 'text',
    content: 'text',
    format: 'text',
    mentions: texts,
    blobs: texts,
    targets: ['count'],
    seconds: 'count',
    key: 'text',
    value: 'text',
    change,
    entry: 'part',
    expires_at: 'text',
    deleted_by: 'count',
    body_hash: 'text',
    request: 'flag',
  },
};

const conversation: Shape<Conversation> = {
  must: {
    conversation_id: 'text',
    kind: 'text',
    accepted: 'flag',
    contact: 'flag',
    joined_seq: 'count',
    member_n: 'count',
    member_count: 'count',
    timer_seconds: 'count',
    head: 'count',
    ord: 'count',
    read: 'count',
    read_ord: 'count',
    marks: [mark],
    created_at: 'text',
  },
  may: {
    title: 'text',
    topic: 'text',
    access: 'text',
    made: { must: { by: 'text', as: 'text' } },
    peer: 'text',
    requested_by: 'text',
    role: 'text',
    membership: 'text',
    invited_by: 'text',
    asked_at: 'text',
    expires_at: 'text',
    left_seq: 'count',
    member_head: 'text',
  },
};

const page: Shape<Omit<Messages, 'type' | 'ref' | 'marks'>> = {
  must: {
    conversation_id: 'text',
    from_seq: 'count',
    to_seq: 'count',
    head: 'count',
    has_more: 'flag',
    items: [record],
  },
};

const changes: Shape<Omit<Changes, 'type' | 'ref'>> = {
  must: { items: [conversation], has_more: 'flag', since: 'text' },
};

/** Whether it can be kept; any frame that nothing is kept of can. */
export function isWhole(frame: FrameDown): boolean {
  switch (frame.type) {
    case 'message':
      return is(frame, record);
    case 'messages':
      return is(frame, page);
    case 'changes':
      return is(frame, changes) && frame.since.length > 0 && frame.since.length <= maxSinceCharacters;
    case 'receipt':
      return is(frame, mark);
    default:
      return true;
  }
}

function is(value: unknown, kind: Kind): boolean {
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'count') return Number.isSafeInteger(value) && (value as number) >= 0;
  if (kind === 'flag') return typeof value === 'boolean';
  if (typeof value !== 'object' || value === null) return false;
  if (kind === 'part') return true;
  if (!('must' in kind)) return Array.isArray(value) && value.every((item) => is(item, kind[0]));
  const parts = value as Readonly<Record<string, unknown>>;
  const { must, may } = kind;
  for (const name in must) if (!is(parts[name], must[name] as Kind)) return false;
  for (const name in may) if (parts[name] !== undefined && !is(parts[name], may[name] as Kind)) return false;
  return true;
}

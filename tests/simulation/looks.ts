// What two screens show of the same messages, field by field.
import type { ConversationView, MessageView } from '@parley/sdk';

/** How far the tick of an own message must be the same on all devices of its account. */
export type Ticks = 'none' | 'delivered' | 'all';

/** What a comparison of one account's screens knows of a conversation. */
export interface Own {
  /** What is older depends on when a device looked: the past was opened or closed meanwhile. */
  readonly since: number;
  readonly role: ConversationView['role'];
  readonly ticks: (seq: number) => Ticks;
  /** Was its deletion lost with a restore? Then it is gone where that was known, and only there. */
  readonly isBack: (seq: number) => boolean;
}

/** What both have loaded is the same, and for who is still in it what was done to it. */
export function compareItems(
  where: string,
  a: readonly MessageView[],
  b: readonly MessageView[],
  { since, role, ticks, isBack }: Own,
): readonly string[] {
  const from = Math.max(a[0]?.seq ?? Infinity, b[0]?.seq ?? Infinity, since);
  // Who has left learns no more of what was done to the rows of changes either.
  const counts = ({ seq, type }: MessageView) => (seq ?? 0) >= from && (role !== null || type !== 'change');
  const look = (item: MessageView) => ownLook(item, ticks(item.seq ?? 0), isBack);
  const looks = new Map(a.filter(counts).map((item) => [item.seq, look(item)]));
  const found: string[] = [];
  for (const item of b) {
    if (!counts(item)) continue;
    const other = looks.get(item.seq);
    looks.delete(item.seq);
    if (other === undefined) found.push(`${where}: seq ${item.seq} is new here`);
    // What was done to a message after one has left is seen by who looks for the first time.
    else if (role !== null && !isBack(item.seq ?? 0))
      found.push(...compareFields(`${where} seq ${item.seq}`, other, look(item)));
  }
  for (const seq of looks.keys()) found.push(`${where}: seq ${seq} is missing here`);
  return found;
}

/** What a comparison of different people's screens knows of a conversation. */
export interface Shared {
  readonly isBack: (seq: number) => boolean;
  /** Did one of two block the other? Then what was done to a message is seen by who did it, but that it is deleted by both. */
  readonly isBlocked: boolean;
}

/** What this one sees of a message is what the others see, if they see it. */
export function compareLooks(
  where: string,
  seen: Map<number | null, Look>,
  items: readonly MessageView[],
  { isBack, isBlocked }: Shared,
): readonly string[] {
  const found: string[] = [];
  for (const item of items) {
    if (isBack(item.seq ?? 0)) continue;
    const other = seen.get(item.seq);
    const look = isBlocked ? barePublicLook(item) : publicLook(item);
    if (other !== undefined) found.push(...compareFields(`${where} seq ${item.seq}`, other, look));
    seen.set(item.seq, look);
  }
  return found;
}

/** The fields in which two differ. What one of them cannot know is null. */
export function compareFields(where: string, a: Look, b: Look): readonly string[] {
  return Object.keys(a).flatMap((name) => {
    const [x, y] = [JSON.stringify(a[name]), JSON.stringify(b[name])];
    return x === y || x === 'null' || y === 'null' ? [] : [`${where}: ${name} ${x} ≠ ${y}`];
  });
}

/** What is seen, by name. */
export type Look = Readonly<Record<string, unknown>>;

/** What everybody sees of a message. */
function publicLook(item: MessageView): Look {
  const { id, sender, type, text, edited, reactions, pinned, poll, timestamp, storedAt } = item;
  const who = reactions.map(({ emoji, accounts }) => [emoji, [...accounts].sort()]);
  return {
    id,
    sender,
    type,
    text,
    edited,
    who,
    pinned,
    poll: poll?.options.map((each) => each.voters),
    timestamp,
    storedAt,
  };
}

/** What nobody can do to a message without the other, even where one has blocked the other. */
function barePublicLook({ id, sender, type, timestamp, storedAt }: MessageView): Look {
  return { id, sender, type, timestamp, storedAt };
}

/** What an account's own devices see of it. Changes have no ticks. */
function ownLook(item: MessageView, ticks: Ticks, isBack: (seq: number) => boolean): Look {
  const { starred, mentionsMe, replyTo } = item;
  const isSame = ticks === 'none' || item.type === 'change' || (ticks === 'delivered' && item.state === 'read');
  const state = isSame ? null : item.state;
  const isUnsure = replyTo !== null && (replyTo.state === 'missing' || isBack(replyTo.seq));
  const answers = replyTo === null ? 'nothing' : isUnsure ? null : replyTo;
  return { ...publicLook(item), state, starred, mentionsMe, answers };
}

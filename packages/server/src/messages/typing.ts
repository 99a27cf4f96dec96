// Somebody types: for the members who look at the conversation, at most every so often, never stored. A hint that may be
// dropped anywhere; what may not be shown is dropped without a word. It must never wait for long or hold up a message.
import type { AccountId, ConversationId, ErrorCode } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxTypingPaced, typingPaceMs } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { ConversationRow } from '../store/store.ts';
import { peerOf, standingOf } from './access.ts';
import { isBlockedBetween } from './mark-sight.ts';
import { denied, type LiveRows } from './parts.ts';
import type { Settings } from './settings.ts';

/** What typing works with. */
export interface TypingParts {
  readonly rows: LiveRows;
  readonly settings: Settings;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** The use cases behind `typing`, and behind the conversations of `watch`. */
export interface Typing {
  readonly typing: (account: AccountId, conversation: ConversationId) => Promise<Result<null, ErrorCode>>;
  /** Those of the conversations in which the account may see who types. */
  readonly watchable: (
    account: AccountId,
    conversations: readonly ConversationId[],
  ) => Promise<readonly ConversationId[]>;
}

/** Serves typing. */
export function createTyping({ rows, settings, bus, clock }: TypingParts): Typing {
  const pace = new Pace(clock);
  return {
    async typing(account, conversation) {
      const state = await presentState(account, conversation);
      if (state === null) return refuse(denied);
      if (!isShown(state) || !pace.may(account + conversation)) return ok(null);
      const recipients = await recipientsOf(state, account);
      if (recipients !== null && recipients.length === 0) return ok(null);
      const frame = Buffer.from(`{"type":"typing","conversation_id":"${conversation}","sender":"${account}"}`);
      bus.publish({ type: 'typing', conversation, sender: account, recipients, frame });
      return ok(null);
    },

    async watchable(account, conversations) {
      const states = await Promise.all(conversations.map((conversation) => presentState(account, conversation)));
      return states.flatMap((state) => (state !== null && isShown(state) ? [state.conversation] : []));
    },
  };

  /** The state of a conversation that the account is in now. */
  async function presentState(account: AccountId, conversation: ConversationId): Promise<ConversationRow | null> {
    const known = rows.conversation(conversation);
    if (known?.members?.has(account)) return known;
    const standing = await standingOf(rows, conversation, account);
    return standing === null || standing.role === null ? null : standing.state;
  }

  /** Null: whoever is in the room. */
  async function recipientsOf(state: ConversationRow, account: AccountId): Promise<readonly AccountId[] | null> {
    if (state.members === null) return null;
    if (state.kind === 'group') return [...state.members.keys()];
    const peer = peerOf(state, account);
    if (peer === null) return [];
    const [own, others] = await Promise.all([settings.of(account), settings.of(peer)]);
    return isBlockedBetween({ account, settings: own }, { account: peer, settings: others }) ? [] : [peer];
  }
}

/** Does anybody see typing here at all? Between two only contacts, and nowhere where many are. */
function isShown({ kind, accepted, contact, memberCount }: ConversationRow): boolean {
  if (kind === 'account') return false;
  return kind === 'direct' ? accepted && contact : memberCount <= wire.maxTypingAudience;
}

/** Who typed where a moment ago. */
class Pace {
  readonly #clock: Clock;
  /** When each may go out again, the longest ago first. */
  readonly #next = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  may(key: string): boolean {
    const now = this.#clock.now();
    for (const [oldest, next] of this.#next) {
      // A clock that was set back holds nobody up.
      if (next > now && next <= now + typingPaceMs) break;
      this.#next.delete(oldest);
    }
    if (this.#next.has(key) || this.#next.size >= maxTypingPaced) return false;
    this.#next.set(key, now + typingPaceMs);
    return true;
  }
}

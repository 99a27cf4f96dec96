// Does in the log what an account's row promised, then closes the intent. Promise: what began is finished, by this
// process or the next one, and twice is once; one intent that cannot be done holds up no other.
import type { ConversationId, ErrorCode } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Directory, IntentRow } from '../directory/directory.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import { intentRetryMs, intentsPage, maxIntentRetryMs } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { ok } from '../kernel/result.ts';
import { notify } from './notices.ts';
import type { AccountConversations } from './parts.ts';

/** What intents need. */
export interface IntentsParts {
  readonly directory: Directory;
  readonly conversations: AccountConversations;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly events: Events;
}

type Done = Result<ConversationId | null, ErrorCode>;

const alarm = 'intents';

/** Performs intents, and comes back to those that could not be done yet. */
export class Intents {
  readonly #parts: IntentsParts;
  #cancelRetry: (() => void) | null = null;
  #retryMs = intentRetryMs;
  #stopped = false;

  constructor(parts: IntentsParts) {
    this.#parts = parts;
  }

  /** Does this one now. When it cannot be done now, it stays and is tried again; never throws. */
  async perform(intent: IntentRow): Promise<Done> {
    try {
      const done = await this.#do(intent);
      if (done.ok) return done;
      this.#parts.events.fault(alarm, new Error(`an intent was refused: ${done.code}`));
      this.#retryLater();
      return done;
    } catch (error) {
      this.#parts.events.fault(alarm, error);
      this.#retryLater();
      return { ok: false, code: 'unavailable' };
    }
  }

  /** Does all that are open, oldest first. Resolves to how many of them are left. */
  async finish(): Promise<number> {
    const { directory, events } = this.#parts;
    /** Those that could not be done stay on the first page: it is read past them. */
    const left = new Set<string>();
    for (;;) {
      const page = await directory.intents.open(left.size + intentsPage);
      const untried = page.filter((row) => !left.has(row.intent));
      if (untried.length === 0) break;
      for (const intent of untried) {
        if (this.#stopped) return page.length;
        if (!(await this.perform(intent)).ok) left.add(intent.intent);
      }
    }
    if (left.size > 0) events.alarm(alarm, 'Some accounts wait for their conversations to be opened or left.');
    else {
      this.#retryMs = intentRetryMs;
      events.alarmOver(alarm);
    }
    return left.size;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
  }

  async #do(intent: IntentRow): Promise<Done> {
    if (intent.kind === 'delete') return this.#leave(intent);
    const { account, inviter } = intent;
    const { conversations, directory, bus } = this.#parts;
    const opened =
      intent.kind === 'contact' && inviter !== null
        ? await conversations.openContact(account, inviter, intent)
        : await conversations.openConversations(account, inviter, intent);
    if (!opened.ok) return opened;
    await directory.intents.close(intent.intent);
    if (inviter !== null) notify(bus, [account, inviter], 'contacts');
    return ok(opened.value.conversation_id);
  }

  async #leave(intent: IntentRow): Promise<Done> {
    const { account } = intent;
    const { conversations, directory, bus } = this.#parts;
    const contacts = await conversations.contactsOf(account);
    const left = await conversations.leaveEverything(account, intent);
    if (!left.ok) return left;
    await directory.accounts.erase(account, intent.intent);
    notify(bus, contacts, 'profile', account);
    return ok(null);
  }

  #retryLater(): void {
    if (this.#stopped || this.#cancelRetry !== null) return;
    this.#cancelRetry = this.#parts.clock.after(this.#retryMs, () => {
      this.#cancelRetry = null;
      this.#retryMs = Math.min(this.#retryMs * 2, maxIntentRetryMs);
      this.finish().catch((error) => {
        this.#parts.events.fault(alarm, error);
        this.#retryLater();
      });
    });
  }
}

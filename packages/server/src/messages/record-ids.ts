// Ids of records over REST: what the caller gave, what its Idempotency-Key makes, else a new one. The same key of an
// account within a day makes the same id, so a retry after a lost answer gets the first outcome.
import { type AccountId, type ConversationId, type ErrorCode, isErrorCode, type MessageId } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { idempotencyMs } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { derivedRecord } from '../sequencer/conversation-ids.ts';
import type { IdRow, Rows } from '../store/store.ts';

/** What a key was given for. The same key for something else is another id. */
export interface Keyed {
  readonly account: AccountId;
  readonly key: string | undefined;
  readonly purpose: readonly string[];
}

/** The id that a key makes, and what became of its record if there is one. */
export interface Known {
  readonly id: MessageId | undefined;
  readonly past: Result<number, ErrorCode> | null;
}

/** Gives ids to records. */
export class RecordIds {
  readonly #rows: Rows;
  readonly #clock: Clock;

  constructor(rows: Rows, clock: Clock) {
    this.#rows = rows;
    this.#clock = clock;
  }

  /** Of a record in this conversation. */
  async of(conversation: ConversationId, keyed: Keyed): Promise<Known> {
    const [now, before] = this.candidates(keyed);
    for (const id of [now, before]) {
      const row = id && (await this.#rows.get('ids', [conversation, keyed.account, id]));
      if (row !== undefined) return { id, past: outcomeOf(row) };
    }
    return { id: now, past: null };
  }

  /** The ids that the key makes: in the present period, and in the one before; none without a key. */
  candidates({ account, key, purpose }: Keyed): readonly MessageId[] {
    if (key === undefined) return [];
    const period = Math.floor(this.#clock.now() / idempotencyMs) * idempotencyMs;
    return [period, period - idempotencyMs].map((time) => derivedRecord(time, [account, ...purpose, key]));
  }
}

/** What the row says of its record. */
export function outcomeOf(row: IdRow): Result<number, ErrorCode> {
  if (row.seq > 0) return ok(row.seq);
  return refuse(isErrorCode(row.code) ? row.code : 'internal');
}

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The key itself, where it is a message id. */
export function messageIdOf(key: string | undefined): MessageId | undefined {
  return key !== undefined && uuid7.test(key) ? (key as MessageId) : undefined;
}

// Hop 4 to 5 for everything that is not a plain message: a record built by the server is appended, and its verdict
// awaited, so that a REST call answers with what became of it.
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type ErrorCode,
  isErrorCode,
  type MessageId,
  type SignedEntry,
  uuid7FromBytes,
} from '@parley/protocol';
import { settledMs } from '../kernel/limits.ts';
import { ok, type Result, refuse, Unavailable } from '../kernel/result.ts';
import { partitionOf } from '../log/partitions.ts';
import type { Change, MembersRecord, MessageRecord, Verdict } from '../sequencer/record.ts';
import { encodeRecord } from '../sequencer/record-codec.ts';
import type { MessagesParts } from './parts.ts';
import { clampedTimestamp } from './timestamp.ts';

const noTail = new Uint8Array();

/** Who acts, where, and under which id (a new one when absent). */
export interface Act {
  readonly conversation: ConversationId;
  readonly sender: AccountId;
  readonly device: DeviceId | null;
  readonly id?: MessageId;
  /** The same as a signed entry of the member list. */
  readonly entry?: SignedEntry;
}

/** Appends records and waits for their verdicts. */
export class Appender {
  readonly #parts: Pick<MessagesParts, 'log' | 'sequencer' | 'clock' | 'random'>;

  constructor(parts: Pick<MessagesParts, 'log' | 'sequencer' | 'clock' | 'random'>) {
    this.#parts = parts;
  }

  /** An id for a record of this moment. */
  newId(): MessageId {
    return uuid7FromBytes(this.#parts.clock.now(), this.#parts.random.bytes(10));
  }

  /** A change of a conversation. Resolves to its seq. */
  change(act: Act, change: Change): Promise<Result<number, ErrorCode>> {
    const { clock } = this.#parts;
    const id = act.id ?? this.newId();
    const record: MembersRecord = {
      type: 'members',
      conversation: act.conversation,
      sender: act.sender,
      device: act.device,
      id,
      lamport: 0,
      stamp: clock.now(),
      first: false,
      tail: noTail,
      change,
      ...(act.entry !== undefined && { entry: act.entry }),
    };
    return this.settle(record);
  }

  /** A setting in the account's own log. */
  setting(act: Act, key: string, value: string): Promise<Result<number, ErrorCode>> {
    const { clock } = this.#parts;
    const now = clock.now();
    const device = act.device === null ? '' : `"device":"${act.device}",`;
    const record: MessageRecord = {
      type: 'message',
      kind: 'setting',
      conversation: act.conversation,
      sender: act.sender,
      id: act.id ?? this.newId(),
      lamport: 0,
      stamp: now,
      first: false,
      hiddenFrom: [],
      targets: [],
      seconds: 0,
      key,
      value,
      tail: Buffer.from(`${device}"timestamp":"${clampedTimestamp(undefined, now)}"`),
    };
    return this.settle(record);
  }

  /** Durable, applied, and what became of it. */
  async settle(record: MessageRecord | MembersRecord): Promise<Result<number, ErrorCode>> {
    const { log, sequencer } = this.#parts;
    if (!sequencer.accepting) throw new Unavailable('records are not taken now');
    const deadline = this.#deadline();
    try {
      const verdict = sequencer.settled(record.conversation, record.sender, record.id, deadline.signal);
      const [, settled] = await Promise.all([
        log.append(partitionOf(record.conversation, log), encodeRecord(record)),
        verdict,
      ]);
      return outcome(settled);
    } finally {
      deadline.cancel();
    }
  }

  /** Ends the wait after a while, or when it is cancelled: nobody waits on for a record that was not appended. */
  #deadline(): { readonly signal: AbortSignal; cancel(): void } {
    const controller = new AbortController();
    const end = (): void => controller.abort(new Unavailable('no verdict in time'));
    const cancelTimer = this.#parts.clock.after(settledMs, end);
    return {
      signal: controller.signal,
      cancel() {
        cancelTimer();
        end();
      },
    };
  }
}

function outcome(verdict: Verdict): Result<number, ErrorCode> {
  if (verdict.state === 'accepted') return ok(verdict.seq);
  return refuse(isErrorCode(verdict.code) ? verdict.code : 'internal');
}

// What the parts of the machine share: the library's machine, the way to the server, and a number that rises whenever
// keys of anybody may have changed. A panic of the library leaves a promise that never settles: every call that may
// panic has a deadline here, and its end is an error like any other.
import { initAsync, OlmMachine, type RequestType } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, DeviceId, KeyCounts } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { Clock } from '../../ports.ts';
import { type Rest, restOver } from '../../rest.ts';
import type { KeyEvents, KeyFacts, KeyMachineParts } from '../key-machine.ts';
import { Lanes } from './lanes.ts';
import { enoughKeys, libraryDeadlineMs, maxOwed, maxRefills, refillMs } from './limits.ts';
import { deviceId, userId } from './names.ts';

/** Fetches and compiles the library, once. */
export const loadLibrary = (): Promise<void> => initAsync();

/** Shared by all parts of one open machine. */
export class Core {
  readonly olm: OlmMachine;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly rest: Rest;
  readonly facts: KeyFacts;
  readonly clock: Clock;
  readonly events: KeyEvents;
  readonly lanes = new Lanes();
  readonly closed: AbortSignal;
  /** Devices that lack a request of this name because their queues were full; all others have it. */
  readonly owed = new Map<string, ReadonlySet<string>>();
  /** What was worked out of keys at a lower generation is worked out anew. */
  generation = 0;
  /** Of the identity that this machine made last; 0: none. */
  madeVersion = 0;
  /** When few keys were left. */
  #refills: number[] = [];

  private constructor(parts: KeyMachineParts, olm: OlmMachine, events: KeyEvents, closed: AbortSignal) {
    this.olm = olm;
    this.account = parts.account;
    this.device = parts.device;
    this.rest = restOver({ call: parts.call }, closed);
    this.facts = parts.facts;
    this.clock = parts.clock;
    this.events = events;
    this.closed = closed;
  }

  static async open(parts: KeyMachineParts, events: KeyEvents, closed: AbortSignal): Promise<Core> {
    try {
      await loadLibrary();
      const store = parts.store ?? undefined;
      const olm = await OlmMachine.initialize(userId(parts.account), deviceId(parts.device), store);
      return new Core(parts, olm, events, closed);
    } catch (cause) {
      throw new ChatError('client.crypto', { cause });
    }
  }

  /**
   * One-time keys that the library is to believe are left. It makes new ones when few are, and every private half makes
   * every later call dearer: it makes no more than can have been given out.
   */
  keysLeft({ one_time_keys: left }: KeyCounts): number {
    if (left >= enoughKeys) return left;
    const now = this.clock.now();
    this.#refills = this.#refills.filter((at) => now >= at && now - at < refillMs);
    if (this.#refills.length >= maxRefills) return enoughKeys;
    this.#refills.push(now);
    return left;
  }

  /** The result of a library call, or `client.crypto` when it fails or never ends. */
  async ask<T>(work: Promise<T>): Promise<T> {
    try {
      return await within(this.clock, work);
    } catch (cause) {
      throw cause instanceof ChatError ? cause : new ChatError('client.crypto', { cause });
    }
  }

  /** This request did not reach these devices. What is forgotten here goes to all once more, which changes nothing. */
  owe(request: string, devices: readonly string[]): void {
    if (this.owed.size >= maxOwed) this.owed.delete(this.owed.keys().next().value ?? '');
    this.owed.set(request, new Set(devices));
  }

  /**
   * Runs `work` with these accounts' keys as the server tells them and no new identity made meanwhile: an answer that named
   * the one before would make the library forget the seeds of the new one. `work` must not ask for this again.
   */
  alone<T>(accounts: readonly AccountId[], work: () => Promise<T>): Promise<T> {
    return accounts.includes(this.account) ? this.lanes.run('own keys', work) : work();
  }

  /** Hands an answer of the server to the library. */
  async answer(id: string | undefined, type: RequestType, json: unknown): Promise<void> {
    // Some signatures are asked for without an id: nobody waits for their answer.
    if (id !== undefined) await this.ask(this.olm.markRequestAsSent(id, type, JSON.stringify(json)));
  }
}

/** The same promise, or `client.crypto` when it has not settled in time. */
export async function within<T>(clock: Clock, work: Promise<T>): Promise<T> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    stop = clock.after(libraryDeadlineMs, () => reject(new ChatError('client.crypto')));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop();
  }
}

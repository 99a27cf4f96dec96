// The sockets of this node, counted, and what Redis must hear of them again: all of them when our lease was gone, those
// that could not be said, and each now and then, so that what stands there outlives nobody.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { RedisSession } from '../engines/redis-session.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxRedisCommands, nodeBeatMs } from '../kernel/engine-limits.ts';
import { presenceAgainMs, presenceRenewalMs } from '../kernel/limits.ts';
import { type PresenceKeys, standingIn } from './redis-presence-account.ts';

/** What it needs. */
export interface SocketsParts {
  readonly redis: RedisSession;
  readonly clock: Clock;
  readonly keys: PresenceKeys;
  /** Others had taken the account for gone. */
  readonly returned: (account: AccountId) => void;
}

/** Sockets by account and device. */
export class Sockets {
  readonly #parts: SocketsParts;
  readonly #accounts = new Map<AccountId, Map<DeviceId, number>>();
  readonly #devices = new Set<DeviceId>();
  readonly #unsaid = new Set<AccountId>();
  readonly #stopListening: () => void;
  #renewed: Iterator<AccountId, undefined> = this.#accounts.keys();
  #cancelBeat: () => void = () => {};
  #cancelAgain: () => void = () => {};

  constructor(parts: SocketsParts) {
    this.#parts = parts;
    this.#stopListening = parts.redis.node.listen({ lost: () => this.#sayAll() });
    this.#beat();
  }

  has(device: DeviceId): boolean {
    return this.#devices.has(device);
  }

  hasAny(account: AccountId): boolean {
    return this.#accounts.has(account);
  }

  /** One more. Is it the first of its device? */
  add(account: AccountId, device: DeviceId): boolean {
    let devices = this.#accounts.get(account);
    if (devices === undefined) {
      devices = new Map();
      this.#accounts.set(account, devices);
    }
    const count = devices.get(device) ?? 0;
    devices.set(device, count + 1);
    this.#devices.add(device);
    return count === 0;
  }

  /** One less. Was it the last of its device? */
  remove(account: AccountId, device: DeviceId): boolean {
    const devices = this.#accounts.get(account);
    const count = devices?.get(device);
    if (devices === undefined || count === undefined) return false;
    if (count > 1) {
      devices.set(device, count - 1);
      return false;
    }
    devices.delete(device);
    this.#devices.delete(device);
    if (devices.size === 0) this.#accounts.delete(account);
    return true;
  }

  /** Redis could not hear of it. */
  unsaid(account: AccountId): void {
    this.#unsaid.add(account);
  }

  close(): void {
    this.#stopListening();
    this.#cancelBeat();
    this.#cancelAgain();
  }

  #sayAll(): void {
    for (const account of this.#accounts.keys()) this.#unsaid.add(account);
    // Whoever took us for dead may still be taking down what we say now.
    this.#cancelAgain();
    this.#cancelAgain = this.#parts.clock.after(presenceAgainMs, () => {
      for (const account of this.#accounts.keys()) this.#unsaid.add(account);
    });
    this.#say().catch(this.#parts.redis.fault);
  }

  #beat(): void {
    const count = Math.ceil((this.#accounts.size * nodeBeatMs) / presenceRenewalMs);
    for (let n = 0; n < count; n++) this.#renewNext();
    if (this.#unsaid.size > 0) this.#say().catch(this.#parts.redis.fault);
    this.#cancelBeat = this.#parts.clock.after(nodeBeatMs, () => this.#beat());
  }

  #renewNext(): void {
    let next = this.#renewed.next();
    if (next.done === true) {
      this.#renewed = this.#accounts.keys();
      next = this.#renewed.next();
    }
    if (next.done !== true) this.#unsaid.add(next.value);
  }

  async #say(): Promise<void> {
    while (this.#unsaid.size > 0 && this.#parts.redis.client.isReady) {
      const accounts = [...this.#unsaid].slice(0, maxRedisCommands / commandsOfOne);
      for (const account of accounts) this.#unsaid.delete(account);
      try {
        await this.#sayThese(accounts);
      } catch (error) {
        for (const account of accounts) this.#unsaid.add(account);
        throw error;
      }
    }
  }

  async #sayThese(accounts: readonly AccountId[]): Promise<void> {
    const { redis, keys } = this.#parts;
    const { id } = redis.node;
    const said = accounts.flatMap((account) =>
      [...(this.#accounts.get(account)?.keys() ?? [])].map((device) => ({ account, device })),
    );
    const commands = said.flatMap(({ account, device }) => [
      keys.come(account, device, id),
      ...keys.deviceCame(device, id),
      keys.note(id, account),
    ]);
    const answers = await redis.client.run([...commands, keys.keep(id)]);
    for (const [at, { account }] of said.entries()) {
      const answer = answers[at * commandsOfOne];
      if (answer instanceof Error) throw answer;
      // Only of one that left, and whose grace is over, others were told; where Redis forgot all nothing has happened.
      const { leftAt, graceUntil } = standingIn(answer);
      if (leftAt !== null && graceUntil === null) this.#parts.returned(account);
    }
  }
}

/** Commands that say one socket. */
const commandsOfOne = 4;

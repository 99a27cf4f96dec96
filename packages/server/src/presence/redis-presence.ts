// Presence of a cluster, in Redis: each node says which sockets it has, and answers for those who left it until their
// grace is over; of a node that died another one takes over its people. A coming or going is told by one node, whose
// hint goes to those that watch. Redis may lose all of it: a node says again what it has, and a socket never waits.
import type { AccountId, DeviceId } from '@parley/protocol';
import { maxWatchedAccounts, offlineGraceMs, offlineSilenceMs } from '@parley/protocol/limits';
import type { Command } from '../engines/redis.ts';
import type { RedisSession } from '../engines/redis-session.ts';
import { assert } from '../kernel/assert.ts';
import type { Clock } from '../kernel/clock.ts';
import { nodeBeatMs } from '../kernel/engine-limits.ts';
import { maxRememberedLeavers, presenceWaitMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Presence, Seen } from './presence.ts';
import { PresenceKeys, type Standing, standingIn } from './redis-presence-account.ts';
import { Burials } from './redis-presence-burials.ts';
import { Sockets } from './redis-presence-sockets.ts';

/** What it needs. */
export interface RedisPresenceParts {
  readonly redis: RedisSession;
  readonly clock: Clock;
  /** Hears of bugs of listeners. */
  readonly fault: (error: unknown) => void;
}

/** A device that went. */
interface Gone {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly leftAt: number;
  readonly until: number;
}

/** What ends when nobody comes back. `gone`: what nodes left behind that are no more. */
interface Grace {
  readonly graceUntil: number;
  readonly leftAt: number;
  readonly gone: readonly string[];
}

/** This node's end of presence. */
export class RedisPresence implements Presence {
  readonly #parts: RedisPresenceParts;
  readonly #keys: PresenceKeys;
  readonly #sockets: Sockets;
  readonly #burials: Burials;
  /** Stops the timer of an account's grace. */
  readonly #graces = new Map<AccountId, () => void>();
  readonly #underWay = new Set<Promise<void>>();
  /** Devices whose going Redis could not hear of. */
  readonly #unsaid = new Map<DeviceId, Gone>();
  readonly #stopListening: () => void;
  #listeners: readonly ((seen: Seen) => void)[] = [];
  #isClosed = false;

  constructor(parts: RedisPresenceParts) {
    const { redis, clock } = parts;
    this.#parts = parts;
    this.#keys = new PresenceKeys(redis.prefix);
    this.#sockets = new Sockets({
      ...{ redis, clock, keys: this.#keys },
      returned: (account) => this.#tell({ account, online: true, lastSeenAt: null }),
    });
    this.#burials = new Burials({
      ...{ redis, clock, keys: this.#keys },
      buried: (account, standing) => this.#track(this.#stand(account, standing)),
    });
    this.#stopListening = redis.node.listen({ looked: () => this.#sayUnsaid() });
  }

  async connected(account: AccountId, device: DeviceId): Promise<void> {
    if (!this.#sockets.add(account, device)) return;
    this.#stopGrace(account);
    this.#unsaid.delete(device);
    const said = this.#sayCame(account, device);
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#parts.clock.after(presenceWaitMs, resolve);
    });
    await Promise.race([said, late]);
    cancel();
  }

  async #sayCame(account: AccountId, device: DeviceId): Promise<void> {
    const { node } = this.#parts.redis;
    const before = await this.#try([
      this.#keys.come(account, device, node.id),
      ...this.#keys.deviceCame(device, node.id),
      this.#keys.note(node.id, account),
    ]);
    if (before === null) this.#sockets.unsaid(account);
    else if (!(await this.#isThere(standingIn(before)))) this.#tell({ account, online: true, lastSeenAt: null });
  }

  async disconnected(account: AccountId, device: DeviceId, silentMs = 0): Promise<void> {
    if (!this.#sockets.remove(account, device)) return;
    const now = this.#parts.clock.now();
    const graceMs = Math.min(offlineGraceMs, Math.max(0, offlineSilenceMs - silentMs));
    await this.#sayWent({ account, device, leftAt: now - silentMs, until: now + graceMs });
  }

  async #sayWent(gone: Gone): Promise<void> {
    const { account, device } = gone;
    const { id } = this.#parts.redis.node;
    const standing = await this.#try([this.#keys.go(account, device, id, gone), this.#keys.deviceWent(device, id)]);
    if (standing !== null) await this.#stand(account, standingIn(standing));
    else if (this.#unsaid.size < maxRememberedLeavers && !this.#sockets.has(device)) this.#unsaid.set(device, gone);
  }

  /** Redis serves again: what it could not hear is said now. */
  #sayUnsaid(): void {
    for (const [device, gone] of this.#unsaid) {
      this.#unsaid.delete(device);
      this.#track(this.#sayWent(gone));
    }
  }

  async of(accounts: readonly AccountId[]): Promise<readonly Seen[]> {
    assert(accounts.length <= maxWatchedAccounts, 'presence is asked for at most 200 accounts');
    const answers = await this.#parts.redis.client.run(accounts.map((account) => this.#keys.standing(account)));
    return Promise.all(accounts.map((account, at) => this.#seen(account, answers[at])));
  }

  /** While Redis is away what is known here is all that is known. */
  async isOnline(device: DeviceId): Promise<boolean> {
    if (this.#sockets.has(device)) return true;
    const { node } = this.#parts.redis;
    const nodes = await this.#try([this.#keys.deviceNodes(device)]);
    return Array.isArray(nodes) && nodes.some((each) => each !== node.id && node.alive.has(String(each)));
  }

  changed(listener: (seen: Seen) => void): () => void {
    const own = (seen: Seen) => listener(seen);
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== own);
    };
  }

  /** Resolves when what time has brought is done. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#listeners = [];
    this.#stopListening();
    this.#sockets.close();
    this.#burials.close();
    for (const stop of this.#graces.values()) stop();
    this.#graces.clear();
    await this.settled();
  }

  /** Nobody is there any more: from here on this node waits for the end of the grace. */
  async #stand(account: AccountId, standing: Standing): Promise<void> {
    const { clock } = this.#parts;
    const { graceUntil, leftAt } = standing;
    if (this.#isClosed || graceUntil === null || leftAt === null || (await this.#hasSocket(standing))) return;
    this.#stopGrace(account);
    const gone = standing.sockets.map((each) => each.field);
    // No clock that was set makes anybody stay for longer than a grace.
    const leftMs = Math.min(offlineGraceMs, Math.max(0, graceUntil - clock.now()));
    this.#whenOver(account, leftMs, { graceUntil, leftAt, gone });
  }

  #whenOver(account: AccountId, afterMs: number, grace: Grace): void {
    if (this.#isClosed || this.#graces.has(account) || this.#sockets.hasAny(account)) return;
    const over = (): void => {
      this.#graces.delete(account);
      this.#track(this.#leave(account, grace));
    };
    this.#graces.set(account, this.#parts.clock.after(afterMs, over));
  }

  async #leave(account: AccountId, { graceUntil, leftAt, gone }: Grace): Promise<void> {
    const { node } = this.#parts.redis;
    const hasLeft = await this.#try([this.#keys.leave(account, graceUntil, gone)]);
    if (hasLeft === null) this.#whenOver(account, nodeBeatMs, { graceUntil, leftAt, gone });
    if (hasLeft === 1) this.#tell({ account, online: false, lastSeenAt: leftAt });
    if (hasLeft !== null && !this.#sockets.hasAny(account)) await this.#try([this.#keys.dismiss(node.id, account)]);
  }

  #stopGrace(account: AccountId): void {
    this.#graces.get(account)?.();
    this.#graces.delete(account);
  }

  async #seen(account: AccountId, answer: unknown): Promise<Seen> {
    if (answer instanceof Error) throw new Unavailable('Presence cannot be read.', { cause: answer });
    const standing = standingIn(answer);
    const online = await this.#isThere(standing);
    return { account, online, lastSeenAt: online ? null : standing.leftAt };
  }

  async #isThere(standing: Standing): Promise<boolean> {
    const isInGrace = standing.graceUntil !== null && standing.graceUntil > this.#parts.clock.now();
    return isInGrace || (await this.#hasSocket(standing));
  }

  /** On a node that is there, or whose people nobody has taken over yet. One that is not known may be new. */
  async #hasSocket({ sockets }: Standing): Promise<boolean> {
    const { node } = this.#parts.redis;
    const has = (): boolean =>
      sockets.some((each) => each.node === node.id || node.alive.has(each.node) || node.dead.has(each.node));
    if (sockets.length === 0 || has()) return sockets.length > 0;
    await node.look().catch(this.#parts.redis.fault);
    return has();
  }

  /** The first answer; null when Redis cannot serve this now. */
  async #try(commands: readonly Command[]): Promise<unknown> {
    try {
      const answers = await this.#parts.redis.client.run(commands);
      for (const answer of answers) if (answer instanceof Error) throw answer;
      return answers[0] ?? '';
    } catch (error) {
      this.#parts.redis.fault(error);
      return null;
    }
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work.catch(this.#parts.redis.fault).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  #tell(seen: Seen): void {
    for (const listener of this.#listeners) {
      try {
        listener(seen);
      } catch (error) {
        this.#parts.fault(error);
      }
    }
  }
}

// This process among those that share a Redis: it says every second that it is there, and hears who else is. A node that
// said nothing for the length of its lease is dead; what it wrote may be taken down by others. It promises that a node
// whose own lease was gone learns it, and writes everything anew: Redis may forget all at any time.
import type { Clock } from '../kernel/clock.ts';
import { nodeBeatMs } from '../kernel/engine-limits.ts';
import { nodeMemoryMs } from '../kernel/limits.ts';
import { hostRandom } from '../kernel/random.ts';
import type { RedisClient } from './redis.ts';

/** What a node needs. */
export interface RedisNodeParts {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly fault: (error: unknown) => void;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** Who hears what becomes of nodes. */
export interface NodeListener {
  /** Our lease was gone: what we wrote may be gone, and others may believe that we are. */
  readonly lost?: () => void;
  /** Others came or went. */
  readonly changed?: () => void;
  /** It looked who is there. */
  readonly looked?: () => void;
}

/** This node, and the others as they were a second ago. */
export class RedisNode {
  /** Another one with every start. */
  readonly id = Buffer.from(hostRandom.bytes(8)).toString('hex');
  readonly #parts: RedisNodeParts;
  readonly #clock: Clock;
  readonly #listeners = new Set<NodeListener>();
  #alive: ReadonlySet<string> = new Set();
  #dead: ReadonlyMap<string, number> = new Map();
  /** Is there, and has said so. */
  #isMember = false;
  #hasJoined = false;
  #isOver = false;
  #cancel: () => void = () => {};

  constructor(parts: RedisNodeParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
  }

  /** From now on it looks who is there. Resolves when it has looked, or could not. */
  start(): Promise<void> {
    return this.#beat();
  }

  /** From now on it is there itself: the others may speak to it. Never rejects. */
  async join(): Promise<void> {
    this.#isMember = true;
    await this.look().catch(this.#parts.fault);
  }

  /** Those whose lease holds. Empty until Redis was reached. */
  get alive(): ReadonlySet<string> {
    return this.#alive;
  }

  /** Those whose lease is over and whom nobody has taken down yet, with how long that is ago, in milliseconds. */
  get dead(): ReadonlyMap<string, number> {
    return this.#dead;
  }

  listen(listener: NodeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Looks now. @throws {Unavailable} */
  async look(): Promise<void> {
    const isMember = this.#isMember;
    const answer = await this.#ask(beat, this.id, isMember ? this.#parts.leaseMs : 0, nodeMemoryMs);
    if (this.#isOver) return;
    const [wasGone, now, entries] = answer as [number, string, string[]];
    const wasLost = this.#hasJoined && wasGone === 1;
    this.#hasJoined ||= isMember;
    const hasChanged = this.#read(Number(now), entries);
    if (wasLost) for (const listener of this.#listeners) listener.lost?.();
    for (const listener of this.#listeners) {
      if (hasChanged) listener.changed?.();
      listener.looked?.();
    }
  }

  /** A dead node is forgotten, unless it came back. */
  async forget(id: string): Promise<void> {
    await this.#ask(forgetDead, id);
  }

  /** Goes: the others see at once that nobody is here, and take over who was. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#cancel();
    this.#listeners.clear();
    if (this.#isMember) await this.#ask(end, this.id).catch(this.#parts.fault);
  }

  async #ask(script: string, ...args: (string | number)[]): Promise<unknown> {
    const { client, prefix } = this.#parts;
    const [answer] = await client.run([['EVAL', script, 1, `${prefix}nodes`, ...args]]);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async #beat(): Promise<void> {
    await this.look().catch(this.#parts.fault);
    if (!this.#isOver) this.#cancel = this.#clock.after(nodeBeatMs, () => void this.#beat());
  }

  #read(now: number, entries: readonly string[]): boolean {
    const alive = new Set<string>();
    const dead = new Map<string, number>();
    for (let at = 0; at < entries.length; at += 2) {
      const [id, until] = [entries[at] ?? '', Number(entries[at + 1])];
      if (until > now) alive.add(id);
      else dead.set(id, now - until);
    }
    const hasChanged = !isSame(alive, this.#alive) || !isSame(new Set(dead.keys()), new Set(this.#dead.keys()));
    this.#alive = alive;
    this.#dead = dead;
    return hasChanged;
  }
}

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((each) => b.has(each));

/** Renews the lease of a member, says whether it was gone, and who has one or had one. */
const beat = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gone = 0
if tonumber(ARGV[2]) > 0 then
  local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
  if not before or tonumber(before) <= now then gone = 1 end
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
return {gone, string.format('%d', now), redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')}`;

const end = `
local time = redis.call('TIME')
return redis.call('ZADD', KEYS[1], 'XX', time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])`;

const forgetDead = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
if before and tonumber(before) <= now then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0`;

// Limits that several gateways count together, in Redis: windows by key, each a number that ends by itself. It promises
// that the time of a window is Redis's, and throws when it cannot count: whoever asked refuses.
import { Unavailable } from '../kernel/result.ts';
import type { Command, RedisClient } from './redis.ts';
import type { RedisSession } from './redis-session.ts';

/** Counts by key, for all gateways. */
export class RedisLimiter {
  readonly #client: RedisClient;
  readonly #prefix: string;

  /** `name`: what is counted; the same at all gateways. */
  constructor({ client, prefix }: Pick<RedisSession, 'client' | 'prefix'>, name: string) {
    this.#client = client;
    this.#prefix = `${prefix}l:${name}:`;
  }

  /** Takes one and resolves to 0, or takes none and resolves to the milliseconds until there is one. */
  async take(key: string, { count, perMs }: { readonly count: number; readonly perMs: number }): Promise<number> {
    return Number(await this.#ask(['EVAL', take, 1, this.#prefix + key, count, perMs]));
  }

  /** Gives one back: it went well. */
  async give(key: string): Promise<void> {
    await this.#ask(['EVAL', give, 1, this.#prefix + key]);
  }

  async #ask(command: Command): Promise<unknown> {
    const [answer] = await this.#client.run([command]);
    if (answer instanceof Error) throw new Unavailable('Redis cannot count.', { cause: answer });
    return answer;
  }
}

/** A window without an end, which only a fault could leave, begins anew. */
const take = `
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[2])
  return 0
end
if tonumber(redis.call('GET', KEYS[1])) >= tonumber(ARGV[1]) then return math.max(1, left) end
redis.call('INCR', KEYS[1])
return 0`;

const give = `
local count = redis.call('GET', KEYS[1])
if count and tonumber(count) > 0 then redis.call('DECR', KEYS[1]) end
return 0`;

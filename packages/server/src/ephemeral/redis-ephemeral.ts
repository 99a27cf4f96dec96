// Small values of a cluster, in Redis, which forgets them by itself. Nobody is woken: who waits looks again a few times a
// second.
import type { RedisClient } from '../engines/redis.ts';
import type { Clock } from '../kernel/clock.ts';
import { ephemeralLookMs } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Ephemeral } from './ephemeral.ts';

/** What it needs. */
export interface RedisEphemeralParts {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly clock: Clock;
}

const replaceScript = `local there = redis.call('GET', KEYS[1])
if not there then return 'gone' end
if there ~= ARGV[1] then return 'changed' end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 'done'`;

/** One for a process. */
export class RedisEphemeral implements Ephemeral {
  readonly #parts: RedisEphemeralParts;

  constructor(parts: RedisEphemeralParts) {
    this.#parts = parts;
  }

  async create(key: string, value: string, ms: number): Promise<'done' | 'there'> {
    const answer = await this.#ask('SET', this.#key(key), value, 'PX', ms, 'NX');
    return answer === null ? 'there' : 'done';
  }

  async get(key: string): Promise<string | undefined> {
    const answer = await this.#ask('GET', this.#key(key));
    return typeof answer === 'string' ? answer : undefined;
  }

  async replace(key: string, before: string, value: string): Promise<'done' | 'changed' | 'gone'> {
    const answer = String(await this.#ask('EVAL', replaceScript, 1, this.#key(key), before, value));
    return answer === 'done' || answer === 'changed' ? answer : 'gone';
  }

  async remove(key: string): Promise<void> {
    await this.#ask('DEL', this.#key(key));
  }

  async changed(key: string, seen: string, ms: number, signal: AbortSignal): Promise<void> {
    for (let waited = 0; waited < ms && !signal.aborted; waited += ephemeralLookMs) {
      if ((await this.get(key)) !== seen) return;
      await this.#pause(Math.min(ephemeralLookMs, ms - waited), signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #key(key: string): string {
    return `${this.#parts.prefix}e:${key}`;
  }

  async #ask(...command: readonly [string, ...(string | number)[]]): Promise<unknown> {
    const [answer] = await this.#parts.client.run([command]);
    if (answer instanceof Error) throw new Unavailable('Redis refused a command.', { cause: answer });
    return answer;
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => resolve();
    const cancel = this.#parts.clock.after(ms, end);
    signal.addEventListener('abort', end);
    await promise;
    cancel();
    signal.removeEventListener('abort', end);
  }
}

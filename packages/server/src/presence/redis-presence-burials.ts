// Takes over the people of nodes that died: their sockets are taken down, and their grace begins when the node was last
// heard of. One node does it for another; should it die meanwhile a third one does. A node that came back is left alone.
import type { AccountId } from '@parley/protocol';
import { offlineGraceMs, offlineSilenceMs } from '@parley/protocol/limits';
import type { RedisSession } from '../engines/redis-session.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxRedisCommands } from '../kernel/engine-limits.ts';
import { burialMs } from '../kernel/limits.ts';
import { type PresenceKeys, type Standing, standingIn } from './redis-presence-account.ts';

/** What it needs. */
export interface BurialsParts {
  readonly redis: RedisSession;
  readonly clock: Clock;
  readonly keys: PresenceKeys;
  /** A socket of this account died with its node; this node answers for it now. */
  readonly buried: (account: AccountId, standing: Standing) => void;
}

/** Burials that this node does. */
export class Burials {
  readonly #parts: BurialsParts;
  readonly #stopListening: () => void;
  readonly #underWay = new Set<string>();
  #isOver = false;

  constructor(parts: BurialsParts) {
    this.#parts = parts;
    this.#stopListening = parts.redis.node.listen({ looked: () => this.#lookForDead() });
  }

  close(): void {
    this.#isOver = true;
    this.#stopListening();
  }

  #lookForDead(): void {
    for (const node of this.#parts.redis.node.dead.keys()) {
      if (this.#underWay.has(node)) continue;
      this.#underWay.add(node);
      this.#bury(node)
        .catch(this.#parts.redis.fault)
        .finally(() => this.#underWay.delete(node));
    }
  }

  async #bury(node: string): Promise<void> {
    const { redis, keys } = this.#parts;
    const lock = keys.burialOf(node);
    if ((await this.#run([['SET', lock, redis.node.id, 'NX', 'PX', burialMs]]))[0] !== 'OK') return;
    for (let cursor = '0'; !this.#isOver; ) {
      const page = ['SSCAN', keys.peopleOf(node), cursor, 'COUNT', burialsAtOnce] as const;
      const [found] = (await this.#run([page, ['PEXPIRE', lock, burialMs]])) as [[string, AccountId[]]];
      cursor = found[0];
      await redis.node.look();
      // It came back: it says itself who is there.
      if (!redis.node.dead.has(node)) return;
      await this.#buryThese(node, found[1]);
      if (cursor !== '0') continue;
      await this.#run([
        ['DEL', keys.peopleOf(node)],
        ['DEL', lock],
      ]);
      await redis.node.forget(node);
      return;
    }
  }

  async #buryThese(node: string, accounts: readonly AccountId[]): Promise<void> {
    const { redis, clock, keys } = this.#parts;
    const now = clock.now();
    const silentMs = (redis.node.dead.get(node) ?? 0) + redis.leaseMs;
    const graceMs = Math.min(offlineGraceMs, Math.max(0, offlineSilenceMs - silentMs));
    const times = { leftAt: now - Math.round(silentMs), until: now + Math.round(graceMs) };
    const answers = await this.#run(
      accounts.flatMap((account) => [keys.bury(account, node, times), keys.note(redis.node.id, account)]),
    );
    for (const [at, account] of accounts.entries())
      this.#parts.buried(account, standingIn(answers[at * commandsOfOne]));
  }

  async #run(commands: Parameters<RedisSession['client']['run']>[0]): Promise<readonly unknown[]> {
    const answers = await this.#parts.redis.client.run(commands);
    for (const answer of answers) if (answer instanceof Error) throw answer;
    return answers;
  }
}

/** Commands that bury one. */
const commandsOfOne = 2;
const burialsAtOnce = Math.floor(maxRedisCommands / commandsOfOne);

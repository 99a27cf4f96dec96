// Where topics are wanted, as a publisher believes for about a second. It promises that a node which began to want a
// topic while hints of it were sent by an older answer is found out: at the end of its life an answer that was used is
// looked up once more. In bounded memory.
import type { RedisClient } from '../engines/redis.ts';
import type { Clock } from '../kernel/clock.ts';
import { busRouteTrustMs, maxBusRoutes, maxRedisCommands } from '../kernel/limits.ts';
import type { Topic } from './bus.ts';
import { routeKey } from './redis-bus-wants.ts';

/** What it needs. */
export interface RoutesParts {
  readonly client: RedisClient;
  readonly prefix: string;
  /** This node, which is never among the answers. */
  readonly node: string;
  readonly clock: Clock;
  /** This node wants the topic since hints of it were sent by an answer without it. */
  readonly missed: (node: string, topic: Topic) => void;
  /** Nodes may have missed anything. */
  readonly lost: () => void;
}

interface Answer {
  readonly nodes: readonly string[];
  readonly askedAt: number;
  isUsed: boolean;
}

/** Answers by topic, those that were asked for the longest ago first. */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #answers = new Map<Topic, Answer>();

  constructor(parts: RoutesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** The other nodes that want this topic; undefined: it must be looked up. */
  peek(topic: Topic): readonly string[] | undefined {
    const answer = this.#answers.get(topic);
    if (answer === undefined) return undefined;
    answer.isUsed = true;
    return answer.nodes;
  }

  /** Looks these up. @throws {Unavailable} */
  async lookUp(topics: readonly Topic[]): Promise<void> {
    const askedAt = this.#parts.clock.now();
    const found = await this.#ask(topics);
    for (const [at, topic] of topics.entries()) this.#keep(topic, { nodes: found[at] ?? [], askedAt, isUsed: false });
  }

  /** Time passes: answers that are too old go, and those that were used are looked up once more. */
  async sweep(): Promise<void> {
    const old = this.#parts.clock.now() - busRouteTrustMs;
    const used: [Topic, Answer][] = [];
    for (const [topic, answer] of this.#answers) {
      if (answer.askedAt > old) break;
      if (answer.isUsed) used.push([topic, answer]);
      else this.#answers.delete(topic);
    }
    for (let at = 0; at < used.length; at += maxRedisCommands) await this.#again(used.slice(at, at + maxRedisCommands));
  }

  async #again(used: readonly (readonly [Topic, Answer])[]): Promise<void> {
    const askedAt = this.#parts.clock.now();
    // Used from here on is used again: by then it may be too old once more.
    for (const [, answer] of used) answer.isUsed = false;
    try {
      const found = await this.#ask(used.map(([topic]) => topic));
      for (const [at, [topic, before]] of used.entries()) {
        const nodes = found[at] ?? [];
        for (const node of nodes) if (!before.nodes.includes(node)) this.#parts.missed(node, topic);
        this.#keep(topic, { nodes, askedAt, isUsed: before.isUsed });
      }
    } catch (error) {
      for (const [topic] of used) this.#answers.delete(topic);
      this.#parts.lost();
      throw error;
    }
  }

  async #ask(topics: readonly Topic[]): Promise<readonly (readonly string[])[]> {
    const { client, prefix, node } = this.#parts;
    const answers = await client.run(topics.map((topic) => ['HKEYS', routeKey(prefix, topic)] as const));
    return answers.map((answer) => {
      if (answer instanceof Error) throw answer;
      return (answer as readonly string[]).filter((each) => each !== node);
    });
  }

  #keep(topic: Topic, answer: Answer): void {
    this.#answers.delete(topic);
    this.#answers.set(topic, answer);
    if (this.#answers.size <= maxBusRoutes) return;
    const [[oldest, { isUsed }] = [undefined, { isUsed: false }]] = this.#answers;
    if (oldest !== undefined) this.#answers.delete(oldest);
    if (isUsed) this.#parts.lost();
  }
}

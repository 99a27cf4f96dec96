// Where topics are wanted, as a publisher believes for a while, until a node calls out that it wants one too, or it is
// clear that calls were lost. It promises that a node which began to want a topic while hints of it were sent by an older
// answer is found out: at the end of its life an answer that was used is looked up once more. In bounded memory.
import type { RedisClient } from '../engines/redis.ts';
import type { Clock } from '../kernel/clock.ts';
import { busRouteShortTrustMs, busRouteTrustMs, maxBusRoutes, maxRedisCommands } from '../kernel/engine-limits.ts';
import type { Topic } from './bus.ts';
import { routeKey } from './redis-bus-wants.ts';

/** What it needs. */
export interface RoutesParts<Name extends string> {
  readonly client: RedisClient;
  readonly prefix: string;
  /** The topic that a name stands for. */
  readonly topicOf: (name: Name) => Topic;
  /** This node, which is never among the answers. */
  readonly node: string;
  readonly clock: Clock;
  /** This node wants the topic since hints of it were sent by an answer without it. */
  readonly missed: (node: string, topic: Topic) => void;
  /** Nodes may have missed anything. */
  readonly lost: () => void;
}

interface Answer {
  nodes: readonly string[];
  readonly askedAt: number;
  isUsed: boolean;
}

/** Answers by the name of a topic, those that were asked for the longest ago first. */
export class Routes<Name extends string> {
  readonly #parts: RoutesParts<Name>;
  readonly #answers = new Map<Name, Answer>();
  /** By each question that is on its way: which nodes called out meanwhile, under the names that it asks for. */
  readonly #asking = new Set<ReadonlyMap<Name, string[]>>();
  /** What was asked for until then is believed no longer. */
  #doubtedAt = Number.NEGATIVE_INFINITY;
  #isSweeping = false;

  constructor(parts: RoutesParts<Name>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** The other nodes that want this topic; undefined: it must be looked up. */
  peek(name: Name): readonly string[] | undefined {
    const answer = this.#answers.get(name);
    if (answer === undefined) return undefined;
    answer.isUsed = true;
    return answer.nodes;
  }

  /** The node called out that it wants this now. What was sent by the answer of before it may have missed. */
  called(node: string, name: Name): void {
    for (const calls of this.#asking) calls.get(name)?.push(node);
    const answer = this.#answers.get(name);
    if (answer === undefined || answer.nodes.includes(node)) return;
    // In place: while it is looked up once more it is remembered whether it is used.
    answer.nodes = [...answer.nodes, node];
    if (answer.isUsed) this.#parts.missed(node, this.#parts.topicOf(name));
  }

  /** Calls may have been lost. */
  doubt(): void {
    this.#doubtedAt = this.#parts.clock.now();
  }

  /** Looks these up. @throws {Unavailable} */
  async lookUp(names: readonly Name[]): Promise<void> {
    for (let at = 0; at < names.length; at += maxRedisCommands)
      await this.#lookUpThese(names.slice(at, at + maxRedisCommands));
  }

  async #lookUpThese(names: readonly Name[]): Promise<void> {
    const askedAt = this.#parts.clock.now();
    const found = await this.#ask(names);
    for (const [at, name] of names.entries()) this.#keep(name, { nodes: found[at] ?? [], askedAt, isUsed: false });
  }

  /** Time passes: answers that are too old go, and those that were used are looked up once more. Once at a time. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      await this.#sweepOnce();
    } finally {
      this.#isSweeping = false;
    }
  }

  async #sweepOnce(): Promise<void> {
    // Before there are too many they are believed for less long.
    const trustMs = this.#answers.size > maxBusRoutes / 2 ? busRouteShortTrustMs : busRouteTrustMs;
    const old = Math.max(this.#parts.clock.now() - trustMs, this.#doubtedAt);
    const used: [Name, Answer][] = [];
    for (const [name, answer] of this.#answers) {
      if (answer.askedAt > old) break;
      if (answer.isUsed) used.push([name, answer]);
      else this.#answers.delete(name);
    }
    for (let at = 0; at < used.length; at += maxRedisCommands) await this.#again(used.slice(at, at + maxRedisCommands));
  }

  async #again(used: readonly (readonly [Name, Answer])[]): Promise<void> {
    const { clock, topicOf } = this.#parts;
    const askedAt = clock.now();
    // Used from here on is used again: by then it may be too old once more.
    for (const [, answer] of used) answer.isUsed = false;
    try {
      const found = await this.#ask(used.map(([name]) => name));
      for (const [at, [name, before]] of used.entries()) {
        const nodes = found[at] ?? [];
        for (const node of nodes) if (!before.nodes.includes(node)) this.#parts.missed(node, topicOf(name));
        this.#keep(name, { nodes, askedAt, isUsed: before.isUsed });
      }
    } catch (error) {
      for (const [name] of used) this.#answers.delete(name);
      this.#parts.lost();
      throw error;
    }
  }

  /** What Redis says may be older than a call that came meanwhile, also of a node that had left and came back. */
  async #ask(names: readonly Name[]): Promise<readonly (readonly string[])[]> {
    const { client, prefix, node, topicOf } = this.#parts;
    const calls = new Map(names.map((name) => [name, [] as string[]]));
    this.#asking.add(calls);
    try {
      const answers = await client.run(names.map((name) => ['HKEYS', routeKey(prefix, topicOf(name))] as const));
      return names.map((name, at) => {
        const answer = answers[at];
        if (answer instanceof Error) throw answer;
        const nodes = new Set([...(answer as readonly string[]), ...(calls.get(name) ?? [])]);
        nodes.delete(node);
        return [...nodes];
      });
    } finally {
      this.#asking.delete(calls);
    }
  }

  #keep(name: Name, answer: Answer): void {
    this.#answers.delete(name);
    this.#answers.set(name, answer);
    if (this.#answers.size <= maxBusRoutes) return;
    const [[oldest, { isUsed }] = [undefined, { isUsed: false }]] = this.#answers;
    if (oldest !== undefined) this.#answers.delete(oldest);
    if (isUsed) this.#parts.lost();
  }
}

// A bus between nodes of one process whose hints become the bytes of the bus of a cluster and are read again: what a real
// one costs Parley, without Redis. Each node gets what it wants, gathered for as long as there; its own at once.
import type { AccountId } from '@parley/protocol';
import type { Bus, Hint, Topic } from '../packages/server/src/bus/bus.ts';
import { LocalBus } from '../packages/server/src/bus/local-bus.ts';
import { BusMessageWriter, decodeBusMessage } from '../packages/server/src/bus/redis-bus-codec.ts';
import { accountTopic, targetsOf } from '../packages/server/src/bus/redis-bus-targets.ts';
import type { Clock } from '../packages/server/src/kernel/clock.ts';
import { busBatchMs } from '../packages/server/src/kernel/engine-limits.ts';

const publisher = 'bench-bench-benc';

/** Makes the nodes. */
export class CrossingBus {
  readonly #clock: Clock;
  readonly #fault: (error: unknown) => void;
  readonly #nodes: CrossingNode[] = [];

  constructor(clock: Clock, fault: (error: unknown) => void) {
    this.#clock = clock;
    this.#fault = fault;
  }

  /** One more. */
  node(): Bus {
    const node = new CrossingNode(this.#nodes, this.#clock, this.#fault);
    this.#nodes.push(node);
    return node;
  }
}

class CrossingNode implements Bus {
  readonly #local: LocalBus;
  readonly #nodes: readonly CrossingNode[];
  readonly #wanted = new Map<Topic, number>();
  readonly #writer = new BusMessageWriter();
  readonly #clock: Clock;
  #n = 0;

  constructor(nodes: readonly CrossingNode[], clock: Clock, fault: (error: unknown) => void) {
    this.#local = new LocalBus(fault);
    this.#nodes = nodes;
    this.#clock = clock;
  }

  publish(hint: Hint): void {
    const { accounts, topics, all } = targetsOf(hint);
    for (const node of this.#nodes) {
      const here = accounts.filter((account) => node.#wants(accountTopic(account)));
      if (!all && here.length === 0 && !topics.some((topic) => node.#wants(topic))) continue;
      if (node === this) this.#local.publish(hint);
      else node.#take(hint, here);
    }
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    return this.#local.subscribe(listener);
  }

  want(topic: Topic): () => void {
    this.#wanted.set(topic, (this.#wanted.get(topic) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.#wanted.get(topic) ?? 0) - 1;
      if (left > 0) this.#wanted.set(topic, left);
      else this.#wanted.delete(topic);
    };
  }

  ready(): Promise<void> {
    return this.#local.ready();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#local[Symbol.asyncDispose]();
  }

  #wants(topic: Topic): boolean {
    return this.#wanted.has(topic);
  }

  #take(hint: Hint, accounts: readonly AccountId[]): void {
    if (this.#writer.isEmpty) this.#clock.after(busBatchMs, () => this.#arrive());
    this.#writer.add(hint, accounts);
  }

  #arrive(): void {
    const bytes = this.#writer.finish({ publisher, n: ++this.#n, isLate: false, isLast: false });
    for (const hint of decodeBusMessage(bytes)?.hints ?? []) this.#local.publish(hint);
  }
}

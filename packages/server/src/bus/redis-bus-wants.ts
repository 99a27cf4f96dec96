// What this node wants to hear of, as it stands in Redis for everybody who publishes: under each topic the nodes that
// want it. What comes to be wanted is also called out, for those who believe an older answer; calls are numbered, and come
// at least once a second. It promises that what stands there follows what is wanted, also after Redis has lost it, and says
// which topics stood there too late: here, and by leaving a number out. Only the newest entry of a node is ever taken down
// by it.

import type { Command, RedisClient } from '../engines/redis.ts';
import type { Clock } from '../kernel/clock.ts';
import * as limits from '../kernel/engine-limits.ts';
import type { Topic } from './bus.ts';

/** What it needs. */
export interface WantsParts {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly node: string;
  readonly clock: Clock;
  readonly fault: (error: unknown) => void;
  /** These stand there only now, although they were said to be known. */
  readonly late: (topics: readonly Topic[]) => void;
}

/** The key under which the nodes stand that want a topic. */
export const routeKey = (prefix: string, topic: Topic): string => `${prefix}r:${topic}`;

/** The channel on which every publisher hears what nodes begin to want. */
export const wantsChannel = (prefix: string): string => `${prefix}wants`;

/** What a node calls out. */
export interface Call {
  readonly node: string;
  /** Rises by one with every call of this node. From 1 on. */
  readonly n: number;
  /** The node goes; silence from now on means nothing. */
  readonly isLast: boolean;
  /** What it wants from now on. */
  readonly topics: readonly Topic[];
}

const goes = 'goes';
const stays = 'stays';

export function readCall(bytes: Uint8Array): Call {
  const [node = '', n, state, ...topics] = Buffer.from(bytes).toString().split(' ');
  return { node, n: Number(n), isLast: state === goes, topics: topics as Topic[] };
}

const writeCall = ({ node, n, isLast, topics }: Call): string => [node, n, isLast ? goes : stays, ...topics].join(' ');

/** Topics that are wanted here. */
export class Wants {
  readonly #parts: WantsParts;
  readonly #counts = new Map<Topic, number>();
  /** Which entry of ours stands under a topic. */
  readonly #entries = new Map<Topic, number>();
  /** Topics whose entry must be written, or taken down; the first first. */
  readonly #changed = new Set<Topic>();
  /** Topics that came to be wanted and have not been called out. */
  readonly #fresh = new Set<Topic>();
  /** How many ever became such, and of how many it was tried. */
  #begun = 0;
  #tried = 0;
  /** Who waits until so many were tried; the first first. */
  #waiting: { readonly until: number; readonly since: number; readonly resolve: () => void }[] = [];
  #isWatching = false;
  /** Of those, the ones that could not be written in time; of them it is said when they are. */
  readonly #late = new Set<Topic>();
  #underWay: readonly Topic[] = [];
  #entry = 0;
  #calls = 0;
  #hasCalled = false;
  #writing: Promise<void> | null = null;
  #isDue = false;
  #renewed: Iterator<Topic, undefined> = this.#counts.keys();

  constructor(parts: WantsParts) {
    this.#parts = parts;
  }

  want(topic: Topic): () => void {
    const count = this.#counts.get(topic) ?? 0;
    this.#counts.set(topic, count + 1);
    if (count === 0) {
      this.#fresh.add(topic);
      this.#change(topic);
    }
    let isWanted = true;
    return () => {
      if (isWanted) this.#giveUp(topic);
      isWanted = false;
    };
  }

  /** Resolves when everything that was changed before stands there, or cannot be written now, or not soon. */
  async ready(): Promise<void> {
    const until = this.#begun;
    if (this.#tried >= until) return;
    const waiting = new Promise<void>((resolve) => {
      this.#waiting.push({ until, since: this.#parts.clock.now(), resolve });
    });
    this.#watch();
    this.#write().catch(this.#parts.fault);
    await waiting;
  }

  /** Nobody waits for too long. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#parts.clock.after(limits.busReadyMs / 2, () => {
      this.#isWatching = false;
      const [first] = this.#waiting;
      if (first === undefined) return;
      if (this.#parts.clock.now() - first.since < limits.busReadyMs / 2) this.#watch();
      else {
        this.#tooLate();
        for (const { resolve } of this.#waiting.splice(0)) resolve();
      }
    });
  }

  /** What does not stand there yet will stand there too late. */
  #tooLate(): void {
    for (const topic of [...this.#underWay, ...this.#changed]) this.#late.add(topic);
  }

  /** Everything is written again: it may be gone, and others may have looked meanwhile. */
  async rewrite(): Promise<void> {
    for (const topic of this.#counts.keys()) this.#note(topic);
    await this.ready();
    this.#calls++;
  }

  /**
   * Time passes: a part of all entries is written again before they end, what could not be written is tried, and who has
   * not called lately does.
   */
  beat(everyMs: number): void {
    if (!this.#hasCalled) this.#parts.client.run([this.#call([])]).catch(this.#parts.fault);
    this.#hasCalled = false;
    const count = Math.ceil((this.#counts.size * everyMs) / limits.busRouteRenewalMs);
    for (let n = 0; n < count; n++) {
      const topic = this.#nextToRenew();
      if (topic !== null) this.#note(topic);
    }
    if (this.#changed.size > 0) this.#soon();
  }

  /** Takes down all entries. */
  async close(): Promise<void> {
    for (const topic of this.#counts.keys()) this.#note(topic);
    this.#counts.clear();
    this.#fresh.clear();
    await this.ready();
    if (this.#calls > 0) await this.#parts.client.run([this.#call([], true)]).catch(this.#parts.fault);
  }

  #nextToRenew(): Topic | null {
    const next = this.#renewed.next();
    if (next.done !== true) return next.value;
    this.#renewed = this.#counts.keys();
    const first = this.#renewed.next();
    return first.done === true ? null : first.value;
  }

  #giveUp(topic: Topic): void {
    const count = (this.#counts.get(topic) ?? 0) - 1;
    if (count > 0) this.#counts.set(topic, count);
    else {
      this.#counts.delete(topic);
      this.#fresh.delete(topic);
      this.#change(topic);
    }
  }

  #change(topic: Topic): void {
    this.#note(topic);
    this.#soon();
  }

  #note(topic: Topic): void {
    if (this.#changed.has(topic)) return;
    this.#changed.add(topic);
    this.#begun++;
  }

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#parts.clock.after(limits.busBatchMs, () => {
      this.#isDue = false;
      if (this.#changed.size > 0) this.#write().catch(this.#parts.fault);
    });
  }

  /** One writing at a time, so that what is written last stands there. Never rejects. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#changed.size > 0) {
      const topics = this.#take();
      this.#underWay = topics;
      // What comes to be wanted from here on is called out by the next writing.
      const called = topics.filter((topic) => this.#fresh.delete(topic));
      try {
        const commands = topics.flatMap((topic) => this.#commands(topic));
        // After they are written: who hears it and looks them up finds them.
        if (called.length > 0) commands.push(this.#call(called));
        for (const answer of await this.#parts.client.run(commands)) if (answer instanceof Error) throw answer;
      } catch (error) {
        // The next beat tries again.
        for (const topic of topics) this.#note(topic);
        for (const topic of called) if (this.#counts.has(topic)) this.#fresh.add(topic);
        this.#underWay = [];
        this.#tooLate();
        this.#parts.fault(error);
        // Whoever waits for any of it waits no longer; from here on it counts as new.
        this.#settle(this.#begun);
        this.#begun += this.#changed.size;
        return;
      }
      this.#underWay = [];
      for (const topic of topics) if (!this.#counts.has(topic)) this.#entries.delete(topic);
      this.#tellLate(topics);
      this.#settle(this.#tried + topics.length);
    }
  }

  /** The first of what is changed: as many as are written at once. */
  #take(): readonly Topic[] {
    const topics: Topic[] = [];
    for (const topic of this.#changed) {
      if (topics.length === limits.maxRedisCommands) break;
      topics.push(topic);
      this.#changed.delete(topic);
    }
    return topics;
  }

  /** So many were tried: who waited for them goes on. */
  #settle(tried: number): void {
    this.#tried = tried;
    const over = this.#waiting.findIndex(({ until }) => until > tried);
    const done = this.#waiting.splice(0, over < 0 ? this.#waiting.length : over);
    for (const { resolve } of done) resolve();
  }

  #commands(topic: Topic): readonly Command[] {
    const { prefix, node } = this.#parts;
    const key = routeKey(prefix, topic);
    if (this.#counts.has(topic)) {
      const entry = ++this.#entry;
      this.#entries.set(topic, entry);
      return [
        ['HSET', key, node, entry],
        ['PEXPIRE', key, limits.busRouteLifeMs],
      ];
    }
    const entry = this.#entries.get(topic);
    return entry === undefined ? [] : [['EVAL', takeDown, 1, key, node, entry]];
  }

  #call(topics: readonly Topic[], isLast = false): Command {
    const { prefix, node } = this.#parts;
    this.#hasCalled = true;
    return ['SPUBLISH', wantsChannel(prefix), writeCall({ node, n: ++this.#calls, isLast, topics })];
  }

  #tellLate(written: readonly Topic[]): void {
    const late = written.filter((topic) => this.#late.delete(topic) && this.#counts.has(topic));
    if (late.length === 0) return;
    this.#calls++;
    this.#parts.late(late);
  }
}

/** Deletes an entry only when it is the one that is meant. */
const takeDown = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0`;

// People who write without a pause, at gateways that come and go. Every tick is remembered with its moment, so that the
// longest silence under a fault can be said; at the end everything that was ticked is looked for.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationId, MessageId } from '@parley/protocol';
import { judge, readAll, type Verdict } from '../end-to-end/loss-checker.ts';
import { directChat, type Person, signUp } from '../end-to-end/people.ts';
import { call } from '../end-to-end/rest.ts';

/** Messages of one person that wait for their tick. */
const windowSize = 4;
const pauseMs = 15;
/** On a small machine the load takes the processors that something needs to start: then it may be less. */
export const startPauseMs = 100;
const reconnectMs = 200;
const lookMs = 20;
/** Who waits for a tick, and hears nothing at all for so long, connects elsewhere: nobody says that a host is cut off. */
const silenceMs = 8_000;
/** How often and for how long at most what was ticked is looked for. */
const rereadMs = 1_000;
const mostRereadMs = 60_000;

/** Has this person so many contacts? */
async function areContacts(url: string, { token }: Person, count: number): Promise<boolean> {
  const { items } = await call<{ items: { contact?: boolean }[] }>(url, 'GET', '/v1/conversations', { token });
  return items.filter(({ contact }) => contact === true).length >= count;
}

/** Load on a cluster. */
export class Load {
  readonly #urls: readonly string[];
  readonly #people: Person[] = [];
  readonly #chats = new Map<ConversationId, readonly Person[]>();
  readonly #said = new Map<ConversationId, Set<string>>();
  readonly #stopping = new AbortController();
  readonly #startPauseMs: number;
  #pauseMs = pauseMs;
  #work: Promise<unknown>[] = [];
  #lastTick = 0;
  #longestMs = 0;
  /** When each person's last tick came, and the longest that one of them waited. */
  #lastTicks: number[] = [];
  #longestWaitMs = 0;
  /** When somebody last got a message, and the longest time in which nobody did. */
  #lastHeard = 0;
  #longestUnheardMs = 0;

  private constructor(urls: readonly string[], startPause: number) {
    this.#urls = urls;
    this.#startPauseMs = startPause;
  }

  /** Six people, three chats between two gateways, and one group of all; the load is the same all the time, unless it is said. */
  static async begin(urls: readonly string[], startPause = pauseMs): Promise<Load> {
    const load = new Load(urls, startPause);
    const at = (n: number) => urls[n % urls.length] as string;
    for (let n = 0; n < 6; n++) load.#people.push(await signUp(at(n), `person${n}`));
    for (let n = 0; n < 6; n += 2) {
      const pair = load.#people.slice(n, n + 2) as [Person, Person];
      load.#chats.set(await directChat(at(n), ...pair), pair);
    }
    const [first, ...others] = load.#people as [Person, ...Person[]];
    // Who shares a group must have met.
    for (const other of others.slice(1)) await directChat(at(0), first, other);
    // Only contacts are put into a group at once; that both have written is known when it is applied.
    while (!(await areContacts(at(0), first, others.length))) await wait(lookMs);
    const made = await call<{ conversation_id: ConversationId }>(at(0), 'POST', '/v1/conversations', {
      token: first.token,
      body: { kind: 'group', members: others.map(({ account }) => account) },
    });
    load.#chats.set(made.conversation_id, load.#people);
    for (const id of load.#chats.keys()) load.#said.set(id, new Set());
    load.#lastTick = Date.now();
    load.#lastHeard = Date.now();
    load.#lastTicks = load.#people.map(() => Date.now());
    for (const [n, person] of load.#people.entries())
      load.#work.push(load.#stayConnected(person, n), load.#write(person));
    load.#work.push(load.#watch());
    await load.ticks(50);
    return load;
  }

  /** Two who write to each other. */
  get pair(): { readonly chat: ConversationId; readonly from: Person; readonly to: Person } {
    const [chat, [from, to]] = [...this.#chats][0] as [ConversationId, readonly [Person, Person]];
    return { chat, from, to };
  }

  /** How each of them stands, in words. */
  people(): string {
    return this.#people
      .map(
        ({ handle, client }) =>
          `${handle} ${client.isReady ? 'in' : 'out'} ${client.history.acked.size}+${client.pending}`,
      )
      .join(', ');
  }

  get acked(): number {
    return this.#people.reduce((sum, { client }) => sum + client.history.acked.size, 0);
  }

  /** Resolves when so many more ticks have come. */
  async ticks(count: number): Promise<void> {
    for (const wanted = this.acked + count; this.acked < wanted; ) await wait(lookMs);
  }

  /** Resolves when every person has had a tick since now. */
  async everybody(): Promise<void> {
    const before = this.#people.map(({ client }) => client.history.acked.size);
    while (this.#people.some(({ client }, n) => client.history.acked.size <= (before[n] ?? 0))) await wait(lookMs);
  }

  /** Resolves when in every chat somebody has got something since now. */
  async everyChat(): Promise<void> {
    const quiet = new Set(this.#chats.keys());
    const seen = this.#people.map(({ client }) => client.history.received.length);
    while (quiet.size > 0) {
      await wait(lookMs);
      for (const [n, { client }] of this.#people.entries()) {
        const { received } = client.history;
        for (const { conversation_id } of received.slice(seen[n])) quiet.delete(conversation_id as ConversationId);
        seen[n] = received.length;
      }
    }
  }

  /** While something starts, the load is what was said for that. */
  async whileStarting(start: () => Promise<unknown>): Promise<void> {
    this.#pauseMs = this.#startPauseMs;
    try {
      await start();
    } finally {
      this.#pauseMs = pauseMs;
    }
  }

  /** The longest time without a tick since it was asked for last. Milliseconds. */
  takeLongestGap(): number {
    const gap = Math.max(this.#longestMs, Date.now() - this.#lastTick);
    this.#longestMs = 0;
    this.#lastTick = Date.now();
    return gap;
  }

  /** The longest time that one of them was without a tick, since it was asked for last. Milliseconds. */
  takeLongestWait(): number {
    const now = Date.now();
    const wait = Math.max(this.#longestWaitMs, ...this.#lastTicks.map((last) => now - last));
    this.#longestWaitMs = 0;
    this.#lastTicks = this.#lastTicks.map(() => now);
    return wait;
  }

  /** The longest time in which nobody got a message, since it was asked for last. Milliseconds. */
  takeLongestUnheard(): number {
    const unheard = Math.max(this.#longestUnheardMs, Date.now() - this.#lastHeard);
    this.#longestUnheardMs = 0;
    this.#lastHeard = Date.now();
    return unheard;
  }

  /**
   * Stops writing, and compares what was ticked with what everybody reads. A tick says that the log has it: where an
   * owner has just changed it is read a moment later.
   */
  async end(): Promise<Verdict> {
    this.#stopping.abort();
    for (const { client } of this.#people) client.disconnect();
    await Promise.all(this.#work);
    for (let waited = 0; ; waited += rereadMs) {
      const verdict = await this.#judge();
      if (verdict.lost.length === 0 || waited >= mostRereadMs) return verdict;
      await wait(rereadMs);
    }
  }

  async #judge(): Promise<Verdict> {
    const total: { acked: number } & Record<'lost' | 'repeated' | 'holes' | 'disagreements', string[]> = {
      acked: 0,
      ...{ lost: [], repeated: [], holes: [], disagreements: [] },
    };
    const ticked = new Set(this.#people.flatMap(({ client }) => [...client.history.acked]));
    for (const [id, members] of this.#chats) {
      const readers = await Promise.all(
        members.map(({ token }, n) => readAll(this.#urls[n % this.#urls.length] as string, token, id)),
      );
      const here = new Set([...(this.#said.get(id) ?? [])].filter((message) => ticked.has(message)));
      const verdict = judge(id, here, readers);
      total.acked += verdict.acked;
      for (const key of ['lost', 'repeated', 'holes', 'disagreements'] as const) total[key].push(...verdict[key]);
    }
    return total;
  }

  async #stayConnected({ client }: Person, n: number): Promise<void> {
    for (let at = n; !this.#stopping.signal.aborted; at++) {
      const url = this.#urls[at % this.#urls.length] as string;
      const isOpen = await client.connect(url).then(
        () => true,
        () => false,
      );
      const isThere = () => client.isReady && (client.pending === 0 || Date.now() - client.heardAt < silenceMs);
      while (isOpen && isThere() && !this.#stopping.signal.aborted) await wait(lookMs);
      client.disconnect();
      await wait(reconnectMs);
    }
  }

  async #write(person: Person): Promise<void> {
    const mine = [...this.#chats].filter(([, members]) => members.includes(person)).map(([id]) => id);
    const { client } = person;
    const waiting = new Set<MessageId>();
    for (let n = 0; !this.#stopping.signal.aborted; n++) {
      // What came back has its place, also when its tick was lost on the way.
      for (const id of waiting) if (client.history.acked.has(id) || !client.holds(id)) waiting.delete(id);
      if (waiting.size < windowSize) {
        const where = mine[n % mine.length] as ConversationId;
        const id = client.say(where, `${person.handle}/${n}`, randomBytes(10));
        this.#said.get(where)?.add(id);
        waiting.add(id);
      }
      await wait(this.#pauseMs);
    }
  }

  async #watch(): Promise<void> {
    const counts = this.#people.map(() => 0);
    const heard = () => this.#people.reduce((sum, { client }) => sum + client.history.received.length, 0);
    let got = 0;
    for (let before = this.acked; !this.#stopping.signal.aborted; await wait(lookMs / 2)) {
      const { acked } = this;
      const now = Date.now();
      if (heard() !== got) {
        got = heard();
        this.#longestUnheardMs = Math.max(this.#longestUnheardMs, now - this.#lastHeard);
        this.#lastHeard = now;
      }
      if (acked === before) continue;
      before = acked;
      this.#longestMs = Math.max(this.#longestMs, now - this.#lastTick);
      this.#lastTick = now;
      for (const [n, { client }] of this.#people.entries()) this.#watchOne(n, client.history.acked.size, counts, now);
    }
  }

  #watchOne(n: number, acked: number, counts: number[], now: number): void {
    if (acked === counts[n]) return;
    counts[n] = acked;
    this.#longestWaitMs = Math.max(this.#longestWaitMs, now - (this.#lastTicks[n] ?? now));
    this.#lastTicks[n] = now;
  }
}

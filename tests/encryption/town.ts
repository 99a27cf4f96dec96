// A whole server in memory and whole clients of it, each behind a man in the middle who is the server as far as the
// client can tell: he rewrites answers and frames, keeps some back, and says what nobody said. Time is the test's.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { AccountId, Session } from '@parley/protocol';
import type { Client, Conversation, Host, HttpRequest, HttpResponse, MessageView, SocketEvents } from '@parley/sdk';
import { settle } from '../../packages/sdk/src/fixture.ts';
import { connect } from '../../packages/sdk/src/platform/memory.ts';
import { LocalBus } from '../../packages/server/src/bus/local-bus.ts';
import { composeNode, type Node } from '../../packages/server/src/compose-node.ts';
import { memoryDirectory } from '../../packages/server/src/directory/memory-directory.ts';
import { MemoryEphemeral } from '../../packages/server/src/ephemeral/memory-ephemeral.ts';
import { Socket } from '../../packages/server/src/gateway/socket.ts';
import { sweepMs } from '../../packages/server/src/kernel/limits.ts';
import { ManualClock } from '../../packages/server/src/kernel/manual-clock.ts';
import { silentEvents } from '../../packages/server/src/kernel/silent-events.ts';
import { MemoryLog } from '../../packages/server/src/log/memory-log.ts';
import { MemoryBlobs } from '../../packages/server/src/media/memory-blobs.ts';
import { MemoryPresence } from '../../packages/server/src/presence/memory-presence.ts';
import { MemoryStore } from '../../packages/server/src/store/memory-store.ts';
import { unframe } from '../simulation/connection.ts';
import { serveCall } from '../simulation/desk.ts';
import { type Ask, Man } from './man.ts';
import { quickHasher } from './quick-hasher.ts';

export const password = 'correct horse battery staple';
/** So often time goes on a little before what a test waits for has to be there. */
const maxTurns = 6_000;
const turnMs = 20;
/** And then so often, and so long in real milliseconds, work that takes no time of theirs is waited for. */
const maxWaits = 1_500;
const waitMs = 10;

/** Somebody with a client. */
export interface Resident {
  readonly client: Client;
  readonly man: Man;
  readonly account: AccountId;
  readonly session: Session;
  /** The server, without the man. */
  readonly ask: Ask;
}

/** One server and its people. */
export class Town {
  readonly clock = new ManualClock();
  readonly #node: Node;
  readonly #stopping = new AbortController();
  readonly #sockets = new Set<Socket>();
  readonly #residents: Resident[] = [];
  readonly faults: unknown[] = [];

  private constructor() {
    const { clock } = this;
    const fault = (_: string, error: unknown) => this.faults.push(error);
    this.#node = composeNode({
      log: new MemoryLog({ clock, random }),
      store: new MemoryStore(),
      directory: memoryDirectory(),
      bus: new LocalBus((error) => fault('bus', error)),
      presence: new MemoryPresence(clock, (error) => fault('presence', error)),
      ephemeral: new MemoryEphemeral(clock),
      blobs: new MemoryBlobs(clock),
      fileBytesPerAccount: 1_000_000_000,
      clock,
      random,
      events: silentEvents(fault),
      hasher: quickHasher,
      policy: { signup: 'open', guests: false, people: 'members', serverName: 'Town', version: '0' },
      defer: setImmediate,
      rateFactor: 1_000,
      nextEpoch: null,
      facts: async () => ({ uptimeMs: 0, dataBytes: 0 }),
    });
  }

  /** Opens it; it is closed, and looked at for faults, when the test is over. */
  static async open(t: TestContext): Promise<Town> {
    const town = new Town();
    await town.#node.ready();
    town.#sweep();
    t.after(async () => {
      await town.#close();
      assert.deepEqual(town.faults, []);
    });
    return town;
  }

  /** A new account, whose client is ready to seal. */
  async join(handle: string): Promise<Resident> {
    const body = { handle, name: handle, password, device_name: 'Laptop' };
    const one = await this.connectAs(await this.#enter('/v1/accounts', body));
    await this.until(() => one.client.encryption.snapshot.recovery === 'offered', `${handle} is ready`);
    return one;
  }

  /** A second device of an account. */
  async signIn(handle: string): Promise<Resident> {
    return this.connectAs(await this.#enter('/v1/sessions', { handle, password, device_name: 'Phone' }));
  }

  /** Lets time pass until it is so. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < maxTurns; turn++) {
      if (isSo()) return;
      await this.pass(turnMs);
    }
    // Keys take their own time, which no clock of ours can pass.
    for (let wait = 0; wait < maxWaits; wait++) {
      if (isSo()) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await settle();
    }
    assert.fail(`never: ${what}`);
  }

  /** A deed that needs time to pass. */
  async done<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const watched = work.finally(() => {
      over = true;
    });
    watched.catch(() => {});
    await this.until(() => over, 'it is done');
    return watched;
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= turnMs) {
      await settle();
      this.clock.advance(Math.min(left, turnMs));
      await settle();
    }
  }

  async #enter(path: string, body: object): Promise<Session> {
    const answer = await this.#ask(null)({ method: 'POST', path, body });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body as Session;
  }

  /** The client of a session, on a device that keeps nothing else of it. */
  async connectAs(session: Session, waits = true): Promise<Resident> {
    const man = new Man();
    const ask = this.#ask(session.token ?? null);
    const host: Pick<Host, 'sockets' | 'http' | 'clock' | 'random'> = {
      sockets: { open: (events) => this.#socket(events, man) },
      http: { call: async (request) => this.#between(man, ask, request) },
      clock: this.clock,
      random,
    };
    const client = await this.done(connect({ ...host, token: session.token ?? null }));
    const resident = { client, man, account: session.me.account, session, ask };
    this.#residents.push(resident);
    if (waits) await this.until(() => client.state.snapshot.phase === 'online', 'it is online');
    return resident;
  }

  async #between(man: Man, ask: Ask, request: HttpRequest): Promise<HttpResponse> {
    const answer = await man.answer(request, ask);
    return { status: answer.status, body: JSON.parse(JSON.stringify(answer.body ?? null)) };
  }

  #ask(token: string | null): Ask {
    const fault = (_: string, error: unknown) => this.faults.push(error);
    const { handlers, authenticate } = this.#node;
    const desk = { routes: handlers, authenticate, signal: this.#stopping.signal, fault };
    return async (request) => {
      const body: unknown = request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body));
      return serveCall(desk, { ...request, body }, token);
    };
  }

  #socket(events: SocketEvents, man: Man) {
    let isOpen = true;
    const end = (code: number) => {
      if (!isOpen) return;
      isOpen = false;
      this.#sockets.delete(socket);
      setImmediate(() => events.onClose(code, ''));
    };
    const tell = (bytes: Uint8Array) => {
      for (const { text } of unframe(bytes)) {
        if (text === null) setImmediate(() => socket.heard());
        else
          setImmediate(() => {
            if (isOpen) for (const one of man.lower(text)) events.onText(one);
          });
      }
    };
    const gone = () => this.#sockets.delete(socket);
    const wire = { write: tell, bufferedBytes: 0, pause() {}, resume() {}, close: end, terminate: () => end(1006) };
    const socket: Socket = new Socket(wire, { ...this.#node.socketParts, gone }, null, '192.0.2.1');
    this.#sockets.add(socket);
    setImmediate(() => {
      man.events = events;
      events.onOpen();
    });
    return {
      send: (text: string) => {
        const raised = man.raise(text);
        setImmediate(() => {
          for (const one of raised) socket.receive(one);
        });
      },
      close: (code: number) => {
        if (!isOpen) return;
        isOpen = false;
        setImmediate(() => socket.closed(code));
      },
      bufferedBytes: 0,
    };
  }

  #sweep(): void {
    this.clock.after(sweepMs, () => {
      for (const socket of this.#sockets) socket.sweep(this.clock.now());
      this.#sweep();
    });
  }

  async #close(): Promise<void> {
    for (const { man } of this.#residents) man.honest();
    await Promise.all(this.#residents.map(({ client }) => this.done(client.close())));
    this.#stopping.abort();
    await this.done(Promise.resolve(this.#node[Symbol.asyncDispose]()));
  }
}

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };

/** Two people who talk, seen from both ends: contacts, one message each way. */
export async function pair(t: TestContext) {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const { one, other } = await meet(town, ana, ben);
  return { town, ana, ben, withBen: one, withAna: other };
}

/** They become contacts. */
export async function meet(town: Town, a: Resident, b: Resident) {
  const one = await town.done(a.client.createDirect(b.account));
  await say(town, one, 'hello');
  const other = await there(town, b, one);
  await reads(town, other, 'hello');
  await town.done(other.accept());
  await say(town, other, 'hi');
  await reads(town, one, 'hi');
  return { one, other };
}

/** A group of Ana with the others, who are in it, as each of them sees it. */
export async function groupOf(town: Town, ana: Resident, ...others: readonly Resident[]) {
  for (const other of others) await meet(town, ana, other);
  const made = await town.done(
    ana.client.createGroup(
      'Garden',
      others.map(({ account }) => account),
    ),
  );
  const seen: Conversation[] = [];
  for (const other of others) seen.push(await there(town, other, made));
  await say(town, made, 'welcome');
  for (const one of seen) await reads(town, one, 'welcome');
  return [made, ...seen] as const;
}

/** The same conversation at another end, as soon as it is known there. */
export async function there(town: Town, resident: Resident, { id }: Conversation): Promise<Conversation> {
  await town.until(() => resident.client.conversation(id) !== null, 'the conversation is there');
  return resident.client.conversation(id) ?? assert.fail();
}

/** Says it; resolves when it has its place. */
export async function say(town: Town, conversation: Conversation, text: string): Promise<number> {
  return town.done((await town.done(conversation.send(text))).placed());
}

/** Waits until the newest row is this one. */
export async function reads(town: Town, conversation: Conversation, newest: string): Promise<void> {
  const timeline = conversation.timeline();
  await town.until(() => rowOf(timeline.snapshot.items.at(-1)) === newest, `the newest row is ${newest}`);
  timeline.close();
}

/** The newest rows become these, oldest first. */
export async function shows(town: Town, conversation: Conversation, newest: readonly string[]): Promise<void> {
  const timeline = conversation.timeline();
  const rows = () => timeline.snapshot.items.slice(-newest.length).map(rowOf);
  await town.until(() => rows().join('\n') === newest.join('\n'), `it shows ${newest.join(', ')}`);
  timeline.close();
}

/** What a conversation shows, oldest first: text, or why there is none. */
export async function shown(town: Town, conversation: Conversation): Promise<readonly string[]> {
  const timeline = conversation.timeline();
  await town.pass(200);
  const items = timeline.snapshot.items.map(rowOf);
  timeline.close();
  return items;
}

function rowOf(item: MessageView | undefined): string {
  if (item === undefined) return '';
  if (item.type === 'undecryptable') return `(${item.unreadable})`;
  return item.text === '' ? `[${item.change?.action ?? item.type}]` : item.text;
}

/** What this client wrote into a conversation went out sealed, whatever it was. */
export function assertSealed({ man }: Pick<Resident, 'man'>, { id }: Pick<Conversation, 'id'>): void {
  const frames = man.heard.filter((frame) => frame.type === 'message').filter((frame) => frame.conversation_id === id);
  assert.ok(frames.length > 0);
  for (const { content, format } of frames) if (content !== undefined) assert.equal(format, 'sealed');
}

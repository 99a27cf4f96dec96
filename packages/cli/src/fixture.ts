// A terminal that remembers, and a world without a network: the client of a command is one whose server is the test.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { AccountId, FrameDown, Conversation as WireConversation } from '@parley/protocol';
import { ChatError, type ChatErrorCode } from '@parley/sdk';
import {
  ana,
  ben,
  chat,
  cleo,
  group,
  leading,
  notes,
  quiet,
  record,
  room,
  Stage,
  wire,
} from '../../sdk/src/client-fixture.ts';
import { entranceOver } from '../../sdk/src/entrance.ts';
import { HandHttp, settle } from '../../sdk/src/fixture.ts';
import type { CryptoProvider } from '../../sdk/src/ports.ts';
import { restOver } from '../../sdk/src/rest.ts';
import type { World } from './context.ts';
import { main } from './main.ts';
import { writeProfile } from './profile.ts';

/** How long a command may take to come to where a test wants it: only one that fails takes so long. */
const patienceMs = 30_000;
const maxSeconds = 100;
/** Turns of the loop in each second that passes: files are read and modules loaded in their own time. */
const turnsASecond = 400;

export const server = 'http://localhost:8420';

/** Text that was written, piece by piece. */
class Written extends Writable {
  text = '';
  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.text += piece.toString();
    done();
  }

  get lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

/** A home, a terminal, a world; commands are run in it one after the other. */
export class Desk {
  readonly home: string;
  readonly http = new HandHttp();
  readonly input = new PassThrough();
  output = new Written();
  chatter = new Written();
  /** The next client that a command opens. */
  stage: Stage | null = null;
  /** What commands gave to `connect`. */
  readonly opened: Parameters<World['connect']>[0][] = [];
  /** Deadlines that were set; the test ends them. */
  readonly deadlines: AbortController[] = [];
  #interrupt = new AbortController();
  #refusal: ChatError | null = null;

  private constructor(home: string) {
    this.home = home;
  }

  /** With `signedIn` there is a profile of Ana, and a client that is online with these conversations. */
  static async open(
    t: TestContext,
    conversations?: readonly WireConversation[],
    crypto: Partial<CryptoProvider> = {},
  ): Promise<Desk> {
    const home = await mkdtemp(join(tmpdir(), 'parley-cli-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const desk = new Desk(home);
    if (conversations === undefined) return desk;
    await writeProfile(desk.profileFolder, { server, handle: 'ana' });
    await desk.sitDown(t, conversations, crypto);
    return desk;
  }

  /** The client that commands open from now on: online, with these conversations. */
  async sitDown(
    t: TestContext,
    conversations: readonly WireConversation[],
    crypto: Partial<CryptoProvider> = {},
  ): Promise<void> {
    const stage = await Stage.open(undefined, 1, { crypto });
    this.stage = stage;
    // A command closes its client; one that was never opened is closed here.
    t.after(() => stage.close());
    leading(stage, ben);
    stage.http.on('GET /v1/accounts', { items: [person(ben, 'ben', 'Ben'), person(cleo, 'cleo', 'Cleo')] });
    await stage.up([...conversations, wire(notes, { peer: undefined as never, kind: 'direct' })]);
  }

  /** From now on no client opens: this is why. */
  refuseToConnect(code: ChatErrorCode): void {
    this.#refusal = new ChatError(code);
  }

  get profileFolder(): string {
    return join(this.home, 'profiles', 'default');
  }

  /** The stage of a signed-in desk. */
  get client(): Stage {
    if (this.stage === null) throw new Error('nobody is signed in at this desk');
    return this.stage;
  }

  /** Runs a command to its end; resolves to its exit code. */
  run(...args: readonly string[]): Promise<number> {
    this.output = new Written();
    this.chatter = new Written();
    this.#interrupt = new AbortController();
    return main(args, this.#terminal(), this.#world());
  }

  /** Begins a command that waits for something, and returns once that is so. */
  async begin(args: readonly string[], ready: () => boolean): Promise<{ readonly ended: Promise<number> }> {
    const ended = this.run(...args);
    const over = ended.then((code) => `it ended with ${code}`);
    // Files are read, and sealed, in their own time, on a busy machine too.
    for (const until = Date.now() + patienceMs; Date.now() < until && !ready(); ) {
      const end = await Promise.race([over, wait(1)]);
      if (end !== undefined && !ready()) assert.fail(`${end}: ${this.chatter.text}`);
    }
    assert.ok(ready(), `the command did not come to this: ${this.chatter.text}`);
    return { ended };
  }

  /** Waits for something, as long as a busy machine needs for it. */
  async until(isSo: () => boolean): Promise<void> {
    for (const until = Date.now() + patienceMs; Date.now() < until && !isSo(); ) await wait(1);
    assert.ok(isSo(), `${this.chatter.text}\n${this.output.text}`);
  }

  /** Lets everything that is ready happen. */
  async waits(turns = 10): Promise<'waits'> {
    for (let turn = 0; turn < turns; turn++) await settle();
    return 'waits';
  }

  /** Lets time pass, and gives every message its tick, until the command has ended. */
  async pass(ended: Promise<number>): Promise<number> {
    for (let seconds = 0; seconds < maxSeconds; seconds++) {
      const code = await Promise.race([ended, this.waits(turnsASecond)]);
      if (code !== 'waits') return code;
      for (const { id } of this.client.outgoing) await this.client.push({ type: 'sent', id } as FrameDown);
      await this.client.pass(1_000);
    }
    assert.fail(`the command did not end in time: ${this.chatter.text}`);
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#interrupt.abort();
  }

  /** The objects that were printed with --json. */
  get objects(): readonly Record<string, unknown>[] {
    return this.output.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  #terminal() {
    return {
      input: this.input,
      output: this.output,
      chatter: this.chatter,
      interactive: false,
      environment: { PARLEY_HOME: this.home },
      interrupted: this.#interrupt.signal,
    };
  }

  #world(): World {
    return {
      connect: async (options) => {
        this.opened.push(options);
        if (this.#refusal !== null) throw this.#refusal;
        return this.client.client;
      },
      entrance: () => entranceOver(restOver(this.http), false, () => {}),
      timeout: () => {
        const deadline = new AbortController();
        this.deadlines.push(deadline);
        return deadline.signal;
      },
      now: () => Date.UTC(2026, 10, 25, 12),
    };
  }
}

export function person(account: AccountId, handle: string, name: string): object {
  return { account, handle, name, kind: 'person' };
}

/** The record that gives a group its title. */
export const named = (conversation: WireConversation, title: string) =>
  record(conversation.conversation_id, 1, quiet({ type: 'state', title }));

export const trip = wire(group, { kind: 'group', peer: undefined as never, member_count: 3 });
export const desk = wire(room, { kind: 'room', peer: undefined as never, title: 'Help desk' });
export { ana, ben, chat, cleo, group, notes, quiet, record, room, wire };

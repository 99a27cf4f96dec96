// The echo bot of a server: an ordinary client in a process and folder of its own. The server makes its account, hands
// it a token once on standard input, starts it again when it ends, and ends it by closing its input.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunningServer } from './compose.ts';
import { echoFolder } from './compose-files.ts';
import type { Node } from './compose-node.ts';
import type { DataFolder } from './host/data-folder.ts';
import { hostClock } from './kernel/clock.ts';
import type { Events } from './kernel/events.ts';
import { echoRestartMs, maxEchoRestartMs } from './kernel/limits.ts';

const program = fileURLToPath(new URL('../../cli/src/echo-bot.ts', import.meta.url));
const wish = { handle: 'echo', name: 'Echo' };
/** How long it may take to leave, in milliseconds. */
const leaveMs = 3_000;
/** With this exit code it says that it has no token, or none that is good. */
const signedOut = 4;

/** Makes its account, so that newcomers meet it. To be called before anybody can sign up. */
export async function makeEchoBot(node: Node, events: Events): Promise<string | null> {
  const bot = await node.accounts.createBot({ ...wish, login: false });
  if (bot.ok) {
    node.greetBy(bot.value.account);
    return bot.value.token;
  }
  events.step('there is no echo bot', { code: bot.code });
  return null;
}

/** Starts its process; does nothing where the program is not installed. `token`: of an account that is new. */
export function startEchoBot(
  { node, port }: Pick<RunningServer, 'node' | 'port'>,
  { folder, token, events }: { readonly folder: DataFolder; readonly token: string | null; readonly events: Events },
): AsyncDisposable {
  if (!existsSync(program)) {
    events.step('the echo bot is not installed');
    return new AsyncDisposableStack();
  }
  const home = folder.file(echoFolder);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const bot = new EchoBot(`http://127.0.0.1:${port}`, { home, node, events });
  bot.start(token);
  return bot;
}

class EchoBot implements AsyncDisposable {
  readonly #address: string;
  readonly #home: string;
  readonly #node: Node;
  readonly #events: Events;
  #child: ChildProcess | null = null;
  #waitMs = echoRestartMs;
  #cancel = () => {};
  #isOver = false;

  constructor(
    address: string,
    { home, node, events }: { readonly home: string; readonly node: Node; readonly events: Events },
  ) {
    this.#address = address;
    this.#home = home;
    this.#node = node;
    this.#events = events;
  }

  /** `token` for its first start; later its folder has it. */
  start(token: string | null): void {
    const startedAt = hostClock.now();
    const child = spawn(process.execPath, [program, this.#address, this.#home], { stdio: ['pipe', 'ignore', 'pipe'] });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.stdin.write(`${token ?? ''}\n`);
    child.stderr.on('data', (text: Buffer) =>
      this.#events.step('echo bot', { said: text.toString().slice(0, 200).trim() }),
    );
    child.once('error', (error) => this.#events.fault('echo-bot', error));
    child.once('close', (code) => this.#again(hostClock.now() - startedAt, code === signedOut));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#cancel();
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.stdin?.end();
    const cancel = hostClock.after(leaveMs, () => child.kill('SIGKILL'));
    await gone;
    cancel();
  }

  #again(livedMs: number, isSignedOut: boolean): void {
    if (this.#isOver) return;
    this.#waitMs = livedMs > maxEchoRestartMs ? echoRestartMs : Math.min(this.#waitMs * 2, maxEchoRestartMs);
    this.#cancel = hostClock.after(this.#waitMs, () => {
      this.#tokenFor(isSignedOut).then(
        (token) => {
          if (!this.#isOver) this.start(token);
        },
        (error) => this.#events.fault('echo-bot', error),
      );
    });
  }

  async #tokenFor(isSignedOut: boolean): Promise<string | null> {
    if (!isSignedOut) return null;
    const bot = await this.#node.accounts.createBot({ ...wish, login: true });
    return bot.ok ? bot.value.token : null;
  }
}

// The client of the protocol's guide, as it is printed there: two of them in one room, while the server and one of the
// two are killed in the middle of what they say.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freshFolder, startServer } from './server-process.ts';

const program = fileURLToPath(new URL('../../docs/examples/client.mjs', import.meta.url));
const password = 'a demo, not a secret';
/** All of it; far above what it takes. Milliseconds. */
const storyMs = 300_000;
const beforeKill = 150;
const afterKill = 150;

/** A client in a process of its own, what it printed, and whoever waits for more. */
class Client {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  #bell = Promise.withResolvers<void>();

  constructor(url: string, handle: string, folder: string) {
    const args = [program, url, handle, password, 'Garden', join(folder, `${handle}.json`)];
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('the client has no output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#bell.resolve();
      this.#bell = Promise.withResolvers<void>();
    });
  }

  say(...texts: readonly string[]): void {
    this.#child.stdin?.write(`${texts.join('\n')}\n`);
  }

  /** Resolves when so many of its lines are like this. */
  async has(count: number, pattern: RegExp): Promise<void> {
    while (this.lines.filter((line) => pattern.test(line)).length < count) await this.#bell.promise;
  }

  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

test('[EXM5] the client of the guide loses nothing and says nothing twice, whatever is killed', {
  timeout: storyMs,
}, async () => {
  const folder = await freshFolder();
  const environment = { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '100' };
  const first = await startServer(folder, environment);
  const { url } = first.summary;
  const ana = new Client(url, 'ana', folder);
  ana.say('Hello');
  await ana.has(1, /^✓ Hello$/);
  const ben = new Client(url, 'ben', folder);
  await ben.has(1, /: Hello$/);

  const texts = (from: number, count: number) => Array.from({ length: count }, (_, n) => `text ${from + n}`);
  ana.say(...texts(0, beforeKill));
  await ana.has(beforeKill / 2, /^✓ text/);
  await first.kill();
  ana.say(...texts(beforeKill, afterKill));
  await using _second = await startServer(folder, { ...environment, PARLEY_PORT: new URL(url).port });
  // Some of them are on their way now, with or without an answer.
  await ana.has(beforeKill + 10, /^✓ text/);
  await ana.kill();
  const again = new Client(url, 'ana', folder);
  again.say('The end');
  await ben.has(1, /: The end$/);

  const heard = ben.lines.map((line) => /^(\d+) a_[\w-]{22}: (.*)$/.exec(line));
  const typed = Number((heard.at(-2)?.[2] ?? '').slice('text '.length)) + 1;
  assert.deepEqual(
    heard.map((each) => each?.[2]),
    ['Hello', ...texts(0, typed), 'The end'],
  );
  assert.ok(typed >= beforeKill + 10, `${typed} of them were typed before the client was killed`);
  const seqs = heard.map((each) => Number(each?.[1]));
  assert.ok(
    seqs.every((seq, n) => n === 0 || seq > (seqs[n - 1] ?? 0)),
    'in one order',
  );
  await Promise.all([again.kill(), ben.kill()]);
});

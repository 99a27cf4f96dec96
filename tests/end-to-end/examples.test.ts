// What the documents show, tried as they say: the ten lines of SDK in Node, and the story of a newcomer at the terminal.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';
import { moveIn } from './town.ts';

const demoPassword = 'a demo, not a secret';
const hello = fileURLToPath(new URL('../../docs/examples/hello.mjs', import.meta.url));
const parley = fileURLToPath(new URL('../../packages/cli/bin/parley.mjs', import.meta.url));
/** A command that takes longer has failed, in milliseconds. */
const commandMs = 60_000;
let server: RunningServer;
let home: string;

before(async () => {
  server = await startServer(await freshFolder(), { PARLEY_SIGNUP: 'open' });
  home = await mkdtemp(join(tmpdir(), 'parley-home-'));
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly chatter: string;
}

/** Runs a program of Node to its end. */
function run(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, PARLEY_HOME: home };
    const child = execFile(process.execPath, args, { env, timeout: commandMs }, (error, output, chatter) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, output, chatter });
    });
    child.stdin?.end(input);
  });
}

/** The command line, as this person. */
const as = (who: string, ...args: readonly string[]) => run([parley, '--profile', who, ...args], demoPassword);

test('[EXM1] the ten lines of the README run as they are printed', { timeout: 2 * commandMs }, async () => {
  const { url } = server.summary;
  // Somebody is there to read it.
  await using _ben = await moveIn(url, 'ben', 'Ben');
  // The address is the only thing that is not as printed: a page says it to a browser, this says it to Node.
  const here = `data:text/javascript,globalThis.location=new URL(${JSON.stringify(url)})`;
  const { code, output, chatter } = await run(['--import', here, hello]);
  assert.equal(code, 0, chatter);
  assert.match(output, /Its place in the chat: \d+\n/);
});

test('[CLI21] [CLI22] a third profile recovers and reads what was said before', {
  timeout: 10 * commandMs,
}, async () => {
  const { url } = server.summary;
  for (const who of ['fay', 'gus'])
    assert.equal((await as(who, 'register', who, '--server', url, '--password-stdin')).code, 0);
  assert.equal((await as('fay', 'send', '@gus', 'Hello', 'Gus')).code, 0);
  assert.equal((await as('gus', 'accept', '@fay')).code, 0);
  assert.equal((await as('gus', 'send', '@fay', 'Hello', 'Fay')).code, 0);
  assert.match((await as('fay', 'history', '@gus')).output, /Hello Fay/);
  const { words } = JSON.parse((await as('fay', 'recovery-key', '--json')).output) as { words: readonly string[] };

  const login = await as('fay2', 'login', 'fay', '--server', url, '--password-stdin');
  assert.match(login.chatter, /cannot read them yet\.\n(.*\n)*.*parley recover\n/);
  assert.match((await as('fay2', 'history', '@gus')).output, /you: \(waiting for this message\)/);
  const refused = await as('fay2', 'send', '@gus', 'Who am I?');
  assert.deepEqual([refused.code, refused.output], [4, '']);
  assert.match(refused.chatter, /^parley: encryption\.needs_linking: /);
  const typed = (key: readonly string[]) => run([parley, '--profile', 'fay2', 'recover', '--key-stdin'], key.join(' '));
  const short = await typed(words.slice(1));
  assert.equal(short.code, 1);
  assert.match(short.chatter, /^parley: recovery\.invalid: One word is missing: there are 23 of 24\.\n$/);
  const recovered = await typed(words);
  assert.equal(recovered.code, 0, recovered.chatter);
  assert.match((await as('fay2', 'history', '@gus')).output, /you: Hello Gus.*\n(.*\n)*.*gus: Hello Fay\n/);
  assert.equal((await as('fay2', 'send', '@gus', 'It is me')).code, 0);
  assert.match((await as('gus', 'history', '@fay')).output, /fay: It is me\n/);
});

test('[EXM4] two people meet at the terminal', { timeout: 10 * commandMs }, async () => {
  const { url } = server.summary;
  for (const who of ['cleo', 'dan']) {
    const made = await as(who, 'register', who, '--server', url, '--password-stdin');
    assert.deepEqual([made.code, made.output], [0, `Signed in as @${who}.\n`], made.chatter);
  }
  assert.equal((await as('cleo', 'send', '@dan', 'Hello', 'Dan')).code, 0);
  const history = await as('dan', 'history', '@cleo', '--json', '--mark-read');
  const messages = history.output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const said = messages.filter(({ type }) => type === undefined);
  assert.deepEqual(
    said.map(({ sender, content, state }) => [sender, content, state]),
    [['cleo', 'Hello Dan', 'received']],
  );
  assert.equal((await as('dan', 'send', '@cleo', 'Hello Cleo')).code, 0);
  assert.match((await as('cleo', 'search', 'cleo')).output, / @dan: Hello Cleo\n$/);
  assert.match((await as('cleo', 'conversations')).output, /@dan {17}Hello Cleo {2}\(1 unread\)\n/);

  const refused = await as('cleo', 'send', '@nobody', 'Hello');
  assert.deepEqual([refused.code, refused.output], [1, '']);
  assert.match(refused.chatter, /^parley: account\.unknown: /);
  assert.equal((await as('cleo', 'send')).code, 2);
  assert.equal((await as('eve', 'whoami')).code, 2);
  assert.equal((await as('eve', 'login', 'dan', '--server', 'http://localhost:1', '--password-stdin')).code, 3);
  assert.equal((await as('cleo', 'logout')).code, 2, 'the history would be lost');
  assert.equal((await as('cleo', 'logout', '--yes')).code, 0);
  assert.equal((await as('cleo', 'whoami')).code, 2);
});

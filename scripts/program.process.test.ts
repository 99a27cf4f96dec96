import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.ts';

const runtime = new URL('../packages/cli/bin/runtime.mjs', import.meta.url).href;

/** Says `ready`, then the name of every signal it gets, and leaves with 7 after SIGTERM. */
const program = `
process.on('SIGINT', () => console.log('SIGINT'));
process.on('SIGHUP', () => console.log('SIGHUP'));
process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(7); });
setInterval(() => {}, 1000);
console.log('ready');
`;

/** The launcher over a program given as text, as `npm start` is over the server. */
function launch(context: TestContext, code: string): { launcher: ChildProcess; lines: AsyncIterator<string> } {
  const text = `
    import { runUnder } from ${JSON.stringify(runtime)};
    process.exitCode = await runUnder({ path: process.execPath }, ['-e', ${JSON.stringify(code)}]);
  `;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'pipe'] });
  context.after(() => launcher.kill('SIGKILL'));
  return { launcher, lines: linesOf(launcher) };
}

async function* linesOf({ stdout }: ChildProcess): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of stdout ?? []) {
    text += String(chunk);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}

const next = async (lines: AsyncIterator<string>): Promise<string> => {
  const read: IteratorResult<string, unknown> = await lines.next();
  return String(read.value);
};

test('[RUN8] signals reach the program, and its exit code comes back', async (context) => {
  const { launcher, lines } = launch(context, program);
  assert.equal(await next(lines), 'ready');
  launcher.kill('SIGHUP');
  assert.equal(await next(lines), 'SIGHUP');
  launcher.kill('SIGTERM');
  assert.equal(await next(lines), 'SIGTERM');
  assert.deepEqual(await once(launcher, 'exit'), [7, null]);
});

test('[RUN8] one key press that arrives twice is one signal', async (context) => {
  const { launcher, lines } = launch(context, program);
  assert.equal(await next(lines), 'ready');
  launcher.kill('SIGINT');
  assert.equal(await next(lines), 'SIGINT');
  launcher.kill('SIGINT');
  launcher.kill('SIGTERM');
  assert.equal(await next(lines), 'SIGTERM');
  await once(launcher, 'exit');
});

test('[RUN8] a program that a signal ended gives 128 and its number', async (context) => {
  const { launcher } = launch(context, "process.kill(process.pid, 'SIGKILL')");
  assert.deepEqual(await once(launcher, 'exit'), [137, null]);
});

test('[RUN9] a program is heard to its end, whatever its exit code', async () => {
  const code = "console.log('out'); console.error('err'); process.exitCode = 3";
  const ended = await runProgram(process.execPath, ['-e', code], { timeoutMs: 30_000 });
  assert.equal(ended.code, 3);
  assert.match(ended.output, /out/);
  assert.match(ended.output, /err/);
});

test('[RUN9] a program that cannot be started is said, not thrown', async () => {
  const missing = fileURLToPath(new URL('./no-such-program', import.meta.url));
  const ended = await runProgram(missing, [], { timeoutMs: 30_000 });
  assert.equal(ended.code, 127);
  assert.match(ended.output, /ENOENT/);
});

test('[RUN9] past its deadline a program is ended with everything that it started', async () => {
  // The inner program holds the output open: without its end the outer one would never be done.
  const code = `
    const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', "console.log('inner'); setInterval(() => {}, 1000)"], { stdio: 'inherit' });
    setInterval(() => {}, 1000);
  `;
  const ended = await runProgram(process.execPath, ['-e', code], { timeoutMs: 1_500 });
  assert.equal(ended.code, 124);
  assert.match(ended.output, /inner\n.*took longer than 2 s/s);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { maxControlLineBytes } from '../kernel/limits.ts';
import { askControl, type ControlCommand, serveControl } from './control.ts';

/** Serves commands until the test ends, however it does; answers where. */
async function open(t: TestContext, commands: Record<string, ControlCommand>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-control-'));
  const path = join(folder, 'control.sock');
  const control = await serveControl(path, commands, () => {});
  t.after(async () => {
    await control[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return path;
}

test('[CFG11] a command gets its arguments, tells how far it is, and answers', async (t) => {
  const path = await open(t, {
    async copy(given, note) {
      note('half');
      return { copied: given.to };
    },
  });
  const notes: string[] = [];
  assert.deepEqual(await askControl(path, 'copy', { to: 'there' }, (text) => notes.push(text)), { copied: 'there' });
  assert.deepEqual(notes, ['half']);
});

test('[CFG11] an unknown command, nonsense and a failing command are answered with words', async (t) => {
  const path = await open(t, {
    async fail() {
      throw new Error('the disk is full');
    },
  });
  await assert.rejects(askControl(path, 'toString', {}), /does not know the command "toString"/);
  await assert.rejects(askControl(path, 'fail', {}), /the disk is full/);
  const network = connect(path);
  network.write('nonsense\n');
  const [answer] = (await once(network, 'data')) as [Buffer];
  assert.deepEqual(JSON.parse(String(answer)), { error: 'not a command' });
});

test('[CFG11] a line is bounded, and a command learns that its asker is gone', async (t) => {
  const asked = Promise.withResolvers<AbortSignal>();
  const path = await open(t, {
    wait(_given, _note, signal) {
      asked.resolve(signal);
      return new Promise(() => {});
    },
  });
  const greedy = connect(path);
  greedy.on('error', () => {});
  greedy.write('x'.repeat(maxControlLineBytes + 1));
  await once(greedy, 'close');
  const network = connect(path);
  network.write('{"command":"wait"}\n');
  const signal = await asked.promise;
  network.destroy();
  if (!signal.aborted) await once(signal, 'abort');
});

test('[CFG11] a socket that a killed server left behind is replaced, and only its owner can open it', async (t) => {
  const path = await open(t, {});
  await using again = await serveControl(path, { ping: async () => 'pong' }, () => {});
  assert.equal(await askControl(again.path, 'ping', {}), 'pong');
  assert.equal(statSync(path).mode & 0o077, 0);
});

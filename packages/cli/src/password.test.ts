import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Interrupted, UsageError } from './exit-codes.ts';
import { choosePassword, readPassword } from './password.ts';
import type { Terminal } from './terminal.ts';

/** A keyboard, and what is seen on the screen. */
function keyboard(): {
  readonly terminal: Terminal;
  readonly type: (text: string) => void;
  readonly seen: () => string;
} {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const chatter = new PassThrough();
  const terminal: Terminal = {
    input,
    output: new PassThrough(),
    chatter,
    interactive: true,
    environment: {},
    interrupted: new AbortController().signal,
  };
  let seen = '';
  chatter.on('data', (piece: Buffer) => {
    seen += piece.toString();
  });
  return { terminal, type: (text) => void input.write(text), seen: () => seen };
}

test('[CLI9] a password is asked for without showing it', async () => {
  const { terminal, type, seen } = keyboard();
  const asked = readPassword(terminal, false);
  type('correct horse\r');
  assert.equal(await asked, 'correct horse');
  assert.equal(seen().includes('horse'), false);
  assert.ok(seen().includes('Password: '));
});

test('[CLI9] a new password is asked for twice, and must be the same', async () => {
  const { terminal, type } = keyboard();
  const asked = choosePassword(terminal, false);
  type('correct horse\r');
  setImmediate(() => type('correct house\r'));
  await assert.rejects(asked, (error: unknown) => error instanceof UsageError && error.message.includes('differ'));
});

test('[CLI9] Ctrl-C at the question ends the command, Ctrl-D as well', async () => {
  const one = keyboard();
  const interrupted = readPassword(one.terminal, false);
  one.type('\u0003');
  await assert.rejects(interrupted, Interrupted);
  const other = keyboard();
  const ended = readPassword(other.terminal, false);
  other.type('\u0004');
  await assert.rejects(ended, UsageError);
});

test('[CLI9] standard input gives it when told so, without its last line end; without a terminal it must', async () => {
  const { terminal } = keyboard();
  const piped = new PassThrough();
  piped.end(' two words \r\n');
  assert.equal(await readPassword({ ...terminal, input: piped }, true), ' two words ');
  await assert.rejects(readPassword({ ...terminal, input: new PassThrough() }, false), /--password-stdin/);
  const endless = new PassThrough();
  endless.end('x'.repeat(64 * 1024 + 1));
  await assert.rejects(readPassword({ ...terminal, input: endless }, true), UsageError);
});

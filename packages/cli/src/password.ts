// Asks for a password without showing it, or takes it from standard input when told so. It is never an argument,
// which other users of the machine could read.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Interrupted, UsageError } from './exit-codes.ts';
import { readInput, type Terminal } from './terminal.ts';

/** A password that exists. */
export async function readPassword(terminal: Terminal, fromInput: boolean): Promise<string> {
  return fromInput ? readInput(terminal) : ask(terminal, 'Password: ');
}

/** A new password: asked for twice, because nobody sees what is typed. */
export async function choosePassword(terminal: Terminal, fromInput: boolean): Promise<string> {
  if (fromInput) return readInput(terminal);
  const first = await ask(terminal, 'Choose a password: ');
  if (first !== (await ask(terminal, 'The same again: '))) throw new UsageError('the two passwords differ');
  return first;
}

async function ask(terminal: Terminal, prompt: string): Promise<string> {
  if (!('isTTY' in terminal.input) || terminal.input.isTTY !== true)
    throw new UsageError('no terminal to ask for the password; give it on standard input with --password-stdin');
  let silent = false;
  const muted = new Writable({
    write(piece: Buffer, _encoding, done) {
      if (!silent) terminal.chatter.write(piece);
      done();
    },
  });
  const asking = createInterface({ input: terminal.input, output: muted, terminal: true });
  // Ctrl-C and Ctrl-D are keys here, and no signals.
  const left = new Promise<never>((_resolve, reject) => {
    asking.once('SIGINT', () => reject(new Interrupted('interrupted')));
    asking.once('close', () => reject(new UsageError('no password was given')));
  });
  const answer = asking.question(prompt, { signal: terminal.interrupted });
  silent = true;
  try {
    return await Promise.race([answer, left]);
  } finally {
    asking.close();
    terminal.chatter.write('\n');
  }
}

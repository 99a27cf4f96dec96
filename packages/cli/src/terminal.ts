// Standard input, output and error as an argument, so that commands can be tested. Data goes to output,
// chatter to error; with --json every line of output is one object.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './exit-codes.ts';

export interface Terminal {
  readonly input: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly chatter: NodeJS.WritableStream;
  /** Is a person looking at the output? */
  readonly interactive: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts on Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Longest password or text that is read from standard input, in bytes. */
const maxInputBytes = 64 * 1024;

/** Text for people: control characters of others are shown, not obeyed. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Everything on standard input, without the last line end. */
export async function readInput(terminal: Terminal): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of terminal.input) {
    const bytes = Buffer.from(piece as Buffer);
    size += bytes.length;
    if (size > maxInputBytes) throw new UsageError(`standard input has more than ${maxInputBytes} bytes`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** A password: from standard input when told so, else asked for without showing it. */
export async function readPassword(terminal: Terminal, fromInput: boolean, prompt = 'Password: '): Promise<string> {
  if (fromInput) return readInput(terminal);
  if (!('isTTY' in terminal.input) || terminal.input.isTTY !== true) {
    throw new UsageError('no terminal to ask for the password; give it on standard input with --password-stdin');
  }
  let silent = false;
  const muted = new Writable({
    write(piece, _encoding, done) {
      if (!silent) terminal.chatter.write(piece);
      done();
    },
  });
  const asking = createInterface({ input: terminal.input, output: muted, terminal: true });
  const answer = asking.question(prompt, { signal: terminal.interrupted });
  silent = true;
  try {
    return await answer;
  } finally {
    asking.close();
    terminal.chatter.write('\n');
  }
}

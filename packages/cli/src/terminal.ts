// Standard input, output and error as an argument, so that commands can be tested. Data goes to output,
// chatter to error; with --json every line of output is one object.
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

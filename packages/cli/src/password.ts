// Asks for a password or a recovery key without showing it, or takes it from standard input when told so. A secret is
// never an argument, which other users of the machine could read.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { RecoveryReading } from '@parley/sdk/recovery';
import { Interrupted, UsageError } from './exit-codes.ts';
import { readInput, type Terminal } from './terminal.ts';

/** A password that exists. */
export async function readPassword(terminal: Terminal, fromInput: boolean): Promise<string> {
  return fromInput ? readInput(terminal) : ask(terminal, { prompt: 'Password: ', ...password });
}

/** A new password: asked for twice, because nobody sees what is typed. */
export async function choosePassword(terminal: Terminal, fromInput: boolean): Promise<string> {
  if (fromInput) return readInput(terminal);
  const first = await ask(terminal, { prompt: 'Choose a password: ', ...password });
  if (first !== (await ask(terminal, { prompt: 'The same again: ', ...password })))
    throw new UsageError('the two passwords differ');
  return first;
}

/** A recovery key as it stands on paper: words or groups, on one line or several. An empty line ends it. */
export async function readKeyText(terminal: Terminal, fromInput: boolean): Promise<string> {
  if (fromInput) return readInput(terminal);
  const { readRecoveryKey } = await import('@parley/sdk/recovery');
  const prompt = `Recovery key (${recoveryKeyForms}; it is not shown): `;
  const isWhole = (text: string, line: string) => line.trim() === '' || !isTooShort(readRecoveryKey(text));
  return ask(terminal, { prompt, what: 'the recovery key', option: '--key-stdin', isWhole });
}

/** A line that anybody may see. `option`: what to use where there is no terminal, if anything. */
export async function askShown(terminal: Terminal, prompt: string, option?: string): Promise<string> {
  return ask(terminal, { prompt, what: 'the answer', isShown: true, ...(option !== undefined && { option }) });
}

/** A word that is typed to go on; anything else stops. What is typed is shown. */
export async function agree(terminal: Terminal, word: string): Promise<boolean> {
  const prompt = `Type "${word}" to go on: `;
  const said = await ask(terminal, { prompt, what: 'the answer', option: '--yes', isShown: true });
  return said.trim().toLowerCase() === word;
}

/** Somebody types here. */
export function canAsk({ input }: Terminal): boolean {
  return 'isTTY' in input && input.isTTY === true;
}

/** A recovery key has as many words, or as many signs in its groups. */
const [words, signs] = [24, 56];
const recoveryKeyForms = '24 words or 14 groups';
const password = { what: 'the password', option: '--password-stdin' } as const;

/** More of it may follow on the next line. */
function isTooShort(reading: RecoveryReading): boolean {
  if (reading.ok) return false;
  if (reading.problem === 'word_count') return reading.found < words;
  return reading.problem === 'sign_count' && reading.found < signs;
}

interface Question {
  readonly prompt: string;
  readonly what: string;
  /** What to use where there is no terminal, if anything. */
  readonly option?: string;
  readonly isShown?: boolean;
  /** No other line belongs to it. */
  readonly isWhole?: (text: string, line: string) => boolean;
}

async function ask(terminal: Terminal, question: Question): Promise<string> {
  const { prompt, what, option, isShown = false, isWhole = () => true } = question;
  const { input, chatter, interrupted } = terminal;
  if (!canAsk(terminal))
    throw new UsageError(`no terminal to ask for ${what}${option === undefined ? '' : `; use ${option}`}`);
  const echo = new Writable({
    write(piece: Buffer, _encoding, done) {
      if (isShown) chatter.write(piece);
      done();
    },
  });
  chatter.write(prompt);
  const asking = createInterface({ input, output: echo, terminal: true });
  const lines: string[] = [];
  const stop = () => asking.close();
  interrupted.addEventListener('abort', stop);
  try {
    return await new Promise<string>((resolve, reject) => {
      // Several lines may come at once, when they are pasted.
      asking.on('line', (line) => {
        lines.push(line);
        const text = lines.join(' ');
        if (isWhole(text, line)) resolve(text);
      });
      // Ctrl-C and Ctrl-D are keys here, and no signals.
      asking.once('SIGINT', () => reject(new Interrupted('interrupted')));
      asking.once('close', () => reject(new UsageError(`${what} was not given`)));
    });
  } finally {
    interrupted.removeEventListener('abort', stop);
    asking.close();
    if (!isShown) chatter.write('\n');
  }
}

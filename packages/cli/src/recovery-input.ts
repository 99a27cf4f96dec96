// A recovery key as somebody gives it to a command: what is wrong with it is said before the server is asked.
import { Refused } from './exit-codes.ts';
import { readKeyText } from './password.ts';
import type { Terminal } from './terminal.ts';

/** The text of a recovery key. @throws {Refused} it is none */
export async function readGoodKey(terminal: Terminal, fromInput: boolean): Promise<string> {
  const text = await readKeyText(terminal, fromInput);
  const { describeProblem, readRecoveryKey } = await import('@parley/sdk/recovery');
  const reading = readRecoveryKey(text);
  if (!reading.ok) throw new Refused('recovery.invalid', describeProblem(reading));
  return text;
}

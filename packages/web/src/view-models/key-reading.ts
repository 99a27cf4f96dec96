// A recovery key while it is typed: what it still lacks, and what is wrong with it. The list of words is loaded when
// somebody begins to type.

/** `hint` while it may still become a key. */
export interface KeyReading {
  readonly isKey: boolean;
  readonly hint: string | null;
  readonly problem: string | null;
}

export const nothingRead: KeyReading = { isKey: false, hint: null, problem: null };

const wordCount = 24;
const signCount = 56;

/** A word that is still being written is no mistake yet, nor is one that is still to come. */
export async function readSoFar(text: string): Promise<KeyReading> {
  if (text.trim() === '') return nothingRead;
  const reader = await import('@parley/sdk/recovery').catch(() => null);
  // The next letter tries to load it again.
  if (reader === null) return nothingRead;
  const { readRecoveryKey, describeProblem } = reader;
  const whole = readRecoveryKey(text);
  if (whole.ok) return { ...nothingRead, isKey: true };
  const begun = whole.problem === 'unknown_word' && text.toLowerCase().endsWith(whole.word) ? whole.word : '';
  const reading = readRecoveryKey(text.slice(0, text.length - begun.length));
  if (reading.ok) return { ...nothingRead, problem: describeProblem(whole) };
  if (reading.problem === 'empty') return nothingRead;
  const isShort =
    (reading.problem === 'word_count' && reading.found < wordCount) ||
    (reading.problem === 'sign_count' && reading.found < signCount);
  if (isShort) return { ...nothingRead, hint: describeProblem(reading) };
  return { ...nothingRead, problem: describeProblem(reading) };
}

// The line that is being written, as a value: what stands before the cursor and what after it. Keys make the next one.

export interface Line {
  readonly before: string;
  readonly after: string;
}

/** What a key does to a line; text is put in as it is. */
export type LineKey = 'left' | 'right' | 'start' | 'end' | 'backspace' | 'delete' | 'clear' | 'word';

export const emptyLine: Line = { before: '', after: '' };

const signs = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export const lineText = ({ before, after }: Line): string => before + after;

/** Puts text in at the cursor. */
export function typed({ before, after }: Line, text: string): Line {
  return { before: before + text, after };
}

/** What the line is after a key. A sign of several code points moves and goes as one. */
export function pressed(line: Line, key: LineKey): Line {
  const { before, after } = line;
  const last = [...signs.segment(before)].at(-1)?.segment ?? '';
  const [first] = signs.segment(after);
  const next = first?.segment ?? '';
  switch (key) {
    case 'left':
      return { before: before.slice(0, before.length - last.length), after: last + after };
    case 'right':
      return { before: before + next, after: after.slice(next.length) };
    case 'start':
      return { before: '', after: before + after };
    case 'end':
      return { before: before + after, after: '' };
    case 'backspace':
      return { before: before.slice(0, before.length - last.length), after };
    case 'delete':
      return { before, after: after.slice(next.length) };
    case 'clear':
      return { before: '', after };
    case 'word':
      return { before: before.replace(/\S*\s*$/, ''), after };
  }
}

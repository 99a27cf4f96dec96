// What is pressed, as strokes. A terminal may hand over several keys at once (typed ahead, or sent by a program): each
// of them counts, and none becomes text that it is not.
import type { LineKey } from './line-editor.ts';
import { printable } from './printable.ts';

/** What the screen does. */
export type Stroke =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'line'; readonly key: LineKey }
  | { readonly type: 'send' | 'next' | 'older' | 'newer' | 'dismiss' };

/** A key as Ink tells of it; whatever has no name of its own comes as text. */
export interface Pressed {
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

const named: readonly (readonly [keyof Pressed, Stroke])[] = [
  ['leftArrow', { type: 'line', key: 'left' }],
  ['rightArrow', { type: 'line', key: 'right' }],
  ['home', { type: 'line', key: 'start' }],
  ['end', { type: 'line', key: 'end' }],
  ['backspace', { type: 'line', key: 'backspace' }],
  ['delete', { type: 'line', key: 'delete' }],
  ['pageUp', { type: 'older' }],
  ['pageDown', { type: 'newer' }],
  ['return', { type: 'send' }],
  ['escape', { type: 'dismiss' }],
  ['tab', { type: 'next' }],
];

/** By the letter that is held with Ctrl. */
const controls: Readonly<Record<string, Stroke>> = {
  a: { type: 'line', key: 'start' },
  e: { type: 'line', key: 'end' },
  h: { type: 'line', key: 'backspace' },
  i: { type: 'next' },
  j: { type: 'send' },
  m: { type: 'send' },
  u: { type: 'line', key: 'clear' },
  w: { type: 'line', key: 'word' },
};

/** The strokes of one event, in their order. */
export function strokesOf(input: string, key: Pressed): readonly Stroke[] {
  const found = named.find(([name]) => key[name]);
  if (found !== undefined) return [found[1]];
  if (key.ctrl) return strokeOf(controls[input]);
  return key.meta ? [] : input.split(/(\p{Cc})/u).flatMap(pieceOf);
}

/** What was pasted: text on one line. */
export function pastedText(text: string): string {
  return printable(text.trimEnd());
}

function pieceOf(piece: string): readonly Stroke[] {
  if (piece === '') return [];
  if (!/^\p{Cc}$/u.test(piece)) return [{ type: 'text', text: printable(piece) }];
  const code = piece.charCodeAt(0);
  if (code === 0x7f) return [{ type: 'line', key: 'backspace' }];
  return strokeOf(controls[String.fromCharCode(code + 0x60)]);
}

function strokeOf(stroke: Stroke | undefined): readonly Stroke[] {
  return stroke === undefined ? [] : [stroke];
}

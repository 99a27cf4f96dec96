// Frame ⇄ text. Decoding checks size, depth and shape, and says which field is wrong; it never throws.
// This file compiles validators, so the browser imports types and tables instead (see `index.ts`).
import { Compile } from 'typebox/compile';
import type { ErrorCode } from './errors.ts';
import { type FrameUp, type FrameUpType, framesUp } from './frame.ts';
import { maxJsonDepth } from './limits.ts';

/** A frame, or the refusal to send back. `ref` and `id` are taken from the text when it had them. */
export type Decoded =
  | { readonly ok: true; readonly frame: FrameUp }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly ref?: string;
      readonly id?: string;
      readonly path?: string;
    };

const validators = Object.fromEntries(Object.entries(framesUp).map(([type, schema]) => [type, Compile(schema)])) as {
  readonly [K in FrameUpType]: ReturnType<typeof Compile>;
};

/** Reads one frame from a client. Unknown fields are ignored by every user of it; they are not removed. */
export function decodeFrameUp(text: string): Decoded {
  let value: unknown;
  try {
    if (isDeeperThan(text, maxJsonDepth)) return { ok: false, code: 'frame.malformed' };
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: 'frame.malformed' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, code: 'frame.malformed' };
  const { type } = value as { readonly type?: unknown };
  if (typeof type !== 'string') return { ok: false, code: 'frame.invalid', path: '/type', ...referred(value) };
  if (!Object.hasOwn(framesUp, type)) return { ok: false, code: 'frame.unknown', ...referred(value) };
  const validator = validators[type as FrameUpType];
  if (validator.Check(value)) return { ok: true, frame: value as FrameUp };
  return { ok: false, code: 'frame.invalid', path: wrongField(validator.Errors(value)), ...referred(value) };
}

/** JSON pointer to the first field that is wrong. Of one that is missing the object around it is what the check names. */
export function wrongField(errors: ReturnType<ReturnType<typeof Compile>['Errors']>): string {
  const [error] = errors;
  if (error === undefined) return '/';
  const [missing] = error.keyword === 'required' ? error.params.requiredProperties : [];
  return `${error.instancePath}${missing === undefined ? '' : `/${missing}`}`.slice(0, 200) || '/';
}

/** What a refusal of this frame can refer to. */
function referred(frame: object): { readonly ref?: string; readonly id?: string } {
  const { ref, id } = frame as { readonly ref?: unknown; readonly id?: unknown };
  return {
    ...(typeof ref === 'string' && ref.length <= 64 ? { ref } : {}),
    ...(typeof id === 'string' && id.length <= 64 ? { id } : {}),
  };
}

/** Text of a frame. */
export function encodeFrame(frame: object): string {
  return JSON.stringify(frame);
}

/** Does the nesting of this JSON text pass `depth`? Brackets inside strings do not count. */
export function isDeeperThan(text: string, depth: number): boolean {
  if (text.length <= depth) return false;
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) i = endOfString(text, i);
    else if (c === 123 || c === 91) {
      if (++open > depth) return true;
    } else if (c === 125 || c === 93) open--;
  }
  return false;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(quote - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

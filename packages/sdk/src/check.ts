// What can never be sent is refused before it is kept: it would only come back.
import type { Body } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import { readBody } from './crypto/plain.ts';
import { ChatError } from './error.ts';
import { maxBodyFrameBytes } from './limits.ts';
import { utf8Length } from './utf8.ts';

/** Throws `message.too_large` or `frame.invalid` for a text that no server takes. */
export function checkText(text: string): void {
  if (text.length > wire.maxTextCharacters || utf8Length(text) > wire.maxTextBytes)
    throw new ChatError('message.too_large');
  if (text.trim() === '') throw new ChatError('frame.invalid');
}

/** Throws `message.too_large` when the body does not fit a frame, `frame.invalid` when it is not of its shape. */
export function checkBody(body: Body): void {
  const content = JSON.stringify(body);
  // Inside a frame it is JSON once more.
  if (content.length > wire.maxContentBytes || utf8Length(JSON.stringify(content)) > maxBodyFrameBytes)
    throw new ChatError('message.too_large');
  if (readBody(body) === null) throw new ChatError('frame.invalid');
}

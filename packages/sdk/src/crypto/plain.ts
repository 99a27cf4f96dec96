// The crypto provider until encryption lands: content is the text itself, or the body as JSON. It reads what others
// wrote with care: a body that is not of a known shape is opened as far as it makes sense, or not at all.
import type { AccountId, Body, PictureBody } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { CryptoProvider } from '../ports.ts';
import { readFileBody } from './file-body.ts';

/** Says so in its name: nothing is encrypted, and nothing is kept. */
export const plainCrypto: CryptoProvider = {
  name: 'plain',
  start() {},
  seal: async ({ body }) => {
    const bare = body.type === 'text' && body.reply_to === undefined && body.forwarded === undefined;
    return bare ? { content: body.text, format: 'text' } : { content: JSON.stringify(body), format: 'body' };
  },
  open: async ({ content, format }) => {
    const body = format === 'text' ? readBody({ type: 'text', text: content }) : readJson(content);
    return body === null ? { body, reason: 'broken', session: null } : { body };
  },
  sealsSetting: () => false,
  sealSetting: async (_key, value) => value,
  openSetting: async (_key, value) => value,
  receive: async () => {},
  keysChanged() {},
  close: async () => {},
  wipe: async () => {},
  desk: null,
  membership: null,
};

function readJson(content: string): Body | null {
  try {
    return readBody(JSON.parse(content));
  } catch {
    return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** A body of a known type with fields of the right types, or null. Unknown fields are left out. */
export function readBody(value: unknown): Body | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Fields;
  const { type, target, text, emoji, pinned, options, account } = fields;
  switch (type) {
    case 'text':
      return readText(fields);
    case 'edit':
      return isSeq(target) && isText(text, limits.maxTextCharacters) && text !== '' ? { type, target, text } : null;
    case 'reaction':
      return isSeq(target) && isText(emoji, 32) ? { type, target, emoji } : null;
    case 'pin':
      return isSeq(target) && typeof pinned === 'boolean' ? { type, target, pinned } : null;
    case 'vote':
      return isSeq(target) && isIndexes(options) ? { type, target, options: [...new Set(options)] } : null;
    case 'state':
      return readState(fields);
    case 'contact':
      return isText(account, 24) ? { type, account: account as AccountId } : null;
    case 'poll':
      return readPoll(fields);
    case 'shared':
      return readShared(fields);
    case 'file':
      return readFileBody(fields);
    default:
      return null;
  }
}

function readText(fields: Fields): Body | null {
  const { text, reply_to, forwarded } = fields;
  if (!isText(text, limits.maxTextCharacters) || text === '') return null;
  return {
    type: 'text',
    text,
    ...(isSeq(reply_to) && { reply_to }),
    ...(isSeq(forwarded) && { forwarded: Math.min(forwarded, 100) }),
  };
}

function readState({ title, pins, timer_seconds: seconds, picture: shown, changed, repeats }: Fields): Body | null {
  const picture = shown === null ? null : readPicture(shown as Fields | undefined, repeats !== undefined);
  const hasPins = Array.isArray(pins) && pins.length <= limits.maxPins && pins.every(isSeq);
  const hasTitle = isText(title, limits.maxTitleCharacters);
  // What says something again must never be taken for news.
  if ((!hasTitle && !hasPins && picture === undefined) || (repeats !== undefined && !isSeq(repeats))) return null;
  return {
    type: 'state',
    ...(hasTitle && { title }),
    ...(hasPins && { pins: [...new Set(pins)] }),
    ...(isLifetime(seconds) && { timer_seconds: seconds }),
    ...(picture !== undefined && { picture }),
    ...((changed === 'title' || changed === 'pins' || changed === 'picture') && { changed }),
    ...(repeats !== undefined && { repeats }),
  };
}

/** Its form only: whether it is a picture is looked at before it is shown (`picture.ts`). What says one again names it. */
function readPicture(fields: Fields | undefined, again: boolean): PictureBody | undefined {
  const { type, data, of } = fields ?? {};
  const isKnown = type === 'image/jpeg' || type === 'image/png' || type === 'image/webp';
  if (!isKnown || !isText(data, limits.maxPictureCharacters) || data === '' || again !== isSeq(of)) return undefined;
  return { type, data, ...(isSeq(of) && { of }) };
}

function readShared({ subject, part, parts, items }: Fields): Body | null {
  const isNumbered = isSeq(part) && isSeq(parts) && part <= parts && parts <= limits.maxSharedParts;
  if (!isText(subject, 24) || !isNumbered || !Array.isArray(items) || items.length > limits.maxSharedMessages)
    return null;
  const read = items.map((item: Fields | null) => {
    const { seq, sender, at, text } = item ?? {};
    const isWhole =
      isSeq(seq) && isText(sender, 24) && isSeq(at) && isText(text, limits.maxSharedTextCharacters) && text !== '';
    return isWhole ? { seq, sender: sender as AccountId, at, text } : null;
  });
  if (read.includes(null)) return null;
  return { type: 'shared', subject: subject as AccountId, part, parts, items: read.filter((item) => item !== null) };
}

function isLifetime(value: unknown): value is number {
  return value === 0 || (isSeq(value) && value <= limits.maxTimerSeconds);
}

function readPoll({ question, options, choose }: Fields): Body | null {
  if (!isText(question, 300) || !Array.isArray(options) || options.length < 2 || options.length > 12) return null;
  if (!options.every((option) => isText(option, 100)) || (choose !== 'one' && choose !== 'many')) return null;
  return { type: 'poll', question, options: options as string[], choose };
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isIndexes(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length <= 12 && value.every((one) => Number.isInteger(one) && one >= 0 && one < 12)
  );
}

// A message in one line, wherever there is room for no more: in the list, as a quote, pinned, in a notification.
import type { FileView, MessageView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { plainText } from './rich-text.ts';
import { shownName } from './showable.ts';

/** What a line needs to know of what was said. The text of a line is the name of its file where nothing was said with it. */
export interface Said extends Pick<MessageView, 'text'>, Partial<Pick<FileView, 'look' | 'name'>> {
  readonly file?: Pick<FileView, 'look' | 'name'> | null;
}

/** Its text without marks; what a file is, or is called, before what was said with it. */
export function saidIn({ text, file, ...line }: Said): string {
  const { look, name = '' } = file ?? line;
  if (look === undefined) return plainText(text);
  const what = look === 'file' ? shownName(name) : words.files[look];
  return text === '' || text === name ? what : words.files.with(what, plainText(text));
}

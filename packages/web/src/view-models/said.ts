// A message in one line, wherever there is room for no more: in the list, as a quote, pinned, in a notification.
import type { FileView, MessageView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { plainText } from './rich-text.ts';
import { shownName } from './showable.ts';

/** What a line needs to know of what was said. */
export interface Said extends Pick<MessageView, 'text'> {
  readonly file?: Pick<FileView, 'look' | 'name'> | null;
}

/** Its text without marks; what a file is, or is called, before what was said with it. */
export function saidIn({ text, file = null }: Said): string {
  const said = plainText(text);
  if (file === null) return said;
  const what = file.look === 'file' ? shownName(file.name) : words.files[file.look];
  return said === '' ? what : words.files.with(what, said);
}

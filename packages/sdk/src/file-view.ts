// The file of a message as a screen shows it. Name and type are its author's word, made harmless here: a name is no path
// and looks like what it is, a type is a type. [MED]
import { maxFileNameCharacters } from '@parley/protocol/limits';
import { originalText } from './fold.ts';
import type { MessageRow } from './rows.ts';
import { clip } from './utf8.ts';

/** A file that a message carries. Name, type and sizes are its author's word. */
export interface FileView {
  /** How it is shown; `file` is only offered to be saved. */
  readonly look: 'image' | 'video' | 'audio' | 'voice' | 'file';
  /** Without a path, and nothing in it that is obeyed by a terminal or turns the direction of a text. */
  readonly name: string;
  /** As in `image/jpeg`, lower case, without parameters. */
  readonly mediaType: string;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  /** Base64 of a small JPEG or WebP. */
  readonly thumb: string | null;
}

/** Null where there is none, or it is gone. */
export function fileView(body: MessageRow['body']): FileView | null {
  if (body?.type !== 'file') return null;
  const { look, name, media_type, bytes, width = null, height = null, duration_ms = null, thumb = null } = body;
  const [, mediaType = 'application/octet-stream'] =
    /^([\w.+-]+\/[\w.+-]+) *(?:;|$)/.exec(media_type.toLowerCase()) ?? [];
  return { look, name: safeFileName(name), mediaType, bytes, width, height, durationMs: duration_ms, thumb };
}

/** The name alone, without a path and without what is obeyed instead of shown. */
export function safeFileName(name: string): string {
  const [last = ''] = name.split(/[/\\]/).reverse();
  const shown = last
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return clip(/^\.*$/.test(shown) ? 'file' : shown, maxFileNameCharacters);
}

/** How a file is shown and what it is called, for a line. */
export function lineFile(body: MessageRow['body']): Partial<Pick<FileView, 'look' | 'name'>> {
  return body?.type === 'file' ? { look: body.look, name: safeFileName(body.name) } : {};
}

/** A message in one line, which is `text` after its edits: of a file about which nothing was said, its name. */
export function lineText(body: MessageRow['body'], text: string = originalText(body)): string {
  return text === '' && body?.type === 'file' ? safeFileName(body.name) : text;
}

// Files that somebody has chosen and not sent yet: what each is, how it looks, and what is left out and why.
import * as wire from '@parley/protocol/limits';
import type { NewFile } from '@parley/sdk';
import { largePictureSide, maxChosen, pictureSide, previewSide } from '../../view-models/file-limits.ts';
import { passiveType, shownName } from '../../view-models/showable.ts';
import type { Prepared, ToSend } from '../../view-models/uploads.ts';
import { files as texts } from '../../words/english-files.ts';
import { factsOf } from './facts.ts';
import { decoded, drawn, drawnAnew, sourceOf } from './picture.ts';

/** How pictures are sent. */
export type PictureChoice = 'usual' | 'large' | 'as_files';

export interface Chosen {
  readonly id: number;
  readonly file: File;
  readonly name: string;
  readonly kind: 'picture' | 'video' | 'audio' | 'file';
  /** Address of a small picture of it. */
  readonly preview: string | null;
}

/** Looks at them one after the other, `room` of them at most. What is too large or cannot be read is named in `problems`. */
export async function lookAt(
  files: readonly File[],
  room: number,
  nextId: () => number,
): Promise<{ readonly chosen: readonly Chosen[]; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const chosen: Chosen[] = [];
  for (const file of files) {
    const name = sentName(file.name);
    if (chosen.length === room) {
      problems.push(texts.tooMany(maxChosen));
      break;
    }
    if (file.size > wire.maxFileBytes) problems.push(texts.tooLarge(name));
    else if (await isReadable(file)) chosen.push({ id: nextId(), file, name, ...(await kindOf(file)) });
    else problems.push(texts.unreadable(name));
  }
  return { chosen, problems };
}

/** What of it is sent. `said` goes with it. */
export function toSend(
  { file, name, kind }: Chosen,
  choice: PictureChoice,
  said: Pick<NewFile, 'text' | 'replyTo'>,
): ToSend {
  const asIs = async (): Promise<Prepared> => {
    const facts = kind === 'video' || kind === 'audio' ? await factsOf(file, kind) : null;
    const mediaType = file.type.slice(0, wire.maxMediaTypeCharacters) || passiveType('');
    return { file: { source: sourceOf(file), name, mediaType, look: 'file', ...facts }, content: file };
  };
  const asPicture = () => drawnAnew(file, name, choice === 'large' ? largePictureSide : pictureSide);
  return {
    name,
    size: file.size,
    prepare: async () => {
      const anew = kind === 'picture' && choice !== 'as_files' ? await asPicture() : null;
      const prepared = anew ?? (await asIs());
      return { ...prepared, file: { ...prepared.file, ...said } };
    },
  };
}

/** Not longer than a name may be, with its ending. */
function sentName(name: string): string {
  const shown = shownName(name);
  const [ending = ''] = /\.[^.]{1,12}$/.exec(shown) ?? [];
  return `${shown.slice(0, Math.min(shown.length, wire.maxFileNameCharacters) - ending.length)}${ending}`;
}

/** A folder, or what has gone meanwhile, is no file. */
function isReadable(file: File): Promise<boolean> {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}

async function kindOf(file: File): Promise<Pick<Chosen, 'kind' | 'preview'>> {
  const bitmap = await decoded(file);
  if (bitmap !== null) {
    const small = await drawn(bitmap, previewSide).convertToBlob();
    bitmap.close();
    return { kind: 'picture', preview: URL.createObjectURL(small) };
  }
  const [family] = passiveType(file.type).split('/');
  return { kind: family === 'video' || family === 'audio' ? family : 'file', preview: null };
}

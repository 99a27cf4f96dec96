// What a file is, by the end of its name: a terminal looks no further. What is not in the table is a file to be saved.
import { extname } from 'node:path';
import type { FileView } from '@parley/sdk';

interface FileKind {
  readonly mediaType: string;
  readonly look: FileView['look'];
}

const kinds: Readonly<Record<string, FileKind>> = {
  '.avif': { mediaType: 'image/avif', look: 'image' },
  '.gif': { mediaType: 'image/gif', look: 'image' },
  '.jpeg': { mediaType: 'image/jpeg', look: 'image' },
  '.jpg': { mediaType: 'image/jpeg', look: 'image' },
  '.png': { mediaType: 'image/png', look: 'image' },
  '.webp': { mediaType: 'image/webp', look: 'image' },
  '.mov': { mediaType: 'video/quicktime', look: 'video' },
  '.mp4': { mediaType: 'video/mp4', look: 'video' },
  '.webm': { mediaType: 'video/webm', look: 'video' },
  '.flac': { mediaType: 'audio/flac', look: 'audio' },
  '.m4a': { mediaType: 'audio/mp4', look: 'audio' },
  '.mp3': { mediaType: 'audio/mpeg', look: 'audio' },
  '.ogg': { mediaType: 'audio/ogg', look: 'audio' },
  '.opus': { mediaType: 'audio/ogg', look: 'audio' },
  '.wav': { mediaType: 'audio/wav', look: 'audio' },
  '.csv': { mediaType: 'text/csv', look: 'file' },
  '.json': { mediaType: 'application/json', look: 'file' },
  '.md': { mediaType: 'text/markdown', look: 'file' },
  '.pdf': { mediaType: 'application/pdf', look: 'file' },
  '.txt': { mediaType: 'text/plain', look: 'file' },
  '.zip': { mediaType: 'application/zip', look: 'file' },
};

/** Of a file with this name. */
export function fileKind(name: string): FileKind {
  return kinds[extname(name).toLowerCase()] ?? { mediaType: 'application/octet-stream', look: 'file' };
}

/** How large a file is, for people. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toFixed(1)} ${units[power - 1] as string}`;
}

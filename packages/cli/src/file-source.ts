// A file of this machine to be sent, read a piece at a time.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import * as limits from '@parley/protocol/limits';
import type { FileSource } from '@parley/sdk';
import { exifLookBytes, hasExif } from './exif.ts';
import { UsageError } from './exit-codes.ts';
import { sizeText } from './file-kinds.ts';

export interface OpenFile extends AsyncDisposable {
  readonly name: string;
  readonly source: FileSource;
  /** A JPEG that says where and when it was taken, perhaps. */
  readonly hasExif: boolean;
}

/** Opens it for as long as it is held. @throws {UsageError} */
export async function openFile(path: string): Promise<OpenFile> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code})`);
  });
  const stat = await file.stat();
  const { size } = stat;
  const refusal = !stat.isFile()
    ? `${path} is no file`
    : size > limits.maxFileBytes
      ? `${path} has ${sizeText(size)}; at most ${limits.maxFileBytes / 1_048_576} MiB can be sent`
      : null;
  if (refusal !== null) {
    await file.close();
    throw new UsageError(refusal);
  }
  const read = async (from: number, to: number) => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  };
  return {
    name: basename(path),
    source: { size, read },
    hasExif: hasExif(await read(0, Math.min(size, exifLookBytes))),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

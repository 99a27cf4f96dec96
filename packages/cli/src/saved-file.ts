// A file that is written whole or not at all: under another name first, and under its own once all of it is there. It
// never takes the place of another one unless that is wanted.
import { randomBytes } from 'node:crypto';
import { access, link, open, rename, rm } from 'node:fs/promises';
import { UsageError } from './exit-codes.ts';

/** Resolves to how many bytes it has. @throws {UsageError} when the name is taken */
export async function saveFile(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  { force, onProgress }: { readonly force: boolean; readonly onProgress: (bytes: number) => void },
): Promise<number> {
  if (!force) await mustBeFree(path);
  const aside = `${path}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(aside, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be written (${error.code})`);
  });
  let bytes = 0;
  try {
    try {
      for await (const piece of pieces) {
        await file.writeFile(piece);
        bytes += piece.length;
        onProgress(bytes);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (force) await rename(aside, path);
    else await place(aside, path);
    return bytes;
  } finally {
    await rm(aside, { force: true });
  }
}

/** A link is made only where nothing is; where there are no links it is looked once more. */
async function place(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch {
    await mustBeFree(path);
    await rename(aside, path);
  }
}

async function mustBeFree(path: string): Promise<void> {
  const isTaken = await access(path).then(
    () => true,
    () => false,
  );
  if (isTaken) throw new UsageError(`${path} is there already; --force replaces it, --out takes another name`);
}

// Files of messages, moved: which message each belongs to, and its bytes, which are compared by their hash.
import { createHash } from 'node:crypto';
import type { FileRow } from '../directory/files.ts';
import { moveFilesAtOnce } from '../kernel/engine-limits.ts';
import type { Blobs } from '../media/blobs.ts';
import type { DirectoryMove } from './directory-parts.ts';
import { eachOf } from './each-of.ts';
import { type Step, textOf } from './step.ts';

/** Where the bytes are. */
export interface FileMove extends Pick<DirectoryMove, 'source' | 'from' | 'to'> {
  readonly fromBlobs: Blobs;
  /** Null: the cluster has no bucket, so there must be no file. */
  readonly toBlobs: Blobs | null;
}

export function fileSteps(move: FileMove): readonly Step[] {
  const { source, from, to, fromBlobs } = move;
  const pages = function* (after: string) {
    for (let page = source.files(after); page.length > 0; page = source.files(page.at(-1)?.blob ?? '')) yield page;
  };
  return [
    {
      name: 'files',
      count: () => source.count('files'),
      async *copy(after) {
        for (const page of pages(String(after?.[0] ?? ''))) {
          await eachOf(page, moveFilesAtOnce, (row) => copyFile(move, row));
          yield { rows: page.length, at: [page.at(-1)?.blob ?? ''] };
        }
      },
      async *compare() {
        for (const page of pages('')) {
          const texts = (files: typeof from.files, blobs: Blobs | null) =>
            eachOf(page, moveFilesAtOnce, async ({ blob }) => {
              const [row] = await files.get([blob]);
              return textOf([row, blobs === null ? null : await hashOf(blobs, blob)]);
            });
          yield {
            rows: page.length,
            from: await texts(from.files, fromBlobs),
            to: await texts(to.files, move.toBlobs),
          };
        }
      },
    },
  ];
}

async function copyFile({ to, fromBlobs, toBlobs }: FileMove, row: FileRow): Promise<void> {
  await to.files.add(row);
  const facts = await fromBlobs.facts(row.blob);
  // Of an upload that broke off there is nothing.
  if (facts === undefined) return;
  if (toBlobs === null)
    throw new Error('This server keeps files. Name a bucket for them: PARLEY_S3_ENDPOINT and its keys.');
  const content = await fromBlobs.read(row.blob, { from: 0, to: facts.bytes });
  if (content !== undefined) await toBlobs.put(row.blob, content, facts.bytes);
}

/** Null where there is no file. */
async function hashOf(blobs: Blobs, blob: FileRow['blob']): Promise<string | null> {
  const facts = await blobs.facts(blob);
  const content = facts && (await blobs.read(blob, { from: 0, to: facts.bytes }));
  if (content === undefined) return null;
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  return hash.digest('hex');
}

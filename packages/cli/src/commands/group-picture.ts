// `parley group picture …`: sets the picture of a group, or takes it away. It draws nothing: the file is sent as it is, so it
// must be small already, and must not say where it was taken.
import { open } from 'node:fs/promises';
import { maxPictureBytes, maxPictureSide } from '@parley/protocol/limits';
import { type PictureFault, pictureFault, readPicture } from '@parley/sdk/picture';
import type { Command } from 'commander';
import { UsageError } from '../exit-codes.ts';
import { mustSeal } from '../keys.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

const bounds = `a JPEG, PNG or WebP of at most ${maxPictureBytes / 1024} KiB and ${maxPictureSide} by ${maxPictureSide} pixels`;

export function groupPictureCommand(group: Command, run: Run): void {
  group
    .command('picture <group> [file]')
    .description(`set its picture: ${bounds}, which everybody in it gets`)
    .option('--remove', 'take the picture away')
    .action(
      run(async (context, to: string, path: string | undefined, { remove = false }: { remove?: boolean }) => {
        if (remove === (path !== undefined)) throw new UsageError('name a file, or say --remove');
        const bytes = path === undefined ? null : await pictureFrom(path);
        await context.withClient(async (client) => {
          await mustSeal(client, context);
          const conversation = await existingConversation(client, to);
          await (await conversation.setPicture(bytes)).reached('sent');
          context.note(bytes === null ? 'Removed.' : 'Set.');
        });
      }),
    );
}

/** What is in the file, if it can be sent as it is. */
async function pictureFrom(path: string): Promise<Uint8Array> {
  const bytes = await beginningOf(path);
  const fault = pictureFault(bytes);
  if (fault !== null) throw new UsageError(`${path}: ${adviceFor(fault, bytes)}`);
  return bytes;
}

/** No more than tells whether it is too large. */
async function beginningOf(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxPictureBytes + 1), 0, maxPictureBytes + 1, 0);
    return new Uint8Array(buffer.subarray(0, bytesRead));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

function adviceFor(fault: PictureFault, bytes: Uint8Array): string {
  if (bytes.length > maxPictureBytes) return `it is too large; a picture is ${bounds}`;
  switch (fault) {
    case 'too_wide':
    case 'too_large':
      return `it is too large; a picture is ${bounds}`;
    case 'moves':
      return 'it moves; a picture of a group stands still';
    case 'extras': {
      const { extras } = readPicture(bytes) ?? { extras: [] };
      return `it holds more than what is seen (${extras.join(', ')}), perhaps where it was taken; take that out first, for example with: exiftool -all= FILE`;
    }
    case 'no_picture':
      return `it is no picture that can be sent; a picture is ${bounds}`;
  }
}

// `parley download`: the file of a message, opened and checked, to a file of this machine or to standard output.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as limits from '@parley/protocol/limits';
import { ChatError, type Client, type Conversation, type FileView } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { Locked, Refused } from '../exit-codes.ts';
import { sizeText } from '../file-kinds.ts';
import { readable } from '../keys.ts';
import { whole } from '../option-values.ts';
import { printable } from '../printable.ts';
import { progressOn } from '../progress.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';
import { saveFile } from '../saved-file.ts';

interface Options {
  readonly out?: string;
  readonly force?: boolean;
}

export function downloadCommand(program: Command, run: Run): void {
  program
    .command('download')
    .argument('<to>', 'the conversation')
    .argument('<seq>', 'which message of it', whole(1, limits.maxInteger))
    .description('save the file of a message')
    .option('--out <path>', 'a file, a folder, or - for standard output; its own name here when absent')
    .option('--force', 'replace a file of that name')
    .action(
      run(async (context, to: string, seq: number, options: Options) => {
        await context.withClient(async (client) => {
          const conversation = await existingConversation(client, to);
          const file = await fileOf(client, conversation, { seq, context });
          if (options.out === '-') await print(context, conversation, seq);
          else await save(context, conversation, { seq, file, options });
        });
      }),
    );
}

async function fileOf(
  client: Client,
  conversation: Conversation,
  { seq, context }: { readonly seq: number; readonly context: Context },
): Promise<FileView> {
  const found = await conversation.message(seq);
  const [message] =
    found === null ? [] : await readable(client, conversation, { messages: [found], timeout: context.world.timeout });
  if (message?.type === 'deleted') throw new ChatError('blob.unknown');
  if (message?.type === 'undecryptable')
    throw new Locked('encryption.needs_linking', 'the key of this message is not on this device');
  if (message?.file === null || message === undefined)
    throw new Refused('message.unknown', `message ${seq} has no file; "parley --json history" shows which have one`);
  return message.file;
}

async function save(
  context: Context,
  conversation: Conversation,
  { seq, file, options }: { readonly seq: number; readonly file: FileView; readonly options: Options },
): Promise<void> {
  const { terminal } = context;
  const path = await pathFor(options.out, file.name);
  const progress = progressOn(terminal);
  try {
    const bytes = await saveFile(path, conversation.openFile(seq, { signal: terminal.interrupted }), {
      force: options.force === true,
      onProgress: (done) => progress.tell(done, file.bytes),
    });
    progress.end();
    context.print({ path, bytes, media_type: file.mediaType }, `${printable(path)}  ${sizeText(bytes)}`);
  } finally {
    progress.end();
  }
}

/** Piece by piece; each is written before the next is read. */
async function print({ terminal }: Context, conversation: Conversation, seq: number): Promise<void> {
  for await (const piece of conversation.openFile(seq, { signal: terminal.interrupted }))
    await new Promise<void>((resolve, reject) => {
      terminal.output.write(piece, (error) => (error ? reject(error) : resolve()));
    });
}

async function pathFor(out: string | undefined, name: string): Promise<string> {
  if (out === undefined) return visible(name);
  const isFolder = await stat(out).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? join(out, visible(name)) : out;
}

/** A name that somebody else has chosen does not hide what it names, and is no option of another command. */
function visible(name: string): string {
  return name.replace(/^[.-]/, '_');
}

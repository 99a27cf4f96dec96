// `parley send`: one message, perhaps with a file, and waits until it is on the server (or with them, or read).
import * as limits from '@parley/protocol/limits';
import { ChatError, type Conversation, type SentMessage } from '@parley/sdk';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { listFaultIn } from '../differences.ts';
import { UsageError } from '../exit-codes.ts';
import { fileKind } from '../file-kinds.ts';
import { openFile } from '../file-source.ts';
import { mustSeal, offerRecoveryKey } from '../keys.ts';
import { whole } from '../option-values.ts';
import { progressOn } from '../progress.ts';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';
import { readInput } from '../terminal.ts';

type State = 'sent' | 'delivered' | 'read';

interface Options {
  readonly wait: State;
  readonly replyTo?: number;
  readonly file?: string;
}

export function sendCommand(program: Command, run: Run): void {
  program
    .command('send <to> [text...]')
    .description('send a message; - reads it from standard input')
    .option('--file <path>', 'a file to go with it, at most 100 MiB')
    .addOption(
      new Option('--wait <state>', 'return only when it is').choices(['sent', 'delivered', 'read']).default('sent'),
    )
    .option('--reply-to <seq>', 'the message that it answers', whole(1, limits.maxInteger))
    .action(
      run(async (context, to: string, words: string[], options: Options) => {
        const text = words.length === 1 && words[0] === '-' ? await readInput(context.terminal) : words.join(' ');
        if (text.trim() === '' && options.file === undefined) throw new UsageError('there is nothing to send');
        if (text.length > limits.maxTextCharacters)
          throw new UsageError(`a message has at most ${limits.maxTextCharacters} characters`);
        await context.withClient(async (client) => {
          const conversation = await conversationFor(client, to);
          await mustSeal(client, context, conversation);
          const message = await say(conversation, text, { ...options, context });
          const isThere = await waitFor(message, options.wait, context);
          if (message.state === 'pending') for (const text of listFaultIn(conversation.snapshot)) context.note(text);
          const { id, seq, state } = message;
          context.print({ id, conversation_id: conversation.id, seq, state }, '');
          await offerRecoveryKey(client, context);
          if (!isThere) throw new ChatError('client.timeout');
        });
      }),
    );
}

async function say(
  conversation: Conversation,
  text: string,
  { file: path, replyTo, context }: Options & { readonly context: Context },
): Promise<SentMessage> {
  const answers = replyTo === undefined ? {} : { replyTo };
  if (path === undefined) return conversation.send(text, answers);
  await using file = await openFile(path);
  if (file.hasExif)
    context.note('This picture may say where and when it was taken: that is not removed, and they can read it.');
  const progress = progressOn(context.terminal);
  const said = text.trim() === '' ? {} : { text };
  try {
    return await conversation.sendFile(
      { source: file.source, name: file.name, ...fileKind(file.name), ...said, ...answers },
      { signal: context.terminal.interrupted, onProgress: (...far) => progress.tell(...far) },
    );
  } finally {
    progress.end();
  }
}

/** False when the time is over before the message is there. It is kept, and shown as it stands: a script must not send it again. */
async function waitFor(message: SentMessage, state: State, context: Context): Promise<boolean> {
  const deadline = context.deadline();
  try {
    await message.reached(state, deadline);
    return true;
  } catch (error) {
    if (!deadline.aborted || context.terminal.interrupted.aborted) throw error;
    if (message.state === 'pending') context.note('The message is kept and goes out with the next command.');
    return false;
  }
}

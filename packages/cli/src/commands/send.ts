// `parley send`: one message, and waits until it is on the server (or with them, or read).
import { limits } from '@parley/protocol';
import { ChatError } from '@parley/sdk';
import { type Command, Option } from 'commander';
import { UsageError } from '../exit-codes.ts';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';
import { readInput } from '../terminal.ts';

export function sendCommand(program: Command, run: Run): void {
  program
    .command('send <to> <text...>')
    .description('send a message; - reads it from standard input')
    .addOption(
      new Option('--wait <state>', 'return only when it is').choices(['sent', 'delivered', 'read']).default('sent'),
    )
    .option('--reply-to <seq>', 'the message that it answers', Number)
    .action(
      run(
        async (
          context,
          to: string,
          words: string[],
          options: { wait: 'sent' | 'delivered' | 'read'; replyTo?: number },
        ) => {
          const text = words.length === 1 && words[0] === '-' ? await readInput(context.terminal) : words.join(' ');
          if (text.trim() === '') throw new UsageError('there is nothing to send');
          if (text.length > limits.maxTextCharacters)
            throw new UsageError(`a message has at most ${limits.maxTextCharacters} characters`);
          await context.withClient(async (client) => {
            const conversation = await conversationFor(client, to);
            const message = await conversation.send(
              text,
              options.replyTo === undefined ? {} : { replyTo: options.replyTo },
            );
            const deadline = context.deadline();
            try {
              await message.reached(options.wait, deadline);
            } catch (error) {
              if (!deadline.aborted || context.terminal.interrupted.aborted) throw error;
              context.note('The message is kept and goes out with the next command.');
              throw new ChatError('client.timeout', { cause: error });
            }
            context.print({ id: message.id, conversation_id: conversation.id, state: message.state }, '');
          });
        },
      ),
    );
}

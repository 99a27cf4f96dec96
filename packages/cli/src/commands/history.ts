// `parley history`: messages of a conversation, oldest last asked first shown. Strangers' requests included.
import type { MessageView } from '@parley/sdk';
import type { Command } from 'commander';
import { messageObject, messageText } from '../message-line.ts';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';

const defaultLimit = 50;

export function historyCommand(program: Command, run: Run): void {
  program
    .command('history <to>')
    .description('messages of a conversation')
    .option('--limit <n>', 'how many', Number, defaultLimit)
    .option('--before <seq>', 'only older than this seq', Number)
    .action(
      run(async (context, to: string, options: { limit: number; before?: number }) => {
        await context.withClient(async (client) => {
          const conversation = await conversationFor(client, to);
          const found: MessageView[] = [];
          for await (const message of conversation.history({
            limit: options.limit,
            ...(options.before === undefined ? {} : { before: options.before }),
          }))
            found.push(message);
          await client.people.load([...new Set(found.map((message) => message.sender))]);
          for (const message of found.reverse())
            context.print(messageObject(client, message), messageText(client, message));
        });
      }),
    );
}

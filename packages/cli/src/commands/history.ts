// `parley history`: messages of a conversation, oldest last asked first shown. Strangers' requests included.
import * as limits from '@parley/protocol/limits';
import type { MessageView } from '@parley/sdk';
import type { Command } from 'commander';
import { differencesIn } from '../differences.ts';
import { noteLocked, readable } from '../keys.ts';
import { leadersKnown } from '../leaders.ts';
import { messageObject, messageText, peopleIn } from '../message-line.ts';
import { whole } from '../option-values.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

const defaultLimit = 50;
const maxLimit = 1_000_000;

export function historyCommand(program: Command, run: Run): void {
  program
    .command('history <to>')
    .description('messages of a conversation')
    .option('--limit <n>', 'how many', whole(1, maxLimit), defaultLimit)
    .option('--mark-read', 'tell the others that you have read them')
    .option('--before <seq>', 'only older than this seq', whole(1, limits.maxInteger))
    .action(
      run(async (context, to: string, options: { limit: number; before?: number; markRead?: boolean }) => {
        await context.withClient(async (client) => {
          const conversation = await existingConversation(client, to);
          await leadersKnown([conversation]);
          const found: MessageView[] = [];
          for await (const message of conversation.history({
            limit: options.limit,
            ...(options.before === undefined ? {} : { before: options.before }),
          }))
            found.push(message);
          await noteLocked(client, context);
          for (const text of differencesIn(client, conversation.snapshot)) context.note(text);
          const shown = await readable(client, conversation, { messages: found, timeout: context.world.timeout });
          await client.people.load(peopleIn(shown));
          const newest = shown[0]?.seq ?? null;
          for (const message of shown.toReversed())
            context.print(messageObject(client, message), messageText(client, message, context.world.now()));
          if (options.markRead === true && newest !== null) await conversation.markRead(newest);
        });
      }),
    );
}

// `parley export`: one file a conversation, one JSON object a line, oldest first. A person's own copy; what disappears
// is never in it, because a copy would stay.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageView } from '@parley/sdk';
import type { Command } from 'commander';
import { noteLocked, readable } from '../keys.ts';
import { messageObject, peopleIn } from '../message-line.ts';
import { jsonLine } from '../printable.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

export function exportCommand(program: Command, run: Run): void {
  program
    .command('export [to]')
    .description('write conversations to files, one JSON object a line')
    .option('--out <folder>', 'where to', 'parley-export')
    .action(
      run(async (context, to: string | undefined, options: { out: string }) => {
        await context.withClient(async (client) => {
          const chosen =
            to === undefined
              ? client.conversations.snapshot.map((c) => client.conversation(c.id)).filter((c) => c !== null)
              : [await existingConversation(client, to)];
          await noteLocked(client, context);
          await mkdir(options.out, { recursive: true, mode: 0o700 });
          for (const conversation of chosen) {
            const found: MessageView[] = [];
            let leftOut = 0;
            for await (const message of conversation.history()) {
              if (message.expiresAt === null) found.push(message);
              else leftOut += 1;
            }
            const messages = await readable(client, conversation, { messages: found, timeout: context.world.timeout });
            await client.people.load(peopleIn(messages));
            const path = join(options.out, `${conversation.id}.jsonl`);
            const lines = messages.toReversed().map((message) => `${jsonLine(messageObject(client, message))}\n`);
            await writeFile(path, lines.join(''), { mode: 0o600 });
            context.print(
              { conversation_id: conversation.id, path, messages: messages.length, left_out: leftOut },
              `${path}  ${messages.length} messages${leftOut === 0 ? '' : `, and ${leftOut} left out because they disappear`}`,
            );
          }
        });
      }),
    );
}

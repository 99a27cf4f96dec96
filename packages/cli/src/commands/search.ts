// `parley search`: messages on this device that have all the words.
import type { Command } from 'commander';
import type { Run } from '../run.ts';
import { printable } from '../terminal.ts';

export function searchCommand(program: Command, run: Run): void {
  program
    .command('search <words...>')
    .description('find messages that are on this device')
    .option('--limit <n>', 'how many', Number, 20)
    .action(
      run(async (context, words: string[], options: { limit: number }) => {
        await context.withClient(async (client) => {
          for (const hit of await client.search(words.join(' '), {
            limit: options.limit,
            signal: context.terminal.interrupted,
          })) {
            const handle =
              client.people.get(hit.sender)?.handle ??
              (hit.sender === client.me.snapshot.account ? client.me.snapshot.handle : hit.sender);
            context.print(
              {
                conversation_id: hit.conversation,
                seq: hit.seq,
                sender: handle,
                content: hit.text,
                stored_at: new Date(hit.storedAt).toISOString(),
              },
              `${new Date(hit.storedAt).toISOString().slice(0, 16)} ${hit.conversation}/${hit.seq} @${handle}: ${printable(hit.text)}`,
            );
          }
        });
      }),
    );
}

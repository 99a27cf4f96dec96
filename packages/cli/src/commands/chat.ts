// `parley chat`: the interactive client. A full screen (Ink) on a terminal, line mode with --plain or without one.
import type { Command } from 'commander';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';

export function chatCommand(program: Command, run: Run): void {
  program
    .command('chat [to]')
    .description('chat in the terminal')
    .option('--plain', 'line mode: for screen readers, pipes and dumb terminals')
    .action(
      run(async (context, to: string | undefined, options: { plain?: boolean }) => {
        const plain = options.plain === true || !context.terminal.interactive;
        await context.withClient(
          async (client) => {
            const first = to === undefined ? null : await conversationFor(client, to);
            if (plain) return (await import('../chat-lines.ts')).chatInLines(client, first, context.terminal);
            return (await import('../chat-screen.ts')).chatOnScreen(client, first, context.terminal);
          },
          { offline: true },
        );
      }),
    );
}

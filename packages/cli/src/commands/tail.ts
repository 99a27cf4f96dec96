// `parley tail`: prints messages as they come, until Ctrl-C.
import type { Command } from 'commander';
import { messageObject, messageText } from '../message-line.ts';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';

export function tailCommand(program: Command, run: Run): void {
  program
    .command('tail [to]')
    .description('print messages as they come, from one conversation or from all')
    .action(
      run(async (context, to: string | undefined) => {
        await context.withClient(async (client) => {
          const only = to === undefined ? null : (await conversationFor(client, to)).id;
          client.onMessage((message, conversation) => {
            if (only !== null && conversation.id !== only) return;
            void client.people
              .load([message.sender])
              .then(() =>
                context.print(messageObject(client, message), messageText(client, message, conversation.snapshot)),
              );
          });
          context.note('Waiting for messages. Ctrl-C ends.');
          await untilAborted(context.terminal.interrupted);
        });
      }),
    );
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

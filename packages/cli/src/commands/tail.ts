// `parley tail`: prints messages as they come, until Ctrl-C.
import type { MessageView } from '@parley/sdk';
import type { Command } from 'commander';
import { describe } from '../exit-codes.ts';
import { noteLocked } from '../keys.ts';
import { messageObject, messageText, peopleIn } from '../message-line.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

export function tailCommand(program: Command, run: Run): void {
  program
    .command('tail [to]')
    .description('print messages as they come, from one conversation or from all')
    .action(
      run(async (context, to: string | undefined) => {
        const { interrupted } = context.terminal;
        await context.withClient(async (client) => {
          const only = to === undefined ? null : await existingConversation(client, to);
          const print = async (message: MessageView) => {
            // A name that cannot be looked up now is no reason to withhold the message.
            await client.people.load(peopleIn([message])).catch((error) => context.note(describe(error)));
            const where = client.conversation(message.conversation)?.snapshot ?? null;
            context.print(messageObject(client, message), messageText(client, message, context.world.now(), where));
          };
          let printed = Promise.resolve();
          const stop = client.onMessage((message) => {
            if (only === null || message.conversation === only.id) printed = printed.then(() => print(message));
          });
          await noteLocked(client, context);
          context.note('Waiting for messages. Ctrl-C ends.');
          await untilAborted(interrupted);
          stop();
          await printed;
        });
        interrupted.throwIfAborted();
      }),
    );
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

// `parley accept` and `parley decline`: the answers to a stranger's request, and to an invitation into a group or room.
import type { Command } from 'commander';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

export function requestCommands(program: Command, run: Run): void {
  program
    .command('accept <chat>')
    .description("accept a stranger's request, or come in where you are invited")
    .action(
      run(async (context, to: string) =>
        context.withClient(async (client) => {
          await (await existingConversation(client, to)).accept();
          context.note('Accepted.');
        }),
      ),
    );
  program
    .command('decline <chat>')
    .description("decline an invitation, wait no more to be let in, or delete a stranger's request")
    .action(
      run(async (context, to: string) =>
        context.withClient(async (client) => {
          await (await existingConversation(client, to)).decline();
          context.note('Declined.');
        }),
      ),
    );
}

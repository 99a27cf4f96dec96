// `parley register`: makes an account and signs this profile in.
import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { keysStand } from '../keys.ts';
import { serverAddress } from '../option-values.ts';
import { choosePassword } from '../password.ts';
import type { Run } from '../run.ts';

export function registerCommand(program: Command, run: Run): void {
  program
    .command('register <handle>')
    .description('make an account and sign in')
    .requiredOption('--server <url>', 'address of the server', serverAddress)
    .option('--name <name>', 'what others see; the handle when absent')
    .option('--invite <code>', 'code or link of an invitation')
    .option('--setup <code>', 'code or link of the set-up page: makes the owner')
    .option('--device <name>', 'name of this device', `CLI on ${hostname()}`.slice(0, 64))
    .option('--password-stdin', 'read the password from standard input')
    .action(
      run(
        async (
          context,
          handle: string,
          options: {
            server: string;
            name?: string;
            invite?: string;
            setup?: string;
            device: string;
            passwordStdin?: boolean;
          },
        ) => {
          await context.mustBeEmpty();
          const password = await choosePassword(context.terminal, options.passwordStdin === true);
          const account = {
            handle: handle.replace(/^@/, ''),
            name: options.name ?? handle.replace(/^@/, ''),
            password,
            deviceName: options.device,
          };
          const door = context.world.entrance(options.server);
          const session =
            options.setup !== undefined
              ? await door.setUp(options.setup, account)
              : await door.signUp({
                  ...account,
                  ...(options.invite === undefined ? {} : { invite: options.invite }),
                });
          await context.signedIn(options.server, session);
          const { me } = session;
          const conversation = session.invite === null ? session.conversation : await joined(context, session.invite);
          context.print(
            { account: me.account, handle: me.handle, ...(conversation !== null && { conversation_id: conversation }) },
            `Signed in as @${me.handle}.${conversation === null ? '' : ` A chat is waiting for you: parley chat ${conversation}`}`,
          );
        },
      ),
    );
}

/** Where a link leads: into a group one comes once there are keys to sign that, and whose key it names is remembered. */
async function joined(context: Context, link: string): Promise<string> {
  try {
    return await context.withClient(async (client) => {
      await keysStand(client, context.deadline());
      const { id, snapshot } = await client.invites.accept(link);
      if (snapshot.membership === 'waiting') context.note('An administrator of the group has to let you in first.');
      return id;
    });
  } catch (error) {
    context.note('You have an account and are signed in, but not where the link leads yet: parley invite accept LINK');
    throw error;
  }
}

// `parley login`, `logout` and `whoami`: which account this profile is.
import { hostname } from 'node:os';
import { ChatError } from '@parley/sdk';
import type { Command } from 'commander';
import { lockedAdvice } from '../keys.ts';
import { serverAddress } from '../option-values.ts';
import { readPassword } from '../password.ts';
import { removeProfile } from '../profile.ts';
import type { Run } from '../run.ts';

export function loginCommands(program: Command, run: Run): void {
  program
    .command('login <handle>')
    .description('sign in: this profile becomes a device of the account')
    .requiredOption('--server <url>', 'address of the server', serverAddress)
    .option('--device <name>', 'name of this device', `CLI on ${hostname()}`.slice(0, 64))
    .option('--password-stdin', 'read the password from standard input')
    .action(
      run(async (context, handle: string, options: { server: string; device: string; passwordStdin?: boolean }) => {
        await context.mustBeEmpty();
        const password = await readPassword(context.terminal, options.passwordStdin === true);
        const session = await context.world
          .entrance(options.server)
          .signIn({ handle: handle.replace(/^@/, ''), password, deviceName: options.device });
        const phase = await context.signedIn(options.server, session);
        const isLocked = phase === 'needs_linking';
        context.print(
          { account: session.me.account, handle: session.me.handle, ...(isLocked && { needs_linking: true }) },
          `Signed in as @${session.me.handle}.`,
        );
        if (isLocked) context.note(lockedAdvice);
      }),
    );

  program
    .command('logout')
    .description('sign out: ends the session on the server and removes everything of this profile')
    .action(
      run(async (context) => {
        await context.profile();
        try {
          await context.withClient((client) => client.signOut(), { offline: true });
        } catch (error) {
          // The session was ended from elsewhere: only what is here remains.
          if (!(error instanceof ChatError && error.advice === 'sign_in')) throw error;
        }
        await removeProfile(context.folder());
        context.note('Signed out.');
      }),
    );

  program
    .command('whoami')
    .description('the account of this profile')
    .action(
      run(async (context) => {
        const { server } = await context.profile();
        await context.withClient(
          async (client) => {
            const me = client.me.snapshot;
            context.print(
              { account: me.account, handle: me.handle, name: me.name, device: me.device, server },
              `@${me.handle} (${me.name}) on ${server}`,
            );
          },
          { offline: true },
        );
      }),
    );
}

// `parley login` and `whoami`: which account this profile is.
import { hostname } from 'node:os';
import type { SessionView } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { waysToChats } from '../keys.ts';
import { serverAddress } from '../option-values.ts';
import { readPassword } from '../password.ts';
import { readGoodKey } from '../recovery-input.ts';
import type { Run } from '../run.ts';

interface LoginOptions {
  readonly server: string;
  readonly device: string;
  readonly passwordStdin?: boolean;
  readonly recoveryKey?: boolean;
  readonly keyStdin?: boolean;
}

export function loginCommands(program: Command, run: Run): void {
  program
    .command('login <handle>')
    .description('sign in: this profile becomes a device of the account')
    .requiredOption('--server <url>', 'address of the server', serverAddress)
    .option('--device <name>', 'name of this device', `CLI on ${hostname()}`.slice(0, 64))
    .option('--password-stdin', 'read the password from standard input')
    .option('--recovery-key', 'with the recovery key instead of the password: your chats come with it')
    .option('--key-stdin', 'with --recovery-key: read it from standard input')
    .action(
      run(async (context, handle: string, options: LoginOptions) => {
        await context.mustBeEmpty();
        const { session, key } = await enter(context, handle.replace(/^@/, ''), options);
        const phase = await context.signedIn(options.server, session, key);
        const isLocked = phase === 'needs_linking';
        context.print(
          { account: session.me.account, handle: session.me.handle, ...(isLocked && { needs_linking: true }) },
          `Signed in as @${session.me.handle}.`,
        );
        if (isLocked) context.note(waysToChats);
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

/** With the password, or with the recovery key alone. */
async function enter(
  { terminal, world }: Context,
  handle: string,
  { server, device: deviceName, passwordStdin, recoveryKey, keyStdin }: LoginOptions,
): Promise<{ readonly session: SessionView; readonly key: string | null }> {
  const entrance = world.entrance(server);
  if (recoveryKey !== true) {
    if (keyStdin === true) throw new UsageError('--key-stdin goes with --recovery-key');
    const password = await readPassword(terminal, passwordStdin === true);
    return { session: await entrance.signIn({ handle, password, deviceName }), key: null };
  }
  if (passwordStdin === true) throw new UsageError('--recovery-key and --password-stdin do not go together');
  const key = await readGoodKey(terminal, keyStdin === true);
  return { session: await entrance.signInWithRecoveryKey({ handle, key, deviceName }), key };
}

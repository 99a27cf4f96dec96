// `parley logout`: everything of the profile goes. With the last device that has keys the history goes, too, unless the
// recovery key is on paper: so it is shown and asked for first. [ENC]
import { ChatError, type Client } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { Interrupted, UsageError } from '../exit-codes.ts';
import { keysMade } from '../keys.ts';
import { agree, canAsk } from '../password.ts';
import { removeProfile } from '../profile.ts';
import type { Run } from '../run.ts';
import { showRecoveryKey } from './recovery.ts';

const lastWarning = `This is the last device that reads your chats, and your recovery key is not confirmed.
Without the recovery key nobody can ever read your messages again, not even you.`;
const unknownWarning = `It cannot be seen now whether another device reads your chats.
If none does, nobody can ever read your messages again without your recovery key, not even you.`;
const agreement = 'sign out';

export function logoutCommand(program: Command, run: Run): void {
  program
    .command('logout')
    .description('sign out: ends the session on the server and removes everything of this profile')
    .option('--yes', 'do not ask, even if your messages are lost with this device')
    .action(
      run(async (context, { yes = false }: { yes?: boolean }) => {
        await context.profile();
        try {
          await context.withClient(
            async (client) => {
              if (!yes) await mayLose(client, context);
              await client.signOut();
            },
            { offline: true },
          );
        } catch (error) {
          // The session was ended from elsewhere: only what is here remains.
          if (!isEnded(error)) throw error;
        }
        await removeProfile(context.folder());
        context.note('Signed out.');
      }),
    );
}

/** Asks where the history may go with this device. @throws {UsageError} it stays */
async function mayLose(client: Client, context: Context): Promise<void> {
  const stand = await standOf(client, context);
  if (stand === 'safe') return;
  context.note(stand === 'last' ? lastWarning : unknownWarning);
  // Not into the output of a script.
  const key = stand === 'last' && canAsk(context.terminal) ? await client.encryption.recoveryKey() : null;
  if (key !== null) showRecoveryKey(context, key);
  if (!(await agree(context.terminal, agreement))) throw new UsageError('nothing was changed');
}

/** `last`: no other device reads the chats, and the recovery key may not be on paper. */
async function standOf(client: Client, context: Context): Promise<'safe' | 'last' | 'unknown'> {
  const { encryption } = client;
  if (encryption.snapshot.phase === 'off') return 'safe';
  const deadline = context.deadline();
  try {
    await client.caughtUp(deadline);
    const phase = await keysMade(client, deadline);
    if (phase === 'opening') return 'unknown';
    if (phase !== 'ready' || encryption.snapshot.recovery === 'confirmed') return 'safe';
    const devices = await encryption.devices();
    return devices.some(({ linked, current }) => linked && !current) ? 'safe' : 'last';
  } catch (error) {
    if (context.terminal.interrupted.aborted) throw new Interrupted('interrupted');
    if (isEnded(error) || !(error instanceof ChatError)) throw error;
    return 'unknown';
  }
}

function isEnded(error: unknown): boolean {
  return error instanceof ChatError && error.advice === 'sign_in';
}

// `parley devices revoke`: signs a device out. One that reads the chats is asked about: it holds keys, so what was lost
// or stolen is shut out of what comes, by new keys and a new recovery key. [ENC]
import type { DeviceId } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { Locked, UsageError } from '../exit-codes.ts';
import { keysStand } from '../keys.ts';
import { askShown, readPassword } from '../password.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';
import { showRecoveryKey } from './recovery.ts';

interface RevokeOptions {
  readonly have?: boolean;
  readonly lost?: boolean;
  readonly passwordStdin?: boolean;
}

const consequences = `It is signed out, and you get new keys and a new recovery key, so that nothing it holds opens what comes.
 - The old recovery key stops working.
 - Your contacts are told that you set up Parley afresh.
Until this is finished, it may still read new messages.`;
const question = 'Do you still have it, or was it lost or stolen? (have/lost) ';

export function revokeCommand(devices: Command, run: Run): void {
  devices
    .command('revoke <device>')
    .description('sign a device out; its connections end within 2 seconds')
    .option('--have', 'you still have it: it is only signed out')
    .option('--lost', 'it was lost or stolen: new keys and a new recovery key, too; this asks for the password')
    .option('--password-stdin', 'with --lost: read the password from standard input')
    .action(run((context, device: string, options: RevokeOptions) => revoke(context, device as DeviceId, options)));
}

async function revoke(context: Context, device: DeviceId, options: RevokeOptions): Promise<void> {
  if (options.have === true && options.lost === true) throw new UsageError('--have and --lost do not go together');
  await context.withClient(async (client) => {
    if (await isLost(client, context, { device, options })) return shutOut(client, context, { device, options });
    await client.devices.revoke(device);
    context.note('Signed out.');
  });
}

interface Revoked {
  readonly device: DeviceId;
  readonly options: RevokeOptions;
}

/** What was said, or else is asked. One that cannot read chats has nothing to be shut out of. */
async function isLost(client: Client, context: Context, { device, options }: Revoked): Promise<boolean> {
  if (options.have === true || options.lost === true) return options.lost === true;
  const name = await nameOfLinked(client, context, device);
  if (name === null) return false;
  context.note(`${name} can read your chats.`);
  const said = (await askShown(context.terminal, question, '--have or --lost')).trim().toLowerCase();
  if (said !== 'have' && said !== 'lost') throw new UsageError('nothing was changed: answer "have" or "lost"');
  return said === 'lost';
}

/** Null: there is none that reads chats. */
async function nameOfLinked(client: Client, context: Context, device: DeviceId): Promise<string | null> {
  const phase = await keysStand(client, context.deadline());
  if (phase === 'off') return null;
  const found = (await client.devices.list()).find((one) => one.device === device);
  if (found === undefined) return null;
  // While the keys are being opened here, it is not known what the other one can read.
  const keys = phase === 'opening' ? null : await client.encryption.devices();
  const isLinked = keys === null || keys.some((one) => one.device === device && one.linked);
  return isLinked ? printable(found.name) : null;
}

/** What broke off can be done again: a device that is signed out already is shut out all the same. */
async function shutOut(client: Client, context: Context, { device, options }: Revoked): Promise<void> {
  const phase = await keysStand(client, context.deadline());
  if (phase === 'ready') context.note(consequences);
  const password = phase === 'ready' ? await readPassword(context.terminal, options.passwordStdin === true) : '';
  const there = await client.devices.list();
  if (there.some((one) => one.device === device)) await client.devices.revoke(device);
  context.note('Signed out.');
  if (phase !== 'ready')
    throw new Locked(
      'encryption.needs_linking',
      `this device has no keys to shut it out with. Run "parley devices revoke ${device} --lost" on one that reads your chats; until then it may still read new messages.`,
    );
  const key = await client.encryption.shutOut(password);
  context.note('It is shut out. The old recovery key is void; this is the new one.');
  showRecoveryKey(context, key);
}

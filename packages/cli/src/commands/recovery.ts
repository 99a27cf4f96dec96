// `parley recover`, `start-over` and `recovery-key`: how a device comes to the keys of the account, and the one secret
// that brings them back when no device is left. A secret is never an argument, and no new key is made unasked. [ENC]
import type { Client, DevicesBefore, EncryptionView, RecoveryKeyView } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { Refused, UsageError } from '../exit-codes.ts';
import { keysMade, keysSaved, keysStand } from '../keys.ts';
import { agree, askShown, readPassword } from '../password.ts';
import { readGoodKey } from '../recovery-input.ts';
import type { Run } from '../run.ts';

const warning = `Starting over makes new keys for this account, because there is no recovery key and no device that has the old ones.
 - Messages from before stay unreadable here, for good.
 - Everybody you write to is told that you set up afresh.
 - Your other devices can read nothing new until they are linked again.
If you have your recovery key, use "parley recover" instead.`;
const agreement = 'start over';
const question = 'Are your old devices with you, wiped or broken ("have"), or was one lost or stolen ("lost")? ';
const columns = 4;

export function recoveryCommands(program: Command, run: Run): void {
  program
    .command('recover')
    .description('let this device read your chats, with the recovery key of your account')
    .option('--key-stdin', 'read the recovery key from standard input')
    .action(run((context, options: { keyStdin?: boolean }) => recover(context, options.keyStdin === true)));
  program
    .command('start-over')
    .description('new keys for an account whose recovery key is lost; old messages stay unreadable')
    .option('--have', 'nobody else has your old devices: others may read what those said while they were away')
    .option('--lost', 'one was lost or stolen: nobody believes it any more; so it is if nothing is said with --yes')
    .option('--password-stdin', 'read the password from standard input')
    .option('--yes', 'do not ask')
    .action(run((context, options: StartOverOptions) => startOver(context, options)));
  program
    .command('recovery-key')
    .description('the one secret that brings your chats back; shown until you have confirmed that you keep it')
    .option('--confirm', 'you have written it down: it is not shown any more')
    .option('--new', 'another one instead; the old one opens nothing more')
    .option('--password-stdin', 'with --new: read the password from standard input')
    .action(run((context, options: KeyOptions) => recoveryKey(context, options)));
}

interface StartOverOptions {
  readonly have?: boolean;
  readonly lost?: boolean;
  readonly passwordStdin?: boolean;
  readonly yes?: boolean;
}

interface KeyOptions {
  readonly confirm?: boolean;
  readonly new?: boolean;
  readonly passwordStdin?: boolean;
}

async function recover(context: Context, fromInput: boolean): Promise<void> {
  await context.withClient(async (client) => {
    if ((await keysStand(client, context.deadline())) === 'ready') {
      context.print({ phase: 'ready' }, 'This device can read your chats already.');
      return;
    }
    const text = await readGoodKey(context.terminal, fromInput);
    context.note('Bringing your chats here …');
    await client.encryption.recover(text);
    await keysSaved(client, context.deadline());
    context.print({ phase: await keysStand(client, context.deadline()) }, 'This device can read your chats now.');
  });
}

async function startOver(context: Context, options: StartOverOptions): Promise<void> {
  const { have = false, lost = false, passwordStdin = false, yes = false } = options;
  if (have && lost) throw new UsageError('--have and --lost do not go together');
  await context.withClient(async (client) => {
    await keysStand(client, context.deadline());
    if (!yes) {
      context.note(warning);
      if (!(await agree(context.terminal, agreement))) throw new UsageError('nothing was changed');
    }
    const before = have || lost || yes ? (have ? 'safe' : 'lost') : await askBefore(context);
    await client.encryption.startOver(await readPassword(context.terminal, passwordStdin), before);
    const phase = await keysMade(client, context.deadline());
    context.print({ phase }, 'This device has new keys. Save the new recovery key: parley recovery-key');
  });
}

async function askBefore({ terminal }: Context): Promise<DevicesBefore> {
  const said = (await askShown(terminal, question, '--have or --lost')).trim().toLowerCase();
  if (said !== 'have' && said !== 'lost') throw new UsageError('nothing was changed: answer "have" or "lost"');
  return said === 'have' ? 'safe' : 'lost';
}

async function recoveryKey(context: Context, options: KeyOptions): Promise<void> {
  if (options.confirm === true && options.new === true) throw new UsageError('--confirm and --new do not go together');
  await context.withClient(async (client) => {
    await keysMade(client, context.deadline());
    if (options.confirm === true) return confirm(client, context);
    if (options.new === true) {
      const password = await readPassword(context.terminal, options.passwordStdin === true);
      return showRecoveryKey(context, await client.encryption.newRecoveryKey(password));
    }
    const key = await client.encryption.recoveryKey();
    if (key !== null) return showRecoveryKey(context, key);
    throw new Refused('not_found', absent[client.encryption.snapshot.recovery]);
  });
}

const unknown = 'this device does not know the recovery key. With it: parley recover.';
/** Why there is none to show. */
const absent: Readonly<Record<EncryptionView['recovery'], string>> = {
  none: unknown,
  offered: unknown,
  confirmed: 'the recovery key is not shown on this device any more. "parley recovery-key --new" makes another one.',
  unfinished: 'your new keys have no recovery key yet. "parley recovery-key --new" makes it.',
};

async function confirm({ encryption }: Client, context: Context): Promise<void> {
  const { recovery } = encryption.snapshot;
  if (recovery === 'none' || recovery === 'unfinished') throw new Refused('not_found', absent[recovery]);
  await encryption.confirmRecoveryKey();
  context.print({ recovery: 'confirmed' }, 'Keep it safe. It is not shown here any more.');
}

/** Once, as words and as groups, with what to do with it. */
export function showRecoveryKey(context: Context, { words, groups }: RecoveryKeyView): void {
  context.note('Whoever has this can sign in as you and read everything. Write it down, as words or as groups:');
  context.print({ words, groups }, `\n${wordTable(words)}\n\n${groupTable(groups)}\n`);
  context.note('When you have it: parley recovery-key --confirm');
}

/** In columns, each word with its number. */
function wordTable(words: readonly string[]): string {
  const rows = Math.ceil(words.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => column * rows + row)
      .map((at) => `${String(at + 1).padStart(4)} ${(words[at] ?? '').padEnd(10)}`)
      .join('')
      .trimEnd(),
  ).join('\n');
}

function groupTable(groups: string): string {
  const all = groups.split(' ');
  const half = Math.ceil(all.length / 2);
  return [all.slice(0, half), all.slice(half)].map((row) => `   ${row.join(' ')}`).join('\n');
}

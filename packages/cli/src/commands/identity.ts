// `parley verify`: the code that two people compare, so that nobody can have come between them. [ENC]
import type { IdentityView } from '@parley/sdk';
import type { Command } from 'commander';
import encodeQR from 'qr';
import { Refused, UsageError } from '../exit-codes.ts';
import { mustSeal } from '../keys.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';

const groupDigits = 5;
const rowGroups = 4;

const states: Readonly<Record<IdentityView['state'], string>> = {
  none: 'has no keys yet',
  known: 'not compared yet',
  confirmed: 'compared: nobody stands between you',
  changed: 'set up Parley afresh; messages go to the new devices',
  left_out:
    'has another key than you compared, or were invited with (perhaps set up afresh): gets nothing until you compare, or accept it as it is',
};

export function identityCommands(program: Command, run: Run): void {
  program
    .command('verify <handle>')
    .description('the code to compare with somebody, by phone or face to face')
    .option('--qr', 'show the code to scan, too')
    .option('--confirm', 'the codes are the same')
    .option('--accept', 'they set up Parley afresh, and you do not compare again')
    .action(
      run(async (context, handle: string, options: { qr?: boolean; confirm?: boolean; accept?: boolean }) => {
        if (options.confirm === true && options.accept === true)
          throw new UsageError('--confirm and --accept do not go together');
        await context.withClient(async (client) => {
          const { account, name, handle: bare } = await client.people.find(handle);
          if (account === client.me.snapshot.account) throw new UsageError('that is you: there is nothing to compare');
          await mustSeal(client, context);
          const { encryption } = client;
          const before = await encryption.identity(account);
          if (before.code === null)
            throw new Refused('not_found', `there is nothing to compare with @${bare} yet: write to each other first`);
          if (options.confirm === true) await encryption.confirmIdentity(account);
          if (options.accept === true) await encryption.acceptIdentity(account);
          const { state, code } = await encryption.identity(account);
          const digits = code?.digits ?? '';
          const groups = groupsOf(digits.replaceAll(/\D/g, ''));
          context.print(
            { handle: bare, account, state, digits: groups.join(' '), qr: code?.qr ?? null },
            `${printable(name)} (@${bare}): ${states[state]}\n\n${rowsOf(groups)}\n`,
          );
          if (options.qr === true && code !== null) context.note(encodeQR(code.qr, 'ascii', { border: 2 }));
          if (state !== 'confirmed')
            context.note(
              `@${bare} sees the same digits with "parley verify @${client.me.snapshot.handle}" or in the app. When they are: parley verify @${bare} --confirm`,
            );
        });
      }),
    );
}

function groupsOf(digits: string): readonly string[] {
  return digits.match(new RegExp(`\\d{1,${groupDigits}}`, 'g')) ?? [];
}

function rowsOf(groups: readonly string[]): string {
  const rows = Math.ceil(groups.length / rowGroups);
  return Array.from(
    { length: rows },
    (_, row) => `    ${groups.slice(row * rowGroups, (row + 1) * rowGroups).join('  ')}`,
  ).join('\n');
}

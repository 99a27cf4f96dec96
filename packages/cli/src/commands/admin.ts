// `parley admin …`: for the operators of a server, with an operator's profile.
import type { AccountId } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import type { Command } from 'commander';
import { Refused } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';
import { reportsCommands } from './admin-reports.ts';

type Listed = Awaited<ReturnType<Client['admin']['accounts']>>['items'][number];

/** What an operator may do to one account. Resolves to what is to be said of it. */
const verbs: readonly {
  readonly verb: string;
  readonly description: string;
  readonly act: (client: Client, account: AccountId) => Promise<string>;
}[] = [
  {
    verb: 'disable',
    description: 'sign an account out and keep it out',
    act: (client, account) => client.admin.update(account, { disabled: true }).then(() => 'disabled'),
  },
  {
    verb: 'enable',
    description: 'let a disabled account in again',
    act: (client, account) => client.admin.update(account, { disabled: false }).then(() => 'enabled'),
  },
  {
    verb: 'grant',
    description: 'make an account an operator',
    act: (client, account) => client.admin.update(account, { admin: true }).then(() => 'operator'),
  },
  {
    verb: 'ungrant',
    description: 'take operator rights away',
    act: (client, account) => client.admin.update(account, { admin: false }).then(() => 'no operator'),
  },
  {
    verb: 'sign-out',
    description: 'sign all devices of an account out',
    act: (client, account) => client.admin.signOut(account).then(() => 'signed out'),
  },
  {
    verb: 'reset-password',
    description: 'a new random password; all devices are signed out',
    act: (client, account) => client.admin.resetPassword(account),
  },
];

export function adminCommands(program: Command, run: Run): void {
  const admin = program.command('admin').description('for operators');
  admin
    .command('status')
    .description('counts, lag, disk and alarms')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          const status = await client.admin.status();
          context.print(status, statusText(status));
        });
      }),
    );
  admin
    .command('accounts')
    .description('all accounts')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          for await (const account of everyAccount(client)) context.print(account, accountText(account));
        });
      }),
    );
  reportsCommands(admin, run);
  for (const { verb, description, act } of verbs)
    admin
      .command(`${verb} <handle>`)
      .description(description)
      .action(
        run(async (context, handle: string) => {
          await context.withClient(async (client) => {
            const said = await act(client, await accountCalled(client, handle));
            context.print({ handle, result: said }, said);
          });
        }),
      );
}

function statusText(status: object): string {
  return Object.entries(status)
    .map(([name, value]) => `${name.padEnd(16)} ${Array.isArray(value) ? value.join('; ') || 'none' : String(value)}`)
    .join('\n');
}

function accountText({ account, handle, name, admin, disabled, devices }: Listed): string {
  const marks = `${admin ? '  operator' : ''}${disabled ? '  disabled' : ''}`;
  return `${account}  @${handle}  ${printable(name)}${marks}  ${devices} devices`;
}

async function* everyAccount(client: Client): AsyncIterable<Listed> {
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await client.admin.accounts(cursor);
    yield* page.items;
    cursor = page.next_cursor;
    more = page.has_more && cursor !== undefined;
  }
}

/** Looks through all accounts, because others do not find those that are disabled. */
async function accountCalled(client: Client, handle: string): Promise<AccountId> {
  const bare = handle.replace(/^@/, '').toLowerCase();
  for await (const account of everyAccount(client)) if (account.handle === bare) return account.account;
  throw new Refused('account.unknown', `there is no account called @${bare}`);
}

// `parley admin …`: for the operators of a server, with an operator's profile.
import type { AccountId } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import type { Command } from 'commander';
import { Refused } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';

export function adminCommands(program: Command, run: Run): void {
  const admin = program.command('admin').description('for operators');
  admin
    .command('status')
    .description('counts, lag, disk and alarms')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          const status = await client.admin.status();
          context.print(
            status,
            Object.entries(status)
              .map(([name, value]) => `${name.padEnd(16)} ${Array.isArray(value) ? value.join('; ') || 'none' : value}`)
              .join('\n'),
          );
        });
      }),
    );
  admin
    .command('accounts')
    .description('all accounts')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          for (let cursor: string | undefined, more = true; more; ) {
            const page = await client.admin.accounts(cursor);
            for (const a of page.items)
              context.print(
                a,
                `${a.account}  @${a.handle}  ${printable(a.name)}${a.admin ? '  operator' : ''}${a.disabled ? '  disabled' : ''}  ${a.devices} devices`,
              );
            cursor = page.next_cursor;
            more = page.has_more && cursor !== undefined;
          }
        });
      }),
    );
  const on = (verb: string, description: string, act: (client: Client, account: AccountId) => Promise<string>) =>
    admin
      .command(`${verb} <handle>`)
      .description(description)
      .action(
        run(async (context, handle: string) => {
          await context.withClient(async (client) => {
            const account = await accountCalled(client, handle);
            const said = await act(client, account);
            context.print({ handle, result: said }, said);
          });
        }),
      );
  on(
    'disable',
    'sign an account out and keep it out',
    async (client, account) => (await client.admin.update(account, { disabled: true })) && 'disabled',
  );
  on(
    'enable',
    'let a disabled account in again',
    async (client, account) => (await client.admin.update(account, { disabled: false })) && 'enabled',
  );
  on(
    'grant',
    'make an account an operator',
    async (client, account) => (await client.admin.update(account, { admin: true })) && 'operator',
  );
  on(
    'ungrant',
    'take operator rights away',
    async (client, account) => (await client.admin.update(account, { admin: false })) && 'no operator',
  );
  on('sign-out', 'sign all devices of an account out', async (client, account) =>
    client.admin.signOut(account).then(() => 'signed out'),
  );
  on('reset-password', 'a new random password; all devices are signed out', async (client, account) =>
    client.admin.resetPassword(account),
  );
}

/** Looks through all accounts, because others do not find those that are disabled. */
async function accountCalled(client: Client, handle: string): Promise<AccountId> {
  const bare = handle.replace(/^@/, '').toLowerCase();
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await client.admin.accounts(cursor);
    const found = page.items.find((account) => account.handle === bare);
    if (found !== undefined) return found.account;
    cursor = page.next_cursor;
    more = page.has_more && cursor !== undefined;
  }
  throw new Refused('account.unknown', `there is no account called @${bare}`);
}

// `parley group …`: make a group, its members and their roles.
import type { AccountId } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import type { Command } from 'commander';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';

export function groupCommands(program: Command, run: Run): void {
  const group = program.command('group').description('groups and their members');
  group
    .command('create <name> [handles...]')
    .description('make a group with these people')
    .action(
      run(async (context, name: string, handles: string[]) => {
        await context.withClient(async (client) => {
          const conversation = await client.createGroup(name, await accountsOf(client, handles));
          context.print({ id: conversation.id, title: name }, conversation.id);
        });
      }),
    );
  const each = (
    verb: string,
    description: string,
    act: (client: Client, to: string, account: AccountId) => Promise<unknown>,
  ) =>
    group
      .command(`${verb} <group> <handles...>`)
      .description(description)
      .action(
        run(async (context, to: string, handles: string[]) => {
          await context.withClient(async (client) => {
            for (const account of await accountsOf(client, handles)) await act(client, to, account);
          });
        }),
      );
  each('add', 'add people', async (client, to, account) => (await conversationFor(client, to)).members.add(account));
  each('remove', 'remove people', async (client, to, account) =>
    (await conversationFor(client, to)).members.remove(account),
  );
  each('promote', 'make people admins', async (client, to, account) =>
    (await conversationFor(client, to)).members.setRole(account, 'admin'),
  );
  each('demote', 'make admins members again', async (client, to, account) =>
    (await conversationFor(client, to)).members.setRole(account, 'member'),
  );
  group
    .command('members <group>')
    .description('who is in it')
    .action(
      run(async (context, to: string) => {
        await context.withClient(async (client) => {
          const { members } = await conversationFor(client, to);
          await members.load();
          await client.people.load(members.snapshot.items.map((member) => member.account));
          for (const member of members.snapshot.items) {
            const handle = client.people.get(member.account)?.handle ?? member.account;
            context.print({ handle, role: member.role }, `@${handle}  ${member.role}`);
          }
        });
      }),
    );
  group
    .command('leave <group>')
    .description('leave it')
    .action(
      run(async (context, to: string) =>
        context.withClient(async (client) => (await conversationFor(client, to)).leave()),
      ),
    );
}

async function accountsOf(client: Client, handles: readonly string[]): Promise<readonly AccountId[]> {
  const accounts: AccountId[] = [];
  for (const handle of handles) accounts.push((await client.people.find(handle)).account);
  return accounts;
}

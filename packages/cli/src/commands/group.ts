// `parley group …`: make a group, its members and their roles.
import type { AccountId } from '@parley/protocol';
import { ChatError, type Client, type Conversation } from '@parley/sdk';
import type { Command } from 'commander';
import { Refused } from '../exit-codes.ts';
import { handleOf } from '../message-line.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

export function groupCommands(program: Command, run: Run): void {
  const group = program.command('group').description('groups and their members');
  group
    .command('create <name> [handles...]')
    .description('make a group with these people')
    .action(
      run(async (context, name: string, handles: string[]) => {
        await context.withClient(async (client) => {
          const accounts = await accountsOf(client, handles);
          const conversation = await contactsOnly(client.createGroup(name, accounts));
          context.print({ id: conversation.id, title: name }, conversation.id);
        });
      }),
    );
  const each = (
    verb: string,
    description: string,
    done: string,
    act: (group: Conversation, account: AccountId) => Promise<unknown>,
  ) =>
    group
      .command(`${verb} <group> <handles...>`)
      .description(description)
      .action(
        run(async (context, to: string, handles: string[]) => {
          await context.withClient(async (client) => {
            const group = await existingConversation(client, to);
            for (const handle of handles) {
              const { account } = await client.people.find(handle);
              await act(group, account);
              context.note(`@${handle.replace(/^@/, '')}: ${done}`);
            }
          });
        }),
      );
  each('add', 'add people', 'added', (group, account) => contactsOnly(group.members.add(account)));
  each('remove', 'remove people', 'removed', (group, account) => group.members.remove(account));
  each('promote', 'make people admins', 'an admin now', (group, account) => group.members.setRole(account, 'admin'));
  each('demote', 'make admins members again', 'a member now', (group, account) =>
    group.members.setRole(account, 'member'),
  );
  group
    .command('members <group>')
    .description('who is in it')
    .action(
      run(async (context, to: string) => {
        await context.withClient(async (client) => {
          const { members } = await existingConversation(client, to);
          await members.load();
          while (members.snapshot.more) await members.loadMore();
          await client.people.load(members.snapshot.items.map((member) => member.account));
          for (const member of members.snapshot.items) {
            const handle = handleOf(client, member.account);
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
        context.withClient(async (client) => {
          await (await existingConversation(client, to)).leave();
          context.note('Left.');
        }),
      ),
    );
}

async function accountsOf(client: Client, handles: readonly string[]): Promise<readonly AccountId[]> {
  const accounts: AccountId[] = [];
  for (const handle of handles) accounts.push((await client.people.find(handle)).account);
  return accounts;
}

/** They exist, or they would not have been found: what is refused here is somebody who may not be added. */
async function contactsOnly<T>(adding: Promise<T>): Promise<T> {
  try {
    return await adding;
  } catch (error) {
    if (!(error instanceof ChatError && error.code === 'account.unknown')) throw error;
    throw new Refused(error.code, 'only contacts can be added, as far as they let you; write to each other first');
  }
}

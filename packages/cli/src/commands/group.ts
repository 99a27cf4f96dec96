// `parley group …`: make a group, its members and their roles.
import type { AccountId } from '@parley/protocol';
import { ChatError, type Client, type Conversation } from '@parley/sdk';
import { type Command, Option } from 'commander';
import { Refused } from '../exit-codes.ts';
import { mustSeal } from '../keys.ts';
import { handleOf } from '../message-line.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';
import { groupPictureCommand } from './group-picture.ts';

export function groupCommands(program: Command, run: Run): void {
  const group = program.command('group').description('groups and their members');
  group
    .command('create <name> [handles...]')
    .description('make a group with these people')
    .action(
      run(async (context, name: string, handles: string[]) => {
        await context.withClient(async (client) => {
          await mustSeal(client, context);
          const accounts = await accountsOf(client, handles);
          const conversation = await reachable(client.createGroup(name, accounts));
          context.print({ id: conversation.id, title: name }, conversation.id);
        });
      }),
    );
  const each = (verb: string, description: string, act: (group: Conversation, account: AccountId) => Promise<string>) =>
    group
      .command(`${verb} <group> <handles...>`)
      .description(description)
      .action(
        run(async (context, to: string, handles: string[]) => {
          await context.withClient(async (client) => {
            const group = await existingConversation(client, to);
            for (const handle of handles) {
              const { account } = await client.people.find(handle);
              context.note(`@${handle.replace(/^@/, '')}: ${await act(group, account)}`);
            }
          });
        }),
      );
  group
    .command('add <group> <handles...>')
    .description('add contacts, and whoever waits to be let in; invite others')
    .addOption(
      new Option('--history <messages>', 'earlier messages that those who are added get, as you have them')
        .choices(['0', '25', '50', '100'])
        .default('0'),
    )
    .action(
      run(async (context, to: string, handles: string[], options: { history: string }) => {
        await context.withClient(async (client) => {
          const group = await existingConversation(client, to);
          for (const handle of handles) {
            const { account } = await client.people.find(handle);
            const { membership } = await reachable(group.members.add(account));
            const wanted = membership === 'member' ? Number(options.history) : 0;
            const shared = wanted > 0 ? await group.shareHistory(account, wanted) : 0;
            const more = shared > 0 ? `, with ${shared} earlier messages` : '';
            context.note(`@${handle.replace(/^@/, '')}: ${membership === 'member' ? 'added' : 'invited'}${more}`);
          }
        });
      }),
    );
  each('remove', 'remove people', async (group, account) => {
    await group.members.remove(account);
    return 'removed';
  });
  each('refuse', 'take an invitation back, or do not let in who waits', async (group, account) => {
    await group.members.pending.refuse(account);
    return 'refused';
  });
  each('promote', 'make people admins', async (group, account) => {
    await group.members.setRole(account, 'admin');
    return 'an admin now';
  });
  each('demote', 'make admins members again', async (group, account) => {
    await group.members.setRole(account, 'member');
    return 'a member now';
  });
  group
    .command('pending <group>')
    .description('who is invited, and who waits to be let in')
    .action(
      run(async (context, to: string) => {
        await context.withClient(async (client) => {
          const { pending } = (await existingConversation(client, to)).members;
          await pending.load();
          await client.people.load(pending.snapshot.map(({ account }) => account));
          for (const { account, state, expiresAt } of pending.snapshot) {
            const [handle, until] = [handleOf(client, account), new Date(expiresAt).toISOString()];
            context.print({ handle, state, expires_at: until }, `@${handle}  ${state} until ${until}`);
          }
        });
      }),
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
  groupPictureCommand(group, run);
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

/** They exist, or they would not have been found: what is refused here are guests, and who has no room for more. */
async function reachable<T>(adding: Promise<T>): Promise<T> {
  try {
    return await adding;
  } catch (error) {
    if (!(error instanceof ChatError && error.code === 'account.unknown')) throw error;
    throw new Refused(
      error.code,
      'guests, and people who are in too many chats or invited into too many, cannot be added',
    );
  }
}

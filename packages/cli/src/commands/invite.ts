// `parley invite …`: links that bring people to the server, or into one group or room.
import type { InviteId } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { Client, InviteView } from '@parley/sdk';
import type { Command } from 'commander';
import { UsageError } from '../exit-codes.ts';
import { keysStand } from '../keys.ts';
import { whole } from '../option-values.ts';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';

const keylessAdvice =
  'This link does not name your key, because this device does not have it: whoever comes by the link is told a key by the server alone. To make one that names it, get your chats here first (parley devices link, parley recover or parley start-over).';
const dayMs = 24 * 3_600_000;

export function inviteCommands(program: Command, run: Run): void {
  const invite = program.command('invite').description('invite links');
  const linksOf = async (client: Client, to: string | undefined) =>
    to === undefined ? client.invites : (await conversationFor(client, to)).links;
  invite
    .command('create [to]')
    .description('make a link to the server, or into a group or room')
    .option('--uses <n>', 'how often it works', whole(1, limits.maxInviteUses))
    .option('--days <n>', 'how long it works', whole(1, limits.maxInviteMs / dayMs))
    .option('--approval', 'who follows it waits until you let them in (groups and rooms)')
    .action(
      run(async (context, to: string | undefined, options: { uses?: number; days?: number; approval?: true }) => {
        if (options.approval && to === undefined) throw new UsageError('--approval goes with a group or room');
        await context.withClient(async (client) => {
          const links = await linksOf(client, to);
          // What is signed, or names the own key, needs keys that are open.
          await keysStand(client, context.deadline());
          const made = await links.create({
            ...(options.approval === undefined ? {} : { approval: true }),
            ...(options.uses === undefined ? {} : { uses: options.uses }),
            ...(options.days === undefined ? {} : { expiresInMs: options.days * dayMs }),
          });
          const named = to === undefined ? { names_key: !made.keyless } : {};
          context.print({ ...inviteObject(made), ...named }, made.link ?? '');
          if (made.keyless) context.note(keylessAdvice);
        });
      }),
    );
  invite
    .command('list [to]')
    .description('open links')
    .action(
      run(async (context, to: string | undefined) => {
        await context.withClient(async (client) => {
          for (const one of await (await linksOf(client, to)).list()) {
            context.print(
              inviteObject(one),
              `${one.invite}  ${one.usesLeft ?? 'any'} uses left${one.expiresAt === null ? '' : `, until ${new Date(one.expiresAt).toISOString()}`}`,
            );
          }
        });
      }),
    );
  invite
    .command('revoke <invite> [to]')
    .description('make a link invalid')
    .action(
      run(async (context, id: string, to: string | undefined) =>
        context.withClient(async (client) => {
          await (await linksOf(client, to)).revoke(id as InviteId);
          context.note('The link is no longer valid.');
        }),
      ),
    );
  invite
    .command('accept <link>')
    .description('use a link with this account')
    .action(
      run(async (context, link: string) => {
        await context.withClient(async (client) => {
          const conversation = await client.invites.accept(link);
          const { membership } = conversation.snapshot;
          context.print({ id: conversation.id, membership }, conversation.id);
          if (membership === 'waiting') context.note('An administrator has to let you in first.');
        });
      }),
    );
}

function inviteObject(invite: InviteView): Record<string, unknown> {
  return {
    id: invite.invite,
    link: invite.link,
    uses_left: invite.usesLeft,
    approval: invite.approval,
    expires_at: invite.expiresAt === null ? null : new Date(invite.expiresAt).toISOString(),
  };
}

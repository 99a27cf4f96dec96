// `parley room …`: open rooms of the server.
import { type Command, Option } from 'commander';
import { Refused } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

export function roomCommands(program: Command, run: Run): void {
  const room = program.command('room').description('rooms: never encrypted');
  room
    .command('create <name>')
    .description('make a room')
    .option('--topic <text>', 'what it is about')
    .addOption(new Option('--access <who>', 'who may come in').choices(['open', 'invite']).default('open'))
    .action(
      run(async (context, title: string, options: { topic?: string; access: 'open' | 'invite' }) => {
        await context.withClient(async (client) => {
          const conversation = await client.createRoom({
            title,
            access: options.access,
            ...(options.topic === undefined ? {} : { topic: options.topic }),
          });
          context.print({ id: conversation.id, title }, conversation.id);
        });
      }),
    );
  room
    .command('list')
    .description('open rooms')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          for (let cursor: string | null | undefined; cursor !== null; ) {
            const page = await client.rooms.list(cursor);
            for (const r of page.items)
              context.print(
                { id: r.id, title: r.title, members: r.memberCount, member: r.member },
                `${r.id}  #${printable(r.title)}  ${r.memberCount} members${r.member ? ' (joined)' : ''}`,
              );
            cursor = page.nextCursor;
          }
        });
      }),
    );
  room
    .command('join <room>')
    .description('join an open room, by name or id')
    .action(
      run(async (context, name: string) => {
        await context.withClient(async (client) => {
          const wanted = name.replace(/^#/, '').toLocaleLowerCase();
          for (let cursor: string | null | undefined; cursor !== null; ) {
            const page = await client.rooms.list(cursor);
            const found = page.items.find((r) => r.id === name || r.title.toLocaleLowerCase() === wanted);
            if (found !== undefined) return context.print({ id: (await client.rooms.join(found.id)).id }, found.id);
            cursor = page.nextCursor;
          }
          throw new Refused('conversation.denied', `there is no open room called #${wanted}`);
        });
      }),
    );
  room
    .command('leave <room>')
    .description('leave a room')
    .action(
      run(async (context, to: string) =>
        context.withClient(async (client) => {
          await (await existingConversation(client, to)).leave();
          context.note('Left.');
        }),
      ),
    );
}

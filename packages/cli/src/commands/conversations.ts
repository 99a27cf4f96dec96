// `parley conversations`: the list of chats with unread counts.
import type { Command } from 'commander';
import type { Run } from '../run.ts';
import { printable } from '../terminal.ts';

export function conversationsCommand(program: Command, run: Run): void {
  program
    .command('conversations')
    .description('your chats, newest activity first')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          for (const c of client.conversations.snapshot) {
            const handle = c.peer === null ? null : (client.people.get(c.peer)?.handle ?? null);
            const name = c.notes ? 'me' : handle !== null ? `@${handle}` : `#${c.title}`;
            const marks = [
              c.unread > 0 ? `${c.unread} unread` : '',
              c.request === 'in' ? 'request' : '',
              c.archived ? 'archived' : '',
              c.role === null ? 'left' : '',
            ].filter((mark) => mark !== '');
            context.print(
              {
                id: c.id,
                kind: c.kind,
                name,
                title: c.notes ? 'Notes to self' : c.title,
                unread: c.unread,
                request: c.request,
                head: c.head,
                members: c.memberCount,
              },
              `${c.id}  ${printable(name).padEnd(20)} ${printable(c.last?.text ?? '').slice(0, 40)}${marks.length > 0 ? `  (${marks.join(', ')})` : ''}`,
            );
          }
        });
      }),
    );
}

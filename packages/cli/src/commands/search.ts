// `parley search`: messages that have all the words. Only this device can read them, so it searches what is on it.
import type { Client } from '@parley/sdk';
import type { Command } from 'commander';
import { noteLocked } from '../keys.ts';
import { handleOf } from '../message-line.ts';
import { whole } from '../option-values.ts';
import { printableLines } from '../printable.ts';
import type { Run } from '../run.ts';

const maxHits = 1_000;

export function searchCommand(program: Command, run: Run): void {
  program
    .command('search <words...>')
    .description('find messages that are on this device')
    .option('--limit <n>', 'how many', whole(1, maxHits), 20)
    .option('--all', 'bring all messages to this device first')
    .action(
      run(async (context, words: string[], options: { limit: number; all?: boolean }) => {
        await context.withClient(async (client) => {
          const signal = context.terminal.interrupted;
          await noteLocked(client, context);
          if (options.all === true) await bringAll(client, signal);
          const hits = await client.search(words.join(' '), { limit: options.limit, signal });
          await client.people.load([...new Set(hits.map((hit) => hit.sender))]);
          for (const { conversation, seq, sender, text, storedAt } of hits) {
            const handle = handleOf(client, sender);
            const at = new Date(storedAt).toISOString();
            context.print(
              { conversation_id: conversation, seq, sender: handle, content: text, stored_at: at },
              `${at.slice(0, 16).replace('T', ' ')} ${conversation} ${seq} @${handle}: ${printableLines(text)}`,
            );
          }
        });
      }),
    );
}

/** Reads every conversation to its beginning, so that the store has it. */
async function bringAll(client: Client, signal: AbortSignal): Promise<void> {
  for (const { id } of client.conversations.snapshot) {
    const conversation = client.conversation(id);
    if (conversation === null) continue;
    for await (const _ of conversation.history()) signal.throwIfAborted();
  }
}

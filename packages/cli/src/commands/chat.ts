// `parley chat`: the interactive client. A full screen (Ink) on a terminal, line mode with --plain or without one.
import { ChatError, type Client } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { keysStand, lockedAdvice } from '../keys.ts';
import { conversationFor } from '../recipient.ts';
import type { Run } from '../run.ts';
import type { Terminal } from '../terminal.ts';
import { answer } from './link.ts';

/** How long it waits for the server before it begins without, in milliseconds. */
const patienceMs = 3_000;

export function chatCommand(program: Command, run: Run): void {
  program
    .command('chat [to]')
    .description('chat in the terminal')
    .option('--plain', 'line mode: for screen readers, pipes and dumb terminals')
    .action(
      run(async (context, to: string | undefined, options: { plain?: boolean }) => {
        const { terminal, world } = context;
        const isPlain = options.plain === true || !takesKeys(terminal);
        await context.withClient(
          async (client) => {
            await begin(client, context);
            if (client.encryption.snapshot.phase === 'needs_linking') context.note(lockedAdvice);
            const first = to === undefined ? null : await conversationFor(client, to);
            const link = () => linkAt(client, context);
            const parts = { client, terminal, now: world.now, timeout: world.timeout, link };
            if (isPlain) return (await import('../chat-lines.ts')).chatInLines(parts, first);
            return (await import('../chat-screen.ts')).chatOnScreen(parts, first);
          },
          { offline: true },
        );
      }),
    );
}

/** Catches up where it can; a chat works without the server as well. */
async function begin(client: Client, context: Context): Promise<void> {
  const { terminal, world } = context;
  try {
    const deadline = AbortSignal.any([terminal.interrupted, world.timeout(patienceMs)]);
    await client.caughtUp(deadline);
    await keysStand(client, deadline);
  } catch (error) {
    if (!(error instanceof ChatError && error.code === 'client.aborted')) throw error;
    terminal.interrupted.throwIfAborted();
    context.note('Not connected. What you write waits and goes out when the server is there.');
  }
}

/** Only where somebody can be asked. */
async function linkAt(client: Client, context: Context): Promise<void> {
  if (!isKeyboard(context.terminal)) throw new UsageError('a device is linked at a terminal: parley devices link');
  await answer(client, context);
}

function takesKeys(terminal: Terminal): boolean {
  return terminal.interactive && isKeyboard(terminal);
}

function isKeyboard({ input }: Terminal): boolean {
  return 'isTTY' in input && input.isTTY === true;
}

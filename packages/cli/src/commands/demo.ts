// `parley demo`: a server with people, groups and history in a folder of its own, to look around. Nothing of it
// touches another data folder; it ends with Ctrl-C, and --keep leaves the folder.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Client, Conversation, SessionView } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { keysMade } from '../keys.ts';
import { whole } from '../option-values.ts';
import type { Run } from '../run.ts';
import { untilAborted } from './tail.ts';

const password = 'a demo, not a secret';
const people = [
  ['ana', 'Ana Lind'],
  ['ben', 'Ben Okafor'],
  ['noor', 'Noor Haddad'],
] as const;
const lines = [
  'Weather looks good for Saturday ☀️',
  'I booked two canoes, three seats each',
  'They open at nine',
  'Nine is fine. I will take the 8:14 train',
  'Who brings lunch?',
  'I will bring bread and the *good* cheese',
  'Bring the dry bags',
  'On it 👍',
  'The map is at https://example.org/river',
  'See you at the bridge',
] as const;
const startMs = 60_000;

export function demoCommand(program: Command, run: Run): void {
  program
    .command('demo')
    .description('a server with example people and messages, to look around')
    .option('--messages <n>', 'how many', whole(0, 100_000), 300)
    .option('--keep', 'keep its folder')
    .action(
      run(async (context, options: { messages: number; keep?: boolean }) => {
        const folder = await mkdtemp(join(tmpdir(), 'parley-demo-'));
        const server = startServer(folder);
        try {
          const address = await addressOf(
            server,
            AbortSignal.any([context.terminal.interrupted, AbortSignal.timeout(startMs)]),
          );
          const keys = await fill(context, address, options.messages);
          context.print(
            { url: address, folder, people: people.map(([handle]) => handle), password, recovery_keys: keys },
            `\n${address}\nSign in as ${people.map(([handle]) => handle).join(', ')} with the password "${password}".\nWhat they wrote is encrypted end to end. A new device reads it with their recovery key:\n${keyTable(keys)}\nCtrl-C ends.`,
          );
          await untilAborted(context.terminal.interrupted);
        } finally {
          server.kill('SIGTERM');
          await new Promise((resolve) => server.once('exit', resolve));
          if (options.keep === true) context.note(`Kept ${folder}`);
          else await rm(folder, { recursive: true, force: true });
        }
      }),
    );
}

function startServer(folder: string) {
  const main = fileURLToPath(import.meta.resolve('@parley/server'));
  return spawn(process.execPath, [main, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PARLEY_DATA: folder,
      PARLEY_SIGNUP: 'open',
      PARLEY_DIRECTORY: 'members',
      PARLEY_ECHO_BOT: 'off',
    },
  });
}

/** The address in the server's first line, which is one JSON object when nobody looks at it. */
async function addressOf(server: ReturnType<typeof startServer>, signal: AbortSignal): Promise<string> {
  for await (const line of createInterface({ input: server.stdout, signal })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) {
      server.stdout.resume();
      return url;
    }
  }
  throw new Error('the demo server did not start');
}

function keyTable(keys: Readonly<Record<string, string>>): string {
  return Object.entries(keys)
    .map(([handle, key]) => `  ${handle.padEnd(5)} ${key}`)
    .join('\n');
}

/** People who know each other, and what they said. Resolves to their recovery keys. */
async function fill(context: Context, address: string, count: number): Promise<Readonly<Record<string, string>>> {
  const clients: Client[] = [];
  try {
    for (const [handle, name] of people) {
      const session: SessionView = await entrance(address).signUp({ handle, name, password, deviceName: 'Demo' });
      clients.push(await connect({ server: address, session }));
    }
    await Promise.all(clients.map((client) => client.caughtUp(context.terminal.interrupted)));
    await Promise.all(clients.map((client) => keysMade(client, context.terminal.interrupted)));
    const [ana, ben, noor] = clients as [Client, Client, Client];
    const accounts = clients.map((client) => client.me.snapshot.account);
    for (const other of [ben, noor]) {
      const chat = await ana.createDirect(other.me.snapshot.handle);
      await chat.send('Hello! This is the demo.');
      await ana.flushed();
      await other.caughtUp();
      await (await other.createDirect('ana')).send('Hi Ana 🙂');
      await other.flushed();
    }
    const trip = await ana.createGroup('River trip', accounts.slice(1));
    const garden = await ana.createGroup('Garden club', accounts.slice(1, 2));
    await (await known(ben, garden.id)).send('The first tomatoes are ripe 🍅');
    const desk = await ana.createRoom({ title: 'Help desk', topic: 'Questions about this server', access: 'open' });
    const trips = await Promise.all(clients.map((client) => known(client, trip.id)));
    for (let i = 0; i < count; i++) {
      const at = ((i * 7) % 5) % clients.length;
      await trips[at]?.send(lines[i % lines.length] as string);
      await clients[at]?.flushed();
    }
    await Promise.all(trips.map((chat) => chat.markRead(chat.snapshot.head)));
    await desk.send('Ask anything about this server here.');
    await Promise.all(clients.map((client) => client.flushed()));
    await Promise.all(clients.map((client) => client.encryption.saved()));
    return Object.fromEntries(await Promise.all(clients.map(recoveryKeyOf)));
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function recoveryKeyOf({ me, encryption }: Client): Promise<readonly [string, string]> {
  return [me.snapshot.handle, (await encryption.recoveryKey())?.groups ?? ''];
}

/** The conversation, once this client knows it. */
function known(client: Client, id: Conversation['id']): Promise<Conversation> {
  return new Promise((resolve) => {
    let stop = () => {};
    const look = () => {
      const conversation = client.conversation(id);
      if (conversation === null) return;
      stop();
      resolve(conversation);
    };
    stop = client.conversations.subscribe(look);
    look();
  });
}

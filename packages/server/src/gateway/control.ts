// The socket in the data folder through which commands on this machine act on the running server: one JSON object a
// line, `{"command":…,"arguments":{…}}` in, any number of `{"note":…}` and then `{"result":…}` or `{"error":…}` out.
// Who can open it owns the folder. It must never stand on a network.
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket as Network } from 'node:net';
import { createInterface } from 'node:readline';
import { maxControlConnections, maxControlLineBytes } from '../kernel/limits.ts';
import { decodeJson } from './json.ts';

/** What a command is given, as JSON. */
export type ControlArguments = Readonly<Record<string, unknown>>;

/** One command. `note` tells how far it has got; the signal aborts when the asker is gone. */
export type ControlCommand = (
  given: ControlArguments,
  note: (text: string) => void,
  signal: AbortSignal,
) => Promise<unknown>;

/** A running control socket. */
export interface ControlSocket extends AsyncDisposable {
  readonly path: string;
}

/** Serves the commands at `path`. An old socket file of a process that was killed is replaced: the folder is ours. */
export async function serveControl(
  path: string,
  commands: Readonly<Record<string, ControlCommand>>,
  fault: (where: string, error: unknown) => void,
): Promise<ControlSocket> {
  rmSync(path, { force: true });
  const open = new Set<Network>();
  const server = createServer((network) => {
    if (open.size >= maxControlConnections) {
      network.destroy();
      return;
    }
    open.add(network);
    network.once('close', () => open.delete(network));
    serve(network, commands, fault);
  });
  server.listen(path);
  await once(server, 'listening');
  // The folder is closed to others already; this holds too where somebody opened it up.
  chmodSync(path, 0o600);
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const network of open) network.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asks a running server. Resolves to the result; rejects with the server's words, or when there is no server. */
export async function askControl(
  path: string,
  command: string,
  given: ControlArguments,
  note: (text: string) => void = () => {},
): Promise<unknown> {
  const network = connect(path);
  await once(network, 'connect');
  network.write(`${JSON.stringify({ command, arguments: given })}\n`);
  try {
    for await (const line of createInterface({ input: network })) {
      const answer = JSON.parse(line) as { note?: string; error?: string; result?: unknown };
      if (answer.error !== undefined) throw new Error(answer.error);
      if (answer.note === undefined) return answer.result;
      note(answer.note);
    }
    throw new Error('the server ended before it had answered');
  } finally {
    network.destroy();
  }
}

function serve(
  network: Network,
  commands: Readonly<Record<string, ControlCommand>>,
  fault: (where: string, error: unknown) => void,
): void {
  const gone = new AbortController();
  network.once('close', () => gone.abort());
  network.on('error', () => network.destroy());
  const say = (answer: object) => {
    if (!gone.signal.aborted) network.write(`${JSON.stringify(answer)}\n`);
  };
  let text = '';
  let isBusy = false;
  network.on('data', (bytes) => {
    text += bytes.toString();
    const end = text.indexOf('\n');
    if (text.length > maxControlLineBytes || isBusy) network.destroy();
    if (end < 0 || isBusy || gone.signal.aborted) return;
    isBusy = true;
    perform(text.slice(0, end), commands, (note) => say({ note }), gone.signal).then(
      (answer) => network.end(`${JSON.stringify(answer)}\n`),
      (error) => {
        fault('control', error);
        network.end(`${JSON.stringify({ error: messageOf(error) })}\n`);
      },
    );
  });
}

async function perform(
  line: string,
  commands: Readonly<Record<string, ControlCommand>>,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<object> {
  const parsed = decodeJson(line);
  const asked = (parsed.ok ? parsed.value : null) as { command?: unknown; arguments?: unknown } | null;
  if (typeof asked?.command !== 'string') return { error: 'not a command' };
  const command = Object.hasOwn(commands, asked.command) ? commands[asked.command] : undefined;
  if (command === undefined) return { error: `this server does not know the command "${asked.command}"` };
  const result = await command((asked.arguments ?? {}) as ControlArguments, note, signal);
  return { result: result ?? null };
}

/** Whoever asks owns the server, so it may hear why. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

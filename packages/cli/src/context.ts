// What every command gets: the terminal, the global options, and the way to a connected client.
import { ChatError, type Client, type SessionView } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { UsageError } from './exit-codes.ts';
import { profileFolder, readProfile, storeFolder, writeProfile } from './profile.ts';
import type { Terminal } from './terminal.ts';

/** Options that stand before any command. */
export interface GlobalOptions {
  readonly profile: string;
  readonly json: boolean;
  /** How long a command waits for the server, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Context {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  /** Aborts on Ctrl-C and when the time is over. */
  deadline(): AbortSignal;
  /** A client of the profile that has caught up. `offline`: do not wait for the server. */
  withClient<T>(use: (client: Client) => Promise<T>, settings?: { readonly offline?: boolean }): Promise<T>;
  /** Writes the profile after a login and brings its store up to date. */
  signedIn(server: string, session: SessionView): Promise<void>;
  entrance: typeof entrance;
  folder(): string;
  /** One object with --json, else the text. */
  print(object: unknown, text: string): void;
  note(text: string): void;
}

const program = 'parley-cli';

/** Context of one run. */
export function createContext(terminal: Terminal, options: GlobalOptions): Context {
  const folder = () => profileFolder(terminal.environment, options.profile);
  const deadline = () => AbortSignal.any([terminal.interrupted, AbortSignal.timeout(options.timeoutMs)]);
  return {
    terminal,
    options,
    deadline,
    folder,
    entrance,
    withClient: async (use, settings) => {
      const profile = await readProfile(folder());
      if (profile === null)
        throw new UsageError('nobody is signed in here; begin with "parley login HANDLE --server URL"');
      const client = await connect({ server: profile.server, folder: storeFolder(folder()), client: program });
      try {
        if (settings?.offline !== true) await reach(client, deadline(), terminal.interrupted);
        return await use(client);
      } finally {
        await client.close();
      }
    },
    signedIn: async (server, session) => {
      const client = await connect({ server, session, folder: storeFolder(folder()), client: program });
      try {
        await writeProfile(folder(), { server, handle: session.me.handle });
        await reach(client, deadline(), terminal.interrupted);
      } finally {
        await client.close();
      }
    },
    print: (object, text) => {
      terminal.output.write(options.json ? `${JSON.stringify(object)}\n` : text === '' ? '' : `${text}\n`);
    },
    note: (text) => {
      terminal.chatter.write(`${text}\n`);
    },
  };
}

/** Waits until the client has caught up; the end of the time means that the server cannot be reached. */
async function reach(client: Client, deadline: AbortSignal, interrupted: AbortSignal): Promise<void> {
  try {
    await client.caughtUp(deadline);
  } catch (error) {
    const timedOut = deadline.aborted && !interrupted.aborted;
    throw timedOut ? new ChatError('client.unreachable', { cause: error }) : error;
  }
}

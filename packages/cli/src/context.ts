// What every command gets: the terminal, the global options, and the way to a connected client.
import { ChatError, type Client, type EncryptionView, type SessionView } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { UsageError } from './exit-codes.ts';
import { keysMade, keysSaved, keysStand } from './keys.ts';
import { tellNewDevices } from './new-devices.ts';
import { jsonLine } from './printable.ts';
import { type Profile, profileFolder, readProfile, storeFolder, writeProfile } from './profile.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Options that stand before any command. */
export interface GlobalOptions {
  readonly profile: string;
  readonly json: boolean;
  /** How long a command waits for the server, in milliseconds. */
  readonly timeoutMs: number;
}

/** The world outside of a command, as an argument. */
export interface World {
  readonly connect: typeof connect;
  readonly entrance: typeof entrance;
  /** A signal that aborts after this time. */
  readonly timeout: (ms: number) => AbortSignal;
  readonly now: () => number;
}

export interface Context {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  readonly world: World;
  /** Aborts on Ctrl-C and when the time is over. */
  deadline(): AbortSignal;
  /** A client of the profile that has caught up. `offline`: do not wait for the server. */
  withClient<T>(use: (client: Client) => Promise<T>, settings?: { readonly offline?: boolean }): Promise<T>;
  /** The profile; nobody signed in is wrong usage. */
  profile(): Promise<Profile>;
  /** Throws when somebody is signed in here already: a login is made in an empty profile. */
  mustBeEmpty(): Promise<void>;
  /** Writes the profile after a login, brings its store up to date, and makes the keys of this device, or brings them by the recovery key. */
  signedIn(server: string, session: SessionView, recoveryKey?: string | null): Promise<EncryptionView['phase']>;
  folder(): string;
  /** One object with --json, else the text. */
  print(object: unknown, text: string): void;
  note(text: string): void;
}

const program = `parley-cli/${version}`;
/** What was written before and not sent yet goes out after a command, if it does so at once. Milliseconds. */
const leftoversMs = 2_000;

/** The host's world. */
export const hostWorld: World = {
  connect,
  entrance,
  timeout: (ms) => AbortSignal.timeout(ms),
  now: () => Date.now(),
};

/** Context of one run. */
export function createContext(terminal: Terminal, options: GlobalOptions, world: World): Context {
  const folder = () => profileFolder(terminal.environment, options.profile);
  const note = (text: string) => {
    terminal.chatter.write(`${text}\n`);
  };
  const deadline = () => AbortSignal.any([terminal.interrupted, world.timeout(options.timeoutMs)]);
  const profile = async () => {
    const kept = await readProfile(folder());
    if (kept === null) throw new UsageError('nobody is signed in here; begin with "parley login HANDLE --server URL"');
    return kept;
  };
  return {
    terminal,
    options,
    world,
    deadline,
    folder,
    profile,
    mustBeEmpty: async () => {
      const kept = await readProfile(folder());
      if (kept !== null)
        throw new UsageError(
          `@${kept.handle} on ${kept.server} is signed in here; "parley logout" first, or take another profile with --profile NAME`,
        );
    },
    withClient: async (use, settings) => {
      const { server } = await profile();
      const client = await world.connect({ server, folder: storeFolder(folder()), client: program });
      try {
        if (settings?.offline === true) return await use(client);
        await reach(client, deadline(), terminal.interrupted);
        if (terminal.interactive && !options.json)
          await tellNewDevices(client, { folder: folder(), profile: await profile(), note });
        const result = await use(client);
        const soon = AbortSignal.any([terminal.interrupted, world.timeout(leftoversMs)]);
        await sendLeftovers(client, soon);
        await keysSaved(client, soon);
        return result;
      } finally {
        await client.close();
      }
    },
    signedIn: async (server, session, recoveryKey = null) => {
      const client = await world.connect({ server, session, folder: storeFolder(folder()), client: program });
      try {
        await writeProfile(folder(), { server, handle: session.me.handle });
        await reach(client, deadline(), terminal.interrupted);
        const phase = await keysMade(client, deadline());
        if (phase !== 'needs_linking' || recoveryKey === null) return phase;
        await client.encryption.recover(recoveryKey);
        // The newest chats are here: the others would come while nothing runs.
        await keysSaved(client, deadline());
        return await keysStand(client, deadline());
      } finally {
        await client.close();
      }
    },
    print: (object, text) => {
      terminal.output.write(options.json ? `${jsonLine(object)}\n` : text === '' ? '' : `${text}\n`);
    },
    note,
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

/** Waits for the outbox of earlier commands. What does not go now is kept for the next one. */
async function sendLeftovers(client: Client, deadline: AbortSignal): Promise<void> {
  try {
    await client.flushed(deadline);
  } catch (error) {
    if (!(error instanceof ChatError && error.code === 'client.aborted')) throw error;
  }
}

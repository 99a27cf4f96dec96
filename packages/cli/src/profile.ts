// One login on this machine: server, handle, and the SDK's folder with token, history and outbox. Folders are
// 0700 and files 0600; the token itself is kept by the SDK's store.
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './exit-codes.ts';

/** What a command must know before it connects. */
export interface Profile {
  readonly server: string;
  readonly handle: string;
  /** It was said that there is a recovery key to be written down. */
  readonly recoveryKeyOffered?: boolean;
  /** Devices of the account that were seen here. */
  readonly devices?: readonly string[];
}

const namePattern = /^[a-z0-9][a-z0-9_.-]{0,31}$/i;

/** Folder of a profile: PARLEY_HOME, else the XDG data folder. */
export function profileFolder(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  if (!namePattern.test(name))
    throw new UsageError(`"${name}" is not a profile name: use letters, digits, dot, dash and underscore, at most 32`);
  const home =
    environment.PARLEY_HOME ?? join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'parley');
  return join(home, 'profiles', name);
}

/** The profile in a folder, or null when nobody has signed in there. */
export async function readProfile(folder: string): Promise<Profile | null> {
  try {
    return JSON.parse(await readFile(join(folder, 'profile.json'), 'utf8')) as Profile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Writes a profile so that a crash leaves the old or the new one. */
export async function writeProfile(folder: string, profile: Profile): Promise<void> {
  await makeFolder(folder);
  const path = join(folder, 'profile.json');
  await writeFile(`${path}.new`, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Where the SDK keeps its store. */
export const storeFolder = (folder: string) => join(folder, 'device');

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** Forgets a profile with everything in it. */
export async function removeProfile(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

// What an operator does on the machine itself: `backup` of a running or stopped server, `restore`, `doctor`, and
// `operator` for one who cannot sign in any more. None of it reads what people wrote.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Rescued } from './accounts/rescue.ts';
import { makeBackup, restoreBackup } from './compose-backup.ts';
import { openQuietly } from './compose-quiet.ts';
import { rescueStopped } from './compose-rescue.ts';
import type { Config } from './config.ts';
import { askControl } from './gateway/control.ts';
import { FolderRefused, openDataFolder, readNote, type ServerNote } from './host/data-folder.ts';
import { hostClock } from './kernel/clock.ts';
import { version } from './version.ts';

/** Where words go: results to `say`, chatter and problems to `complain`. */
export interface Voice {
  readonly say: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** Copies the data to a new folder, through the server when it runs. */
export async function backup(config: Config, target: string, { say, complain }: Voice): Promise<number> {
  return refusing(complain, async () => {
    const running = await runningServer(config.data);
    const note =
      running === null
        ? await copyStopped(config, target, complain)
        : await askControl(running.control, 'backup', { folder: target }, complain);
    say(JSON.stringify({ backup: target, ...(note as object) }));
  });
}

/** Makes somebody an operator with a new password, through the server when it runs. Prints the password once. */
export async function operator(config: Config, handle: string | null, { say, complain }: Voice): Promise<number> {
  return refusing(complain, async () => {
    const running = await runningServer(config.data);
    const rescued =
      running === null
        ? await rescueStopped(config.data, handle)
        : ((await askControl(running.control, 'operator', { handle })) as Rescued);
    complain(
      `@${rescued.handle} is an operator and was signed out everywhere. Sign in with this password, then change it:`,
    );
    say(JSON.stringify(rescued));
  });
}

/** Puts a backup in the place of the data of a stopped server. */
export async function restore(config: Config, source: string, { say, complain }: Voice): Promise<number> {
  return refusing(complain, async () => {
    if (existsSync(config.data)) openDataFolder(config.data)[Symbol.dispose]();
    const { note, kept } = await restoreBackup(source, config.data, hostClock);
    complain(
      `Restored ${source} of ${note.created_at}. What was written after it is gone on the server; devices keep what they have.`,
    );
    if (kept !== null) complain(`The data from before is kept in ${kept}.`);
    say(JSON.stringify({ data: config.data, kept, ...note }));
  });
}

/** Looks whether a server could run here, or how the one that runs is. One line a finding; exit 1 when one is bad. */
export async function doctor(config: Config, say: (text: string) => void): Promise<number> {
  let bad = 0;
  const finding = (isGood: boolean, text: string) => {
    say(`${isGood ? 'good' : 'BAD '}  ${text}`);
    if (!isGood) bad++;
  };
  finding(true, `Parley ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  const base = existsSync(config.data) ? config.data : dirname(config.data);
  const { bavail, bsize } = statfsSync(base);
  finding(
    bavail * bsize > leastFreeBytes,
    `${Math.floor((bavail * bsize) / 1024 ** 2)} MiB are free for ${config.data}`,
  );
  if (existsSync(config.data))
    finding((statSync(config.data).mode & 0o077) === 0, `${config.data} can be read by its owner only`);
  const running = await runningServer(config.data).catch((error: Error) => {
    finding(false, error.message);
    return null;
  });
  if (running !== null) await examineRunning(running, finding);
  else if (bad === 0) await examineStopped(config, finding);
  return bad === 0 ? 0 : 1;
}

const leastFreeBytes = 1024 ** 3;
type Finding = (isGood: boolean, text: string) => void;

async function examineRunning({ pid, url, control }: ServerNote, finding: Finding): Promise<void> {
  finding(true, `a server runs (process ${pid}, ${url})`);
  const status = (await askControl(control, 'status', {})) as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(status)) {
    if (name !== 'alarms') finding(true, `${name.replaceAll('_', ' ')}: ${String(value)}`);
    else for (const alarm of value as readonly string[]) finding(false, `alarm: ${alarm}`);
  }
}

async function examineStopped(config: Config, finding: Finding): Promise<void> {
  if (!existsSync(config.data)) {
    finding(true, 'no server has run here yet');
    return;
  }
  try {
    await using data = await openQuietly(config.data);
    finding(true, `log, store and directory open; the log ends at ${data.log.end(0)}`);
  } catch (error) {
    finding(false, error instanceof Error ? error.message : 'the data cannot be opened');
  }
}

async function copyStopped(config: Config, target: string, complain: (text: string) => void): Promise<unknown> {
  if (!existsSync(config.data))
    throw new FolderRefused(`${config.data} is not there. Name the data folder with --data.`);
  await using data = await openQuietly(config.data);
  const parts = { ...data, clock: hostClock, version, epoch: () => data.epoch };
  // Nobody else is there who could remove one.
  return await makeBackup({ ...parts, holdFiles: async () => () => {} }, target, complain);
}

/** The server that runs on this folder, or null. A note without a process behind it does not count. */
async function runningServer(data: string): Promise<ServerNote | null> {
  const note = readNote(data);
  if (note === null) return null;
  try {
    await askControl(note.control, 'status', {});
    return note;
  } catch {
    // Left behind by a process that was killed, or one that is starting: the folder's lock tells.
    return null;
  }
}

async function refusing(complain: (text: string) => void, act: () => Promise<void>): Promise<number> {
  try {
    await act();
    return 0;
  } catch (error) {
    complain(error instanceof Error ? error.message : 'It could not be done.');
    return 1;
  }
}

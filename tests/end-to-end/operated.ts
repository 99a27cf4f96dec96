// Servers of a test file, on folders that do not outlive it, and the commands of their operator.
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freshFolder, type RunningServer, startServer as start } from './server-process.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
/** Whoever wants to signs up, as fast as they like. */
export const open = { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '1000' };
/** How often a folder that is still written to is removed again, each time 100 ms later than before. */
const maxRetries = 10;
const folders: string[] = [];
const servers: RunningServer[] = [];
after(async () => {
  for (const server of servers) await server.kill();
  // Whoever was in one may have a last file to write; a folder that stays would leave all that is closed after this.
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries });
});

/** A server that does not outlive a test that failed, Node with these flags. */
export async function startServer(
  folder: string,
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<RunningServer> {
  const server = await start(folder, environment, [...flags, program, 'serve']);
  servers.push(server);
  return server;
}

/** A fresh folder that goes with the test. */
export async function folderOfTest(): Promise<string> {
  const folder = await freshFolder();
  goesWithTest(folder);
  return folder;
}

/** Another folder that goes with the test. */
export function goesWithTest(folder: string): void {
  folders.push(folder);
}

/** Runs one of the operator's commands; the exit code with what it printed. */
export async function operate(data: string, args: readonly string[]) {
  const env = { ...process.env, PARLEY_DATA: data };
  try {
    const { stdout, stderr } = await run(process.execPath, [program, ...args], { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

// The session of a profile: a file in its folder, readable by its owner only, replaced at once or not at all.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const name = 'session.json';

/** A token, and the server that it is for. */
export interface KeptSession {
  readonly server: string;
  readonly token: string;
}

export function keepSession(folder: string, session: KeptSession): void {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, JSON.stringify(session), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** The token from before, or null. A token is never given to another server than its own. */
export function keptSession(folder: string, server: string): string | null {
  let text: string;
  try {
    text = readFileSync(join(folder, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const kept = JSON.parse(text) as KeptSession;
  return kept.server === server ? kept.token : null;
}

export function forgetSession(folder: string): void {
  rmSync(join(folder, name), { force: true });
}

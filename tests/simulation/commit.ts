// Which commit this is, so that what a run has found can be seen again.
import { execFileSync } from 'node:child_process';

/** Its full hash; null where that cannot be told. */
export function commitHash(): string | null {
  try {
    return git('rev-parse', 'HEAD');
  } catch {
    return null;
  }
}

/** As people name it. */
export function commitName(): string {
  const hash = commitHash();
  if (hash === null) return 'unknown';
  return `${hash.slice(0, 7)}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, {
    encoding: 'utf8',
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

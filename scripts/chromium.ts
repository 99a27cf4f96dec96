// Finds or installs the browser that the browser tests drive, and makes sure that it really shows a page. What cannot
// be had is said by name; it never makes a run fail by itself.

import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProgram } from './program.ts';

/** Where Chromium is, or why there is none. */
export type Chromium = { readonly path: string } | { readonly missing: string };

/** What tells a test where it is. */
export function pathOf(browser: Chromium): Readonly<Record<string, string>> {
  return 'path' in browser ? { PARLEY_CHROMIUM: browser.path } : {};
}

/** Why there is none. */
export function missingOf(browser: Chromium): string | undefined {
  return 'missing' in browser ? browser.missing : undefined;
}

/** How long an installation may take, and a first page. Milliseconds. */
const installMs = 6 * 60_000;
const pageMs = 60_000;

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const places = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** Chromium with what it needs to draw text and emoji. */
const debianPackages = ['chromium', 'fonts-dejavu-core', 'fonts-noto-color-emoji'];

/** Takes the one that `PARLEY_CHROMIUM` names, or one of the machine, or installs Debian's when it may. */
export async function findChromium(say: (line: string) => void): Promise<Chromium> {
  const named = process.env.PARLEY_CHROMIUM;
  if (named !== undefined && named !== '') return probe(named);
  const found = search();
  if (found !== null) return probe(found);
  if (!mayInstall()) return { missing: 'no Chromium on PATH; install one or name it in PARLEY_CHROMIUM' };
  say('Installing Chromium for the browser tests; once, a minute or two …');
  const failed = await install();
  if (failed !== null) return { missing: `apt-get could not install Chromium: ${failed}` };
  const installed = search();
  return installed === null ? { missing: 'apt-get installed no Chromium' } : probe(installed);
}

function search(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...paths, ...places].find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

/** Null when it worked, else the last line of what went wrong. */
async function install(): Promise<string | null> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await runProgram('apt-get', ['update', '-q'], { timeoutMs: installMs, env });
  if (update.code !== 0) return lastLine(update.output);
  const args = ['install', '-y', '-q', '--no-install-recommends', ...debianPackages];
  const { code, output } = await runProgram('apt-get', args, { timeoutMs: installMs, env });
  return code === 0 ? null : lastLine(output);
}

/** A browser counts only when it can show a page: some are a stub that asks to install something else. */
async function probe(path: string): Promise<Chromium> {
  const page = 'data:text/html,<p>parley-ready</p>';
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--dump-dom', page];
  const { output } = await runProgram(path, args, { timeoutMs: pageMs });
  return output.includes('<p>parley-ready</p>') ? { path } : { missing: `${path} shows no page: ${lastLine(output)}` };
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

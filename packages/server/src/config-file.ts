// The text of a settings file: a setting a line. It promises that no line is passed over in silence, because it may be
// the one that closes the server, and that nothing is shown of a line but a name: the rest may be a secret.
import { parseEnv } from 'node:util';

/** What stands in it, by name, whether or not there is such a setting. */
export function readSettingsFile(text: string, problems: string[]): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [n, line] of lines.entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    // Line by line: else a quote that is not closed would swallow those below.
    const [found] = Object.entries(parseEnv(line));
    if (found === undefined || isOpen(line, found[1] ?? '')) problems.push(notUnderstood(n + 1, line));
    else texts[found[0]] = found[1] ?? '';
  }
  return texts;
}

/** A quote that begins the value and is still in what was read of it. */
function isOpen(line: string, value: string): boolean {
  const quote = /=\s*(["'`])/.exec(line)?.[1];
  return quote !== undefined && value.startsWith(quote);
}

function notUnderstood(n: number, line: string): string {
  const name = /^\s*(?:export\s+)?(PARLEY_[A-Z0-9_]*)/.exec(line)?.[1];
  return `Line ${n} of the settings file${name === undefined ? '' : `, ${name},`} is not understood; write ${name ?? 'PARLEY_…'}=VALUE.`;
}

// The log for a person at a terminal: one short line an entry instead of JSON. For programs it stays JSON.
import { Writable } from 'node:stream';

const hidden = new Set(['level', 'time', 'pid', 'hostname', 'msg']);
const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: '', 40: 'warning', 50: 'error', 60: 'fatal' };

/** Of the security log a person at a terminal sees what changes who is here. All of it is in the JSON. */
const shownAudits = new Set<unknown>(['sign_up', 'account_deleted', 'operator_act']);

/** One entry of the logger, as a person reads it; null: it is for programs only. */
export function humanLine(line: string): string | null {
  const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
  if (entry.audit !== undefined && !shownAudits.has(entry.audit)) return null;
  const time = new Date(Number(entry.time)).toTimeString().slice(0, 8);
  const level = levels[Number(entry.level)] ?? '';
  const facts = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [time, level, typeof entry.msg === 'string' ? entry.msg : '', ...facts]
    .filter((part) => part !== '')
    .join(' ');
}

/** Takes the logger's lines and writes short ones to `output`. */
export function humanLog(output: NodeJS.WritableStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      for (const line of String(chunk).split('\n')) {
        const text = line === '' ? null : humanLine(line);
        if (text !== null) output.write(`${text}\n`);
      }
      done();
    },
  });
}

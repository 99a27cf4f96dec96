// A move, step by step: copies what is not there yet, remembers after every page where it is, then reads everything back
// and compares. It promises that ended anywhere and begun again it goes on, and that nothing counts as moved that was not
// compared. It never holds more than a page.
import { createHash } from 'node:crypto';
import { moveWordEveryMs } from '../kernel/engine-limits.ts';
import type { Cursor, Step } from './step.ts';

/** Where it stands. `step` null: everything is copied. */
export interface Place {
  readonly step: string | null;
  readonly after: Cursor | null;
}

export interface MoveParts {
  readonly steps: readonly Step[];
  readonly now: () => number;
  /** A line for people. */
  readonly say: (line: string) => void;
  /** Remembered when it resolves. */
  readonly keep: (place: Place) => Promise<void>;
}

/** What one kind of rows came to. `difference`: the first, on the side of the server and on that of the cluster. */
export interface Finding {
  readonly name: string;
  readonly rows: number;
  readonly hash: string;
  readonly difference: readonly [string | null, string | null] | null;
}

/** From `place` on, or from the beginning. */
export async function copyAll({ steps, now, say, keep }: MoveParts, place: Place | null): Promise<void> {
  if (place !== null && place.step === null) return;
  const first = place === null ? 0 : steps.findIndex(({ name }) => name === place.step);
  if (first < 0) throw new Error(`This program has no step "${place?.step}". Go on with the one that began.`);
  for (const [i, step] of steps.entries()) {
    if (i < first) continue;
    const after = i === first ? (place?.after ?? null) : null;
    const said = `${step.name}: `;
    let rows = 0;
    let next = now() + moveWordEveryMs;
    for await (const page of step.copy(after)) {
      rows += page.rows;
      await keep({ step: step.name, after: page.at });
      if (now() < next) continue;
      say(`${said}${rows} so far${after === null ? ` of ${step.count()}` : ''}`);
      next = now() + moveWordEveryMs;
    }
    say(`${said}${rows} copied${after === null ? '' : ' after those from before'}`);
    await keep({ step: steps[i + 1]?.name ?? null, after: null });
  }
}

/** Every kind, with its first difference if there is one. */
export async function compareAll({
  steps,
  now,
  say,
}: Pick<MoveParts, 'steps' | 'now' | 'say'>): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const step of steps) {
    let next = now() + moveWordEveryMs;
    findings.push(
      await compared(step, (rows) => {
        if (now() < next) return;
        say(`${step.name}: ${rows} compared`);
        next = now() + moveWordEveryMs;
      }),
    );
  }
  return findings;
}

async function compared(step: Step, note: (rows: number) => void): Promise<Finding> {
  const { name } = step;
  const here = createHash('sha256');
  const there = createHash('sha256');
  let rows = 0;
  for await (const { rows: some, from, to } of step.compare()) {
    rows += some;
    for (const text of from) here.update(text).update('\n');
    for (const text of to) there.update(text).update('\n');
    const at = from.findIndex((text, i) => text !== to[i]);
    const place = at < 0 ? from.length : at;
    if (at >= 0 || to.length > from.length)
      return { name, rows, hash: '', difference: [from[place] ?? null, to[place] ?? null] };
    note(rows);
  }
  const [hash, other] = [here.digest('hex'), there.digest('hex')];
  const isWhole = step.fades === true || rows === step.count();
  if (hash === other && isWhole) return { name, rows, hash, difference: null };
  return { name, rows, hash, difference: [`${step.count()} rows`, `${rows} rows`] };
}

/** Findings as a table, a line a kind. */
export function tableOf(findings: readonly Finding[]): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings.map(({ name, rows, hash, difference }) => {
    const verdict = difference === null ? `same  ${hash.slice(0, hashShown)}` : 'DIFFERENT';
    return `${name.padEnd(width)}  ${String(rows).padStart(countWidth)}  ${verdict}`;
  });
}

const hashShown = 16;
const countWidth = 10;

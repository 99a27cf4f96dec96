// A step is one thing that must hold: a linter, a type check, a suite of tests. Steps run side by side, each prints one
// line when it is done, and only a failing one shows what it said.

/** What came out of a step. */
export type Outcome = {
  readonly state: 'passed' | 'failed' | 'not run';
  /** Tests counted by a suite; null for a step that is not one. */
  readonly counts: Counts | null;
  /** Shown when it failed. */
  readonly output: string;
  /** Shown beside the name: why it was not run, or what it has to say in a few words. */
  readonly note: string;
};

/** How many tests ended how. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

export type Step = { readonly name: string; readonly run: () => Promise<Outcome> };

/** A step that was run. */
export type Result = Outcome & { readonly name: string; readonly ms: number };

/** How much a failing step shows. Lines. */
const shownLines = 300;

export type Print = (line: string) => void;

/** Runs the steps, `width` at a time, and resolves with their results in the order given. Never rejects. */
export async function runSteps(steps: readonly Step[], width: number, print: Print): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = [...steps.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, step] = next;
      const result = await runStep(step);
      results[index] = result;
      print(line(result));
      if (result.state === 'failed') print(indent(result.output));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

async function runStep(step: Step): Promise<Result> {
  const started = performance.now();
  const outcome = await step.run().catch((error: unknown): Outcome => {
    const output = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { state: 'failed', counts: null, output, note: '' };
  });
  return { ...outcome, name: step.name, ms: performance.now() - started };
}

function line(result: Result): string {
  const sign = { passed: '✓', failed: '✗', 'not run': '–' }[result.state];
  const counts = result.counts === null ? '' : describe(result.counts);
  const note = [counts, result.state === 'not run' ? 'not run' : '', result.note].filter(Boolean).join('  ');
  return `${sign} ${result.name.padEnd(34)} ${(result.ms / 1000).toFixed(1).padStart(6)} s  ${note}`.trimEnd();
}

function indent(text: string): string {
  const lines = text.split('\n');
  const left = lines.length - shownLines;
  const shown = left > 0 ? [...lines.slice(0, shownLines), `… and ${left} more lines`] : lines;
  return shown.map((each) => `    ${each}`).join('\n');
}

/** `12 passed, 0 failed`, and `, 1 skipped` when some were. */
export function describe(counts: Counts): string {
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/** The tests of all suites together; a step that is not a suite counts only when it failed. */
export function total(results: readonly Result[]): Counts {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { state, counts } of results) {
    sum.passed += counts?.passed ?? 0;
    sum.skipped += counts?.skipped ?? 0;
    sum.failed += state === 'failed' ? Math.max(1, counts?.failed ?? 0) : 0;
  }
  return sum;
}

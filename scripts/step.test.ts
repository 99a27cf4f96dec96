import assert from 'node:assert/strict';
import test from 'node:test';
import { judge, readCounts } from './node-tests.ts';
import { describe, type Outcome, runSteps, type Step, total } from './step.ts';

const outcome = (change: Partial<Outcome>): Outcome => ({
  state: 'passed',
  counts: null,
  output: '',
  note: '',
  ...change,
});
const step = (name: string, change: Partial<Outcome> = {}): Step => ({ name, run: async () => outcome(change) });
const ignore = (): void => undefined;

const summary = (passed: number, failed: number, skipped = 0): string =>
  `ℹ tests 9\nℹ suites 0\nℹ pass ${passed}\nℹ fail ${failed}\nℹ cancelled 0\nℹ skipped ${skipped}\nℹ todo 0\nℹ duration_ms 1`;

test('[RUN5] the results come in the order of the steps, never more at a time than asked for', async () => {
  let running = 0;
  let most = 0;
  const steps = ['a', 'b', 'c', 'd', 'e'].map((name, index) => ({
    name,
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = index; turn < 5; turn += 1) await new Promise(setImmediate);
      running -= 1;
      return outcome({});
    },
  }));
  const results = await runSteps(steps, 2, ignore);
  assert.deepEqual(
    results.map(({ name }) => name),
    ['a', 'b', 'c', 'd', 'e'],
  );
  assert.equal(most, 2);
});

test('[RUN5] every step has one line; only a failing one shows what it said', async () => {
  const lines: string[] = [];
  const steps = [step('good', { output: 'chatter' }), step('bad', { state: 'failed', output: 'the reason' })];
  await runSteps(steps, 1, (line) => lines.push(line));
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? '', /^✓ good/);
  assert.match(lines[1] ?? '', /^✗ bad/);
  assert.equal(lines[2], '    the reason');
});

test('[RUN5] a step that throws has failed, and the others go on', async () => {
  const broken: Step = { name: 'broken', run: () => Promise.reject(new Error('no disk')) };
  const [first, second] = await runSteps([broken, step('next')], 1, ignore);
  assert.equal(first?.state, 'failed');
  assert.match(first?.output ?? '', /no disk/);
  assert.equal(second?.state, 'passed');
});

test('[RUN6] a suite counts what the last summary of its runner says, cancelled as failed', () => {
  assert.deepEqual(readCounts(`${summary(1, 1)}\n${summary(7, 0, 2)}`), { passed: 7, failed: 0, skipped: 2 });
  const cancelled = summary(3, 1).replace('cancelled 0', 'cancelled 2');
  assert.deepEqual(readCounts(cancelled), { passed: 3, failed: 3, skipped: 0 });
  assert.equal(readCounts('no summary'), null);
});

test('[RUN6] a suite passes only when exit code, summary and at least one test say so', () => {
  assert.equal(judge(0, summary(3, 0)).state, 'passed');
  assert.equal(judge(1, summary(3, 0)).state, 'failed');
  assert.equal(judge(0, summary(3, 1)).state, 'failed');
  assert.equal(judge(0, summary(0, 0)).state, 'failed');
  assert.equal(judge(0, 'it said nothing').state, 'failed');
});

test('[RUN6] a failing suite shows its failing tests, not the passing ones', () => {
  const output = `✔ fine\n${summary(1, 1)}\n\n✖ failing tests:\n\n✖ broken\n  because`;
  assert.equal(judge(1, output).output, '✖ failing tests:\n\n✖ broken\n  because');
});

test('[RUN7] what was not run is never counted as passed, and a failed step counts at least once', async () => {
  const steps = [
    step('suite', { counts: { passed: 5, failed: 0, skipped: 1 } }),
    step('lint', { state: 'failed' }),
    step('broken suite', { state: 'failed', counts: { passed: 2, failed: 3, skipped: 0 } }),
    step('browser', { state: 'not run' }),
  ];
  const counts = total(await runSteps(steps, 1, ignore));
  assert.deepEqual(counts, { passed: 7, failed: 4, skipped: 1 });
  assert.equal(describe(counts), '7 passed, 4 failed, 1 skipped');
  assert.equal(describe({ passed: 2, failed: 0, skipped: 0 }), '2 passed, 0 failed');
});

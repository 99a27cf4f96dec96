// The part of the directory's contract that is about answers to keyed calls.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AnswerRow } from './answers.ts';
import type { Rule } from './devices.contract.ts';
import type { Directory } from './directory.ts';
import { accountId, intentRow, signUp } from './sample-rows.ts';

const row = (id: string, more: Partial<AnswerRow> = {}): AnswerRow => ({
  id,
  caller: 'somebody',
  sealed: `sealed ${id}`,
  until: 1_000,
  ...more,
});
const most = { ofCaller: 3, ofAll: 5 };

async function kept({ answers }: Directory, ids: readonly string[], time = 0): Promise<readonly string[]> {
  const found = await Promise.all(ids.map((id) => answers.get(id, time)));
  return found.flatMap((one) => one?.id ?? []);
}

/** The promises about answers, as tests. */
export function answersContract(rule: Rule): void {
  rule('[DIR17] an answer is found until it is over, and the newest of an id counts', async (directory) => {
    const { answers } = directory;
    await answers.keep(row('a'), 0, most);
    assert.deepEqual(await answers.get('a', 999), row('a'));
    assert.equal(await answers.get('a', 1_000), undefined);
    assert.equal(await answers.get('b', 0), undefined);
    await answers.keep(row('a', { sealed: 'another', until: 2_000 }), 0, most);
    assert.deepEqual(await answers.get('a', 1_500), row('a', { sealed: 'another', until: 2_000 }));
  });

  rule('[DIR17] what is over goes, then the oldest of its caller, then the oldest of all', async (directory) => {
    const { answers } = directory;
    await answers.keep(row('over', { until: 10 }), 0, most);
    await answers.keep(row('a1'), 10, most);
    assert.deepEqual(await kept(directory, ['over', 'a1'], 10), ['a1']);
    for (const id of ['a2', 'a3', 'a4']) await answers.keep(row(id), 10, most);
    assert.deepEqual(await kept(directory, ['a1', 'a2', 'a3', 'a4']), ['a2', 'a3', 'a4']);
    for (const id of ['b1', 'b2', 'b3']) await answers.keep(row(id, { caller: 'other' }), 10, most);
    assert.deepEqual(await kept(directory, ['a2', 'a3', 'a4', 'b1', 'b2', 'b3']), ['a3', 'a4', 'b1', 'b2', 'b3']);
  });

  rule('[DIR17] nothing of an account stays when it is erased', async (directory) => {
    const { accounts, answers } = directory;
    await accounts.signUp(signUp('ana'));
    const ana = accountId('ana');
    await answers.keep(row('mine', { caller: ana }), 0, most);
    await answers.keep(row('theirs'), 0, most);
    await accounts.change(ana, { state: 'leaving' }, { intent: intentRow('delete', ana) });
    await accounts.erase(ana, intentRow('delete', ana).intent);
    assert.deepEqual(await kept(directory, ['mine', 'theirs']), ['theirs']);
  });

  rule('[DIR17] whatever is kept in whatever order, the bounds hold and the newest is there', async (directory) => {
    const { answers } = directory;
    const ids = 'abcdefgh'.split('');
    const one = fc.record({ id: fc.constantFrom(...ids), caller: fc.constantFrom('x', 'y', 'z') });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 12 }), async (steps) => {
        for (const { id, caller } of steps) {
          await answers.keep(row(id, { caller }), 0, most);
          const rows = (await Promise.all(ids.map((each) => answers.get(each, 0)))).filter(
            (each) => each !== undefined,
          );
          assert.ok(rows.length <= most.ofAll);
          assert.ok(rows.filter((each) => each.caller === caller).length <= most.ofCaller);
          assert.equal(rows.find((each) => each.id === id)?.caller, caller);
        }
      }),
      { numRuns: 20 },
    );
  });
}

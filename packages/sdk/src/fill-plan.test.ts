import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxPageItems } from '@parley/protocol/limits';
import { group, wire } from './client-fixture.ts';
import { isSamePlan, planFill } from './fill-plan.ts';
import * as limits from './limits.ts';
import { newConversation } from './merge.ts';
import type { ConversationRow } from './rows.ts';

/** A group of 9,000 records of which this device has these stretches. */
function known(ranges: ConversationRow['ranges'], changes: Partial<ConversationRow> = {}): ConversationRow {
  const item = wire(group, { kind: 'group', head: 9_000, ord: 9_000 });
  return { ...newConversation(item, true, 0), ranges, ...changes };
}

test('[SYN9] a new device looks back for the title of a group, within a bound, and then at the beginning', () => {
  assert.deepEqual(planFill(known([])), { limit: limits.windowRows });
  assert.deepEqual(planFill(known([[8_951, 9_000]])), { before: 8_951, limit: maxPageItems });
  const far = 9_000 - limits.maxTitleSearch;
  assert.deepEqual(planFill(known([[far, 9_000]])), { after: 0, limit: limits.windowRows });
  const begun = [
    [1, 50],
    [far, 9_000],
  ] as const;
  assert.equal(planFill(known(begun)), null, 'there is no end to looking otherwise');
});

test('[SYN9] where the title is known, or there is nothing older, nothing is looked for', () => {
  assert.equal(planFill(known([[8_951, 9_000]], { title: { text: 'Tea', seq: 9_000 } })), null);
  assert.equal(planFill(known([[1, 9_000]])), null);
});

test('[SYN9] a plan that asks the same again is known as such', () => {
  assert.ok(isSamePlan({ before: 5, limit: 1 }, { before: 5, limit: 2 }));
  assert.ok(!isSamePlan({ before: 5, limit: 1 }, { before: 4, limit: 1 }));
  assert.ok(!isSamePlan({ after: 5, limit: 1 }, { before: 5, limit: 1 }));
  assert.ok(!isSamePlan('settings', { limit: 1 }));
});

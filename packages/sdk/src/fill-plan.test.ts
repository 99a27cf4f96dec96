import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { maxPageItems } from '@parley/protocol/limits';
import { ana, ben, group, wire } from './client-fixture.ts';
import { isSamePlan, planFill } from './fill-plan.ts';
import { nowhere } from './group-state.ts';
import * as limits from './limits.ts';
import { newConversation } from './merge.ts';
import type { ConversationRow, MembersRow } from './rows.ts';

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
  const titles = [{ text: 'Tea', seq: 9_000, at: 9_000, by: ben }];
  const read = known([[8_951, 9_000]], { titles });
  assert.equal(planFill(read), null, 'who leads it is not known yet');
  const led = (account: AccountId): MembersRow => ({ memberN: 1, items: [], led: [{ account, from: 1 }] });
  assert.equal(planFill(read, nowhere, led(ben)), null);
  assert.deepEqual(planFill(read, nowhere, led(ana)), { before: 8_951, limit: maxPageItems }, 'it is none');
  assert.equal(planFill(known([[1, 9_000]])), null);
});

test('[SYN9] a plan that asks the same again is known as such', () => {
  assert.ok(isSamePlan({ before: 5, limit: 1 }, { before: 5, limit: 2 }));
  assert.ok(!isSamePlan({ before: 5, limit: 1 }, { before: 4, limit: 1 }));
  assert.ok(!isSamePlan({ after: 5, limit: 1 }, { before: 5, limit: 1 }));
  assert.ok(!isSamePlan('settings', { limit: 1 }));
});

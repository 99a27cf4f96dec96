// Another list says who led a group: what its row does not remember is gathered from the records.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { ana, ben, group, wire } from './client-fixture.ts';
import { Draft } from './draft.ts';
import { takeMemberList } from './group-list.ts';
import { stateAfter } from './group-state.ts';
import { titleOf } from './group-title.ts';
import { newConversation } from './merge.ts';
import { MemoryDisk, MemoryStore } from './platform/memory.ts';
import type { MembersRow, MessageRow } from './rows.ts';
import { Tables } from './tables.ts';

const led = (...times: NonNullable<MembersRow['led']>): MembersRow => ({ memberN: 1, items: [], led: times });

const says = (seq: number, sender: AccountId, title: string): MessageRow =>
  ({ conversation: group, seq, sender, kind: 'quiet', body: { type: 'state', title } }) as unknown as MessageRow;

/** Ana has called it Tea, Ben Cocoa while he led and then something else; the list here does not know of his end yet. */
async function begun(members: MembersRow | null) {
  const [tables, store] = [new Tables(), new MemoryStore(new MemoryDisk())];
  const draft = new Draft(tables, store);
  const item = wire(group, { kind: 'group', head: 50 });
  let row = newConversation(item, false, 0);
  if (members !== null) draft.setMembers(group, members);
  for (const record of [says(2, ana, 'Tea'), says(30, ben, 'Cocoa'), says(41, ben, 'Lies'), says(42, ben, 'Lies')]) {
    row = { ...row, ...stateAfter(row, record, members) };
    draft.setMessage(record);
  }
  draft.setConversation(group, row);
  const writes = draft.finish();
  await store.write(writes);
  for (const write of writes) tables.apply(write);
  return new Draft(tables, store);
}

const whole = led({ account: ben, from: 20, to: 40 }, { account: ana, from: 1 });

test('[ENC278] what was pushed out counts when it is learned who led when, by the records', async () => {
  for (const before of [null, led({ account: ana, from: 1 }, { account: ben, from: 20 })]) {
    const draft = await begun(before);
    assert.ok(!draft.conversation(group)?.titles?.some(({ text }) => text === 'Cocoa'), 'it was not remembered');
    await takeMemberList(draft, group, whole);
    assert.equal(titleOf(draft.conversation(group) ?? {}, whole)?.text, 'Cocoa');
  }
});

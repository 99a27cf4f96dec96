// A server that shows people different histories: whoever is shown another one than the others is told, and is told no
// more when it is mended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope, FrameDown, Messages } from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import type { Man } from './man.ts';
import { groupOf, pair, type Resident, reads, say, shown, shows, Town } from './town.ts';

/** What becomes of the records of one conversation on their way to one client, pushed or asked for. */
function rewrite(
  man: Man,
  { id }: Conversation,
  change: (record: Envelope) => readonly Envelope[],
  shift = noShift,
): void {
  man.down = (frame: FrameDown) => {
    if (frame.type === 'message' && frame.conversation_id === id) return change(frame);
    if (frame.type !== 'messages' || frame.conversation_id !== id) return [frame];
    const { from_seq, to_seq, head } = frame;
    const range = { from_seq: shift(from_seq - 1) + 1, to_seq: shift(to_seq), head: shift(head) };
    const page: Messages = { ...frame, ...range, items: frame.items.flatMap((item) => [...change(item)]) };
    return [page];
  };
}

const noShift = (seq: number) => seq;

async function doubted(town: Town, conversation: Conversation, by: Resident): Promise<void> {
  await town.until(() => conversation.snapshot.doubt === by.account, 'it is told');
}

/** The server has left this record out, and counts the later ones as if it had never been. */
function leaveOut(man: Man, conversation: Conversation, lost: number): void {
  const shift = (seq: number) => (seq >= lost ? seq - 1 : seq);
  rewrite(man, conversation, (one) => (one.seq === lost ? [] : [{ ...one, seq: shift(one.seq) }]), shift);
}

test('[ENC194] [ENC195] a message that the server leaves out is missed, once it was asked for three times', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  rewrite(ben.man, withBen, (record) => (record.seq === lost ? [] : [record]));
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  await town.pass(1_000);
  const heard = ben.man.heard.length;
  await doubted(town, withAna, ana);
  await town.pass(60_000);
  const asked = ben.man.heard.slice(heard).filter((frame) => frame.type === 'sync' && frame.after === 0);
  assert.equal(asked.length, 2, 'and once before that');
  assert.equal(withBen.snapshot.doubt, null, 'nobody else is worried');
});

test('[ENC194] what comes after all when it is asked for again is shown, and nothing is told', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  rewrite(ben.man, withBen, (record) => (record.seq === lost ? [] : [record]));
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  assert.deepEqual((await shown(town, withAna)).slice(-2), ['hi', 'see you']);
  ben.man.honest();
  await town.pass(60_000);
  assert.deepEqual((await shown(town, withAna)).slice(-3), ['hi', 'the meeting is cancelled', 'see you']);
  assert.equal(withAna.snapshot.doubt, null);
});

test('[ENC194] what was told goes when a later connection brings what was missing', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  rewrite(ben.man, withBen, (record) => (record.seq === lost ? [] : [record]));
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await doubted(town, withAna, ana);
  ben.man.honest();
  ben.man.events?.onClose(1006, '');
  await town.until(() => withAna.snapshot.doubt === null, 'it is mended');
  assert.deepEqual((await shown(town, withAna)).slice(-2), ['the meeting is cancelled', 'see you']);
});

test('[ENC195] a message that the server leaves out without a hole is missed', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  leaveOut(ben.man, withBen, withBen.snapshot.head + 1);
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  await doubted(town, withAna, ana);
});

test('[ENC195] two messages that the server turns around are noticed', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const first = withBen.snapshot.head + 1;
  const turned = (seq: number) => (seq === first ? first + 1 : seq === first + 1 ? first : seq);
  rewrite(ben.man, withBen, (record) => [{ ...record, seq: turned(record.seq) }]);
  await say(town, withBen, 'yes');
  await say(town, withBen, 'no');
  await say(town, withBen, 'see you');
  await shows(town, withAna, ['no', 'yes', 'see you']);
  await doubted(town, withAna, ana);
});

test('[ENC195] a message that the server repeats is noticed by what the others say next', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const seq = await say(town, withBen, 'pay the bill');
  await reads(town, withAna, 'pay the bill');
  const old = ben.man.records.at(-1) ?? assert.fail();
  const shift = (at: number) => (at > seq ? at + 1 : at);
  const repeated = (record: Envelope): readonly Envelope[] => {
    const moved = { ...record, seq: shift(record.seq) };
    return record.seq === seq + 1 ? [{ ...old, seq: seq + 1 }, moved] : [moved];
  };
  rewrite(ben.man, withBen, repeated, shift);
  await say(town, withBen, 'thanks');
  await reads(town, withAna, 'thanks');
  await say(town, withBen, 'see you');
  await doubted(town, withAna, ana);
  assert.deepEqual((await shown(town, withAna)).slice(-4), ['pay the bill', '(altered)', 'thanks', 'see you']);
});

test('[ENC195] two readers who are shown two histories find out from what the other one says', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, cem] = [await town.join('ana'), await town.join('ben'), await town.join('cem')];
  const [group, ofBen, ofCem] = await groupOf(town, ana, ben, cem);
  assert.ok(ofBen && ofCem);
  const next = group.snapshot.head + 1;
  leaveOut(ben.man, group, next);
  leaveOut(cem.man, group, next + 1);
  await say(town, group, 'vote for Ben');
  await say(town, group, 'vote for Cem');
  await reads(town, ofBen, 'vote for Cem');
  await reads(town, ofCem, 'vote for Ben');
  // Ana's second message shows Ben that there was a first one; Cem hears of it from Ben.
  await doubted(town, ofBen, ana);
  assert.equal(ofCem.snapshot.doubt, null);
  await say(town, ofBen, 'agreed');
  await doubted(town, ofCem, ben);
  await doubted(town, group, ben);
});

test('[ENC195] what the server calls deleted is missed when it was not, and nothing is left of it', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  rewrite(ben.man, withBen, (record) => {
    const { content: _, format: __, ...header } = record;
    return record.seq === lost ? [{ ...header, deleted_by: 0 }] : [record];
  });
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await reads(town, withAna, 'see you');
  await doubted(town, withAna, ana);
});

test('[ENC195] what the server calls deleted with another hash is missed as well', async (t) => {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  const lost = withBen.snapshot.head + 1;
  rewrite(ben.man, withBen, (record) => {
    const { content: _, format: __, ...header } = record;
    return record.seq === lost ? [{ ...header, deleted_by: 0, body_hash: 'A'.repeat(43) }] : [record];
  });
  await say(town, withBen, 'the meeting is cancelled');
  await say(town, withBen, 'see you');
  await doubted(town, withAna, ana);
});

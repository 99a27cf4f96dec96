// Disappearing messages over a whole client: what goes with them, and what does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, messages, quiet, record, Stage, wire } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';
import type { MessageRow } from './rows.ts';
import { rfc3339 } from './time.ts';

const edit = { ...quiet({ type: 'edit', target: 1, text: 'the second secret' }), ord: 1 };
const folds = (stage: Stage) => stage.store.list('folds', { prefix: [chat], limit: 10 });

test('[ENC206] what disappears goes from this device whole, with its edits, quotes and search hits, also after it was off', async () => {
  const first = await Stage.open();
  await first.up([wire(chat)]);
  const goesAt = rfc3339(first.clock.now() + 60_000);
  await first.push(record(chat, 1, { content: 'the first secret', expires_at: goesAt }), record(chat, 2, edit));
  await first.push(
    record(chat, 3, { content: JSON.stringify({ type: 'text', text: 'see above', reply_to: 1 }), format: 'body' }),
  );
  assert.equal((await first.client.search('secret')).length, 1);
  await first.close();
  await first.clock.advance(120_000);
  const stage = await Stage.open(first);
  await stage.clock.advance(limits.expirySweepMs);
  await settle();
  assert.deepEqual(await stage.client.search('secret'), []);
  assert.deepEqual(await folds(stage), []);
  const timeline = stage.conversation().timeline();
  await settle();
  const shown = timeline.snapshot.items.map(({ seq, replyTo }) => [seq, replyTo?.text, replyTo?.state]);
  assert.deepEqual(shown, [[3, '', 'deleted']]);
  assert.equal(stage.conversation().snapshot.last?.text, 'see above');
  const kept = JSON.stringify(await stage.store.list('messages', { prefix: [chat], limit: 10 }));
  assert.ok(!kept.includes('secret'));
  await stage.close();
});

test('[ENC206] an edit of what has disappeared is not kept, whichever of the two comes first', async () => {
  const gone = record(chat, 1, { content: undefined as never, deleted_by: 0 });
  for (const [one, other] of [
    [gone, record(chat, 2, edit)],
    [record(chat, 2, edit), gone],
  ] as const) {
    const stage = await Stage.open();
    await stage.up([wire(chat, { head: 2, ord: 1 })]);
    const asked = stage.question();
    await stage.answer(asked, messages(chat, 1, 2, [one, other]));
    assert.deepEqual(await folds(stage), []);
    await stage.close();
  }
});

test('[ENC206] what only this device has since a restore disappears at its time, and nothing that took its place', async () => {
  const stage = await Stage.open();
  const desk = new Desk();
  desk.open(chat);
  await stage.up(desk.list());
  await desk.serve(stage);
  await stage.push(desk.say(chat), desk.say(chat, { expires_at: rfc3339(stage.clock.now() + 3_600_000) }));
  await settle();
  desk.cut(chat, 1);
  desk.say(chat, { content: 'another second', id: record(chat, 77).id, stored_at: rfc3339(stage.clock.now()) });
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  await settle();
  const texts = async () =>
    (await stage.store.list('messages', { prefix: [chat], limit: 10 })).map(({ value }) => {
      const { body } = value as MessageRow;
      return body?.type === 'text' ? body.text : null;
    });
  assert.deepEqual(await texts(), ['text 1', 'text 2', 'another second']);
  await stage.pass(3_700_000);
  await settle();
  assert.deepEqual(await texts(), ['text 1', 'another second']);
  await stage.close();
});

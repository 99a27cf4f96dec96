// Earlier messages for who was added: which ones, in which parts, and who sees them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SharedBody } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import fc from 'fast-check';
import { ana, ben, cleo, wire as conversation, group, quiet, record, Stage } from './client-fixture.ts';
import { readBody } from './crypto/plain.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';
import { sharedBodies } from './shared-bodies.ts';
import { rfc3339 } from './time.ts';
import { utf8Length } from './utf8.ts';
import type { MessageView } from './views.ts';

const now = Date.UTC(2026, 10, 25, 12);
const view = (seq: number, text: string, more: Partial<MessageView> = {}) =>
  ({
    type: 'text',
    seq,
    sender: ben,
    text,
    onlyHere: false,
    expiresAt: null,
    storedAt: now - 1_000,
    ...more,
  }) as MessageView;

async function* newestFirst(views: readonly MessageView[]) {
  yield* [...views].reverse();
}

test('[ENC207] the newest texts are shared, whole parts in order, none too long, old, deleted or disappearing', async () => {
  const views = [
    view(1, 'too old', { storedAt: now - wire.maxSharedAgeMs - 1 }),
    view(2, 'first'),
    view(3, '', { type: 'deleted' }),
    view(4, 'gone soon', { expiresAt: now + 5 }),
    view(5, 'x'.repeat(wire.maxTextCharacters)),
    view(6, 'who shares?', { type: 'poll' }),
    view(7, 'last'),
  ];
  const [body, ...more] = await sharedBodies(newestFirst(views), { subject: cleo, count: 25, now });
  assert.deepEqual(more, []);
  assert.deepEqual(
    body?.items.map(({ text }) => text),
    ['first', 'x'.repeat(wire.maxSharedTextCharacters), 'last'],
  );
  const two = await sharedBodies(newestFirst(views), { subject: cleo, count: 2, now });
  assert.equal(two[0]?.items.length, 2);
  assert.deepEqual(await sharedBodies(newestFirst([]), { subject: cleo, count: 25, now }), []);
});

test('[ENC207] however long they are, each part fits into a message and is read as it was written', async () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5_000 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(texts, fc.constantFrom(25, 50, 100, 1_000), async (all, count) => {
      const views = all.map((text, at) => view(at + 1, text));
      const bodies = await sharedBodies(newestFirst(views), { subject: cleo, count, now });
      assert.ok(bodies.length <= wire.maxSharedParts);
      const read = bodies.flatMap((body, at) => {
        assert.deepEqual([body.part, body.parts], [at + 1, bodies.length]);
        assert.ok(utf8Length(JSON.stringify(body.items)) <= limits.maxSharedPartBytes + 200);
        assert.deepEqual(readBody(JSON.parse(JSON.stringify(body))), body);
        return body.items.map(({ text }) => text);
      });
      const clipped = all.map((text) => text.length <= wire.maxSharedTextCharacters);
      if (clipped.every(Boolean)) assert.deepEqual(read, all.slice(all.length - read.length));
      assert.ok(read.length <= wire.maxSharedMessages);
    }),
    { numRuns: 40 },
  );
});

const shared: SharedBody = {
  ...{ type: 'shared', subject: ana, part: 1, parts: 1 },
  items: [{ seq: 1, sender: cleo, at: now, text: 'a secret of long ago' }],
};

test('[ENC208] who it is for sees it under who shared it; it is no message of anybody, and does not count', async () => {
  const stage = await Stage.open();
  await stage.up([conversation(group, { kind: 'group', peer: undefined as never })]);
  await stage.push(
    record(group, 1, { ...quiet(shared), ord: 0, sender: ben }),
    record(group, 2, { ...quiet({ ...shared, subject: cleo }), ord: 0, sender: ben }),
  );
  const timeline = stage.conversation(group).timeline();
  await settle();
  assert.deepEqual(
    timeline.snapshot.items.map(({ type, sender, text, shared: what }) => [type, sender, text, what?.items.length]),
    [
      ['shared', ben, '', 1],
      ['shared', ben, '', 0],
    ],
  );
  assert.deepEqual(await stage.client.search('secret'), []);
  const { unread, last } = stage.conversation(group).snapshot;
  assert.deepEqual([unread, last], [0, null]);
  const kept = JSON.stringify(await stage.store.get('messages', [group, 2]));
  assert.ok(!kept.includes('secret'), 'nobody else keeps it');
  await stage.close();
});

test('[ENC208] what is deleted for everybody goes from what was shared, and nothing else does', async () => {
  const stage = await Stage.open();
  await stage.up([conversation(group, { kind: 'group', peer: undefined as never, joined_seq: 5 })]);
  const items = [3, 4].map((seq) => ({ seq, sender: cleo, at: now, text: `said at ${seq}` }));
  await stage.push(record(group, 1, { ...quiet({ ...shared, items }), ord: 0, sender: ben }));
  const deletes = { kind: 'delete', ord: 0, content: undefined as never, sender: cleo } as const;
  await stage.push(record(group, 2, { ...deletes, targets: [3] }));
  const kept = (await stage.store.get('messages', [group, 1])) as { readonly body: SharedBody };
  assert.deepEqual(kept.body.items, items.slice(1));
  await stage.close();
});

test('[ENC208] what makes no sense in it is nothing at all', () => {
  const [item] = shared.items;
  for (const broken of [
    { ...shared, part: 2 },
    { ...shared, parts: wire.maxSharedParts + 1 },
    { ...shared, subject: 7 },
    { ...shared, items: [item, null] },
    { ...shared, items: [{ ...item, text: '' }] },
    { ...shared, items: Array.from({ length: wire.maxSharedMessages + 1 }, () => item) },
  ])
    assert.equal(readBody(broken), null);
});

test('[ENC207] who adds somebody shares what they chose, sealed and quiet, with its edits', async () => {
  const stage = await Stage.open();
  await stage.up([conversation(group, { kind: 'group', peer: undefined as never })]);
  const at = rfc3339(stage.clock.now());
  await stage.push(
    record(group, 1, { stored_at: at }),
    record(group, 2, { stored_at: at }),
    record(group, 3, { ...quiet({ type: 'edit', target: 2, text: 'better' }), ord: 2, stored_at: at }),
  );
  assert.equal(await stage.conversation(group).shareHistory(cleo, 25), 2);
  await settle();
  const [frame] = stage.outgoing;
  assert.equal(frame?.kind, 'quiet');
  const { subject, items } = JSON.parse(frame?.content ?? '') as SharedBody;
  assert.deepEqual([subject, items.map(({ text }) => text)], [cleo, ['text 1', 'better']]);
  await stage.close();
});

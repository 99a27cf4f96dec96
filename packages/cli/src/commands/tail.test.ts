import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, Desk, named, record, trip, wire } from '../fixture.ts';

const waiting = 'Waiting for messages. Ctrl-C ends.\n';

test('[CLI11] [CLI1] tail prints every message once and in order, until it is interrupted', async (t) => {
  const desk = await Desk.open(t, [wire(chat), trip]);
  const { ended } = await desk.begin(['tail', '--json'], () => desk.chatter.text === waiting);
  await desk.client.push(record(chat, 1), record(chat, 2), record(chat, 2), named(trip, 'River trip'));
  await desk.client.push(record(trip.conversation_id, 2, { content: 'to all' }), record(chat, 3));
  await desk.waits();
  desk.interrupt();
  assert.equal(await ended, 130);
  const printed = desk.objects.map(({ conversation_id, content }) => [conversation_id, content]);
  assert.deepEqual(
    printed.filter(([id]) => id === chat).map(([, content]) => content),
    ['text 1', 'text 2', 'text 3'],
  );
  assert.deepEqual(
    printed.filter(([id]) => id === trip.conversation_id).map(([, content]) => content),
    ['to all'],
  );
  assert.equal(desk.chatter.text, waiting);
});

test('[CLI11] of one conversation it prints that one only, and says where in the others', async (t) => {
  const desk = await Desk.open(t, [wire(chat), trip]);
  await desk.client.push(named(trip, 'River\ntrip'));
  const all = await desk.begin(['tail'], () => desk.chatter.text === waiting);
  await desk.client.push(record(chat, 1), record(trip.conversation_id, 2, { content: 'to all' }));
  await desk.waits();
  desk.interrupt();
  assert.equal(await all.ended, 130);
  assert.match(desk.output.text, / Ben: text 1\n/);
  assert.match(desk.output.text, / \[River trip\] Ben: to all\n/);

  const one = await Desk.open(t, [wire(chat), trip]);
  const only = await one.begin(['tail', chat], () => one.chatter.text === waiting);
  await one.client.push(record(trip.conversation_id, 1, { content: 'to all' }), record(chat, 1));
  await one.waits();
  one.interrupt();
  assert.equal(await only.ended, 130);
  assert.equal(one.output.lines.length, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, Desk, desk as helpDesk, named, trip, wire } from '../fixture.ts';

test('[CLI18] conversations are listed as other commands take them', async (t) => {
  const desk = await Desk.open(t, [wire(chat), trip, helpDesk]);
  await desk.client.push(named(trip, 'River trip'));
  assert.equal(await desk.run('conversations', '--json'), 0);
  assert.deepEqual(new Set(desk.objects.map(({ name }) => name)), new Set(['@ben', '#River trip', '#Help desk', 'me']));
});

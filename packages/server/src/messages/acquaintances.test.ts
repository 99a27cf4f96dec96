// Whose keys may be known: over a real sequencer, with direct conversations, requests, groups and rooms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountOf } from '../sequencer/stage.ts';
import { ana, ben, cem, dia, Exchange } from './fixture.ts';

const among = async (exchange: Exchange, account: typeof ana, sharing?: 'present' | 'past') =>
  [...(await exchange.messages.acquaintances.among(account, [ana, ben, cem, dia], sharing))].sort();

test('[ENC16] who shares a direct or group conversation is known, an open request among them', async () => {
  await using exchange = await Exchange.open();
  assert.deepEqual(await among(exchange, ana), [ana]);
  await exchange.direct(ana, ben, false);
  assert.deepEqual(await among(exchange, ana), [ana, ben].sort());
  assert.deepEqual(await among(exchange, ben), [ana, ben].sort());
  await exchange.make('group', [cem, ana]);
  assert.deepEqual(await among(exchange, ana), [ana, ben, cem].sort());
  assert.deepEqual(await among(exchange, ben), [ana, ben].sort());
});

test('[ENC16] rooms and notes to self make nobody known', async () => {
  await using exchange = await Exchange.open();
  await exchange.make('room', [ana, ben, cem]);
  await exchange.direct(ana, ana);
  assert.deepEqual(await among(exchange, ana), [ana]);
  assert.deepEqual(await among(exchange, ana, 'past'), [ana]);
});

test('[ENC16] who has left is known for what was said before only', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben, cem]);
  await exchange.change(group, ben, { action: 'leave' });
  assert.deepEqual(await among(exchange, ana), [ana, cem].sort());
  assert.deepEqual(await among(exchange, ben), [ben]);
  assert.deepEqual(await among(exchange, ana, 'past'), [ana, ben, cem].sort());
  assert.deepEqual(await among(exchange, ben, 'past'), [ana, ben, cem].sort());
  assert.deepEqual(await among(exchange, dia, 'past'), [dia]);
});

test('[ENC244] who has not answered a request is only asked, unless a group is shared', async () => {
  await using exchange = await Exchange.open();
  const { acquaintances } = exchange.messages;
  const asked = async (account: typeof ana) => [...(await acquaintances.asked(account, [ana, ben, cem, dia]))].sort();
  await exchange.direct(ana, ben, false);
  await exchange.direct(ana, cem, false);
  await exchange.direct(ana, dia);
  assert.deepEqual(await asked(ana), [ben, cem].sort());
  assert.deepEqual(await asked(ben), [], 'whoever was asked may answer');
  await exchange.make('group', [dia, ana, cem]);
  assert.deepEqual(await asked(ana), [ben]);
});

test('[ENC16] the same holds for what the store has and memory has not', async () => {
  await using exchange = await Exchange.open();
  await exchange.make('group', [ana, ben]);
  await exchange.direct(ana, cem);
  await exchange.commit();
  await using again = await exchange.restart();
  assert.deepEqual(await among(again, ana), [ana, ben, cem].sort());
});

test('[ENC31] everybody who shares a conversation hears of a change, at most so many', async () => {
  await using exchange = await Exchange.open();
  await exchange.direct(ana, ben);
  const many = Array.from({ length: 20 }, (_, n) => accountOf(10 + n));
  await exchange.make('group', [ana, ...many]);
  await exchange.make('room', [ana, cem]);
  const { acquaintances } = exchange.messages;
  assert.deepEqual([...(await acquaintances.of(ana, 100))].sort(), [ana, ben, ...many].sort());
  const some = await acquaintances.of(ana, 5);
  assert.equal(some.length, 5);
  assert.equal(some[0], ana);
  assert.deepEqual(await acquaintances.of(cem, 100), [cem]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxWaiters, settledMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { ana, ben, cem, Exchange, settle } from './fixture.ts';

test('[SND9] a change is answered with what became of it', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const { appender } = exchange.messages;
  const act = { conversation: group, device: null };
  assert.deepEqual(await appender.change({ ...act, sender: ana }, { action: 'add', subject: cem, role: 'member' }), {
    ok: true,
    value: 2,
  });
  assert.deepEqual(await appender.change({ ...act, sender: ben }, { action: 'remove', subject: ana }), {
    ok: false,
    code: 'conversation.role',
  });
});

test('[SND9] the same record again has the same outcome', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const id = exchange.id();
  const act = { conversation: group, sender: ana, device: null, id };
  const change = { action: 'add', subject: cem, role: 'member' } as const;
  const outcomes = [
    await exchange.messages.appender.change(act, change),
    await exchange.messages.appender.change(act, change),
  ];
  assert.deepEqual(outcomes, [
    { ok: true, value: 2 },
    { ok: true, value: 2 },
  ]);
});

test('[SND9] a change without a verdict is unavailable after 10 s', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const append = exchange.log.append.bind(exchange.log);
  exchange.log.append = () => new Promise(() => {});
  const changing = exchange.messages.appender.change(
    { conversation: group, sender: ana, device: null },
    { action: 'add', subject: cem, role: 'member' },
  );
  const failed = assert.rejects(changing, { name: 'Unavailable' });
  await settle();
  exchange.clock.advance(settledMs);
  await failed;
  exchange.log.append = append;
});

test('[SND9] a change that could not be appended leaves nobody waiting', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const append = exchange.log.append.bind(exchange.log);
  exchange.log.append = () => Promise.reject(new Unavailable('the disk is full'));
  const act = { conversation: group, sender: ana, device: null };
  for (let i = 0; i < maxWaiters; i++)
    await assert.rejects(exchange.messages.appender.change(act, { action: 'leave' }), { message: 'the disk is full' });
  exchange.log.append = append;
  assert.ok((await exchange.messages.appender.change(act, { action: 'leave' })).ok);
});

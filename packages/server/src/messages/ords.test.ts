import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxHeldOrds } from '../kernel/limits.ts';
import type { Rows } from '../store/store.ts';
import { ana, ben, Exchange } from './fixture.ts';
import { Ords } from './ords.ts';

test('[HIS16] the ord of a message is read once, and that of none yet again', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const seq = await exchange.say(ana, group);
  let reads = 0;
  const rows: Rows = {
    get(table, key) {
      reads++;
      return exchange.sequencer.rows.get(table, key);
    },
    list: (table, range) => exchange.sequencer.rows.list(table, range),
  };
  const ords = new Ords(rows);
  assert.deepEqual([await ords.at(group, seq), await ords.at(group, seq), reads], [1, 1, 1]);
  assert.deepEqual([await ords.at(group, 0), reads], [0, 1]);
  assert.equal(await ords.at(group, seq + 1), 0);
  await exchange.say(ben, group);
  assert.deepEqual([await ords.at(group, seq + 1), reads], [2, 3]);
});

test('[HIS16] ords at hand are bounded', async () => {
  const row = { ord: 1 };
  const rows = { get: async () => row, list: async () => [] } as unknown as Rows;
  const ords = new Ords(rows);
  for (let seq = 1; seq <= maxHeldOrds + 1; seq++) await ords.at('c_x' as never, seq);
  assert.equal(ords.size, maxHeldOrds);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationId, clearKey } from '@parley/protocol';
import { stateTrustMs } from '../kernel/engine-limits.ts';
import { maxHeldCleared } from '../kernel/limits.ts';
import { accountOf, HandClock } from '../sequencer/stage.ts';
import type { Rows, SettingRow } from '../store/store.ts';
import { Cleared } from './cleared.ts';
import { ana, ben } from './fixture.ts';
import { HeardBus } from './heard-bus-fixture.ts';
import { Settings } from './settings.ts';

const chat = `c_${'c'.repeat(22)}` as ConversationId;

/** Settings over rows that say how often they were read. */
function set() {
  const clock = new HandClock();
  const bus = new HeardBus(() => {});
  const asked: PromiseWithResolvers<SettingRow | undefined>[] = [];
  const rows = {
    get() {
      const answer = Promise.withResolvers<SettingRow | undefined>();
      asked.push(answer);
      return answer.promise;
    },
    list: async () => [],
  } as unknown as Rows;
  const settings = new Settings(rows, bus, clock);
  const row = (value: string): SettingRow => ({ account: ana, key: clearKey(chat), value, seq: 1 });
  /** Asks, and answers what is read. */
  const ask = async (value: string) => {
    const reads = asked.length;
    const answer = settings.clearedUpTo(ana, chat);
    asked[reads]?.resolve(row(value));
    return { seq: await answer, reads: asked.length - reads };
  };
  return { clock, bus, settings, asked, row, ask };
}

test('[HIS16] what was cleared is read once for all devices, and again after the account has set anything', async () => {
  const { bus, ask } = set();
  assert.deepEqual(await ask('7'), { seq: 7, reads: 1 });
  assert.deepEqual(await ask('8'), { seq: 7, reads: 0 });
  bus.publish({ type: 'settings', account: ben });
  assert.deepEqual(await ask('8'), { seq: 7, reads: 0 });
  bus.publish({ type: 'settings', account: ana });
  assert.deepEqual(await ask('9'), { seq: 9, reads: 1 });
});

test('[HIS16] what was cleared is read again when hints may have been lost, and after five seconds', async () => {
  const { bus, clock, ask } = set();
  await ask('7');
  bus.publish({ type: 'resync', topics: null });
  assert.deepEqual(await ask('8'), { seq: 8, reads: 1 });
  clock.advance(stateTrustMs);
  assert.deepEqual(await ask('9'), { seq: 9, reads: 1 });
});

test('[HIS16] what was read before something was set is not held', async () => {
  const { bus, settings, asked, row, ask } = set();
  const early = settings.clearedUpTo(ana, chat);
  bus.publish({ type: 'settings', account: ana });
  asked[0]?.resolve(row('7'));
  assert.equal(await early, 7);
  assert.deepEqual(await ask('8'), { seq: 8, reads: 1 });
});

test('[HIS16] what is held of clearings is bounded: who was read longest ago goes', () => {
  const cleared = new Cleared(new HandClock());
  for (let n = 0; n <= maxHeldCleared; n++) cleared.hold(accountOf(n), chat, n);
  assert.equal(cleared.size, maxHeldCleared);
  assert.deepEqual([cleared.of(accountOf(0), chat), cleared.of(accountOf(1), chat)], [undefined, 1]);
});

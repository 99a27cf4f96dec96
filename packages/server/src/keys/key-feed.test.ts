// The list of key changes as a node follows it: bounded memory, and faults that are made up for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { LocalBus } from '../bus/local-bus.ts';
import type { KeyChangeRow } from '../directory/keys.ts';
import { accountId } from '../gateway/fixture.ts';
import { keyChangesPollMs, maxKeysHinted, maxRecentDeviceEnds } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { KeyFeed } from './key-feed.ts';

function set() {
  const clock = new ManualClock();
  const rows: KeyChangeRow[] = [];
  const faults: string[] = [];
  const told: number[] = [];
  const asked: number[] = [];
  const state = { failing: false, lost: false, questions: 0 };
  const feed = new KeyFeed({
    keys: {
      changes: async (after, limit) => {
        if (state.failing) throw new Unavailable('the directory is away');
        const above = after === null ? [] : rows.slice(rows.findIndex(({ n }) => n > after));
        const none = after !== null && (rows.at(-1)?.n ?? 0) <= after;
        return { rows: none ? [] : above.slice(0, limit), head: rows.at(-1)?.n ?? 0 };
      },
      revokedAfter: async (accounts) => {
        state.questions++;
        return accounts;
      },
    },
    acquaintances: {
      of: async (account, most) => {
        if (state.lost) throw new Unavailable('the store is away');
        asked.push(most);
        return [account];
      },
    },
    tell: (to) => told.push(to.length),
    bus: new LocalBus((error) => assert.fail(String(error))),
    clock,
    events: { fault: (where) => faults.push(where) },
  });
  const end = (count: number) => {
    for (let n = 0; n < count; n++)
      rows.push({ n: rows.length + 1, account: accountId(rows.length), change: 'revoked' });
  };
  const poll = async () => {
    clock.advance(keyChangesPollMs);
    for (let n = 0; n < 100; n++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, feed, end, poll, state, faults, told, asked };
}
const only = (n: number): ReadonlyMap<AccountId, null> => new Map([[accountId(n), null]]);

test('[ENC32] only so many ends are known by heart; of older ones the directory is asked', async () => {
  const { feed, end, poll, state } = set();
  await feed.start();
  end(maxRecentDeviceEnds);
  await poll();
  assert.equal(feed.head, maxRecentDeviceEnds);
  assert.equal(feed.peekEnded(only(0), 0), true);
  end(1);
  await poll();
  assert.equal(feed.peekEnded(only(0), 0), undefined);
  assert.equal(await feed.endedSince(only(0), 0), true);
  assert.equal(state.questions, 1);
  assert.equal(feed.peekEnded(only(0), 1), false);
  assert.equal(feed.peekEnded(only(1), 1), true);
  assert.equal(await feed.endedSince(only(1), 1), true);
  assert.equal(state.questions, 1);
  feed.stop();
});

test('[ENC31] a list that cannot be read is read again, and nothing in it is skipped', async () => {
  const { feed, end, poll, state, faults, told, asked } = set();
  await feed.start();
  state.failing = true;
  end(3);
  await poll();
  assert.deepEqual([feed.head, faults.length >= 1, told], [0, true, []]);
  state.failing = false;
  await poll();
  assert.deepEqual([feed.head, told], [3, [3]]);
  assert.deepEqual(asked, [maxKeysHinted, maxKeysHinted, maxKeysHinted]);
  state.lost = true;
  end(2);
  await poll();
  assert.deepEqual([feed.head, told], [5, [3]], 'nobody could be told');
  state.lost = false;
  await poll();
  assert.deepEqual(told, [3, 2]);
  feed.stop();
});

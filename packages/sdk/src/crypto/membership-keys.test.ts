// What member lists get of keys that are only just being made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountId } from '../fixture.ts';
import type { KeyMachine } from './key-machine.ts';
import { membershipKeys } from './membership-keys.ts';

const me = accountId(1);

/** A machine whose identity is there after so many starts. */
function machine(after: number) {
  let starts = 0;
  const keys: Pick<KeyMachine, 'identities' | 'start'> = {
    identities: async () =>
      starts < after ? [] : [{ account: me, fingerprint: 'the key', state: 'confirmed', code: null } as never],
    start: async () => (++starts < after ? 'needs_linking' : 'ready'),
  };
  return {
    keys: membershipKeys(
      async () => keys as KeyMachine,
      () => me,
    ),
    starts: () => starts,
  };
}

test('[MEM25] who has just signed up signs with the identity that is made meanwhile', async () => {
  const fresh = machine(1);
  assert.deepEqual([await fresh.keys.ownKey(), fresh.starts()], ['the key', 1]);
  assert.deepEqual([await fresh.keys.ownKey(), fresh.starts()], ['the key', 1], 'once it is there nothing is started');
});

test('[MEM25] a device that is not linked has no key to sign with', async () => {
  const { keys } = machine(3);
  assert.equal(await keys.ownKey(), null);
});

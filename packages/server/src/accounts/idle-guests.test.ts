import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestIdleMs, guestSweepMs } from '../kernel/limits.ts';
import { TestAccounts } from './fixture.ts';

test('[ACC13] a guest that was not connected for thirty days is deleted, and nobody else', async () => {
  const server = new TestAccounts();
  const person = await server.join('ana');
  const [gone, back] = [await server.guest(), await server.guest()];
  server.clock.advance(guestIdleMs - 1);
  server.accounts.lastSeen.seen(back.device);
  assert.equal(await server.accounts.idleGuests.sweep(), 0);
  server.clock.advance(1);
  assert.equal(await server.accounts.idleGuests.sweep(), 1);
  const exist = [person, gone, back].map(({ account }) => server.accounts.accountExists(account));
  assert.deepEqual(await Promise.all(exist), [true, false, true]);
  assert.equal(await server.tokenState(gone.token), 'auth.required');
  assert.ok(server.conversations.left.has(gone.account), 'it has left its rooms');
  assert.equal(await server.accounts.idleGuests.sweep(), 0);
});

test('[ACC13] idle guests are sought every few hours, until the end, also beyond one page of accounts', async () => {
  const server = new TestAccounts();
  for (let n = 0; n < 210; n++) await server.guest();
  server.accounts.idleGuests.start();
  await settle();
  assert.equal(server.conversations.left.size, 0);
  server.clock.advance(guestIdleMs);
  server.clock.advance(guestSweepMs);
  await settle();
  assert.equal(server.conversations.left.size, 210);
  await server.accounts.close();
});

/** Lets everything that only waits for promises happen. */
async function settle(): Promise<void> {
  for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve));
}

// Tells online devices that something about an account changed. A hint like every other: whoever misses it reads
// the same on its next start.
import type { AccountId, Notice } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';

/** Asks the devices of these accounts to read `topic` again, of `account` where it is another's. */
export function notify(bus: Bus, accounts: readonly AccountId[], topic: Notice['topic'], account?: AccountId): void {
  if (accounts.length === 0) return;
  const notice: Notice = { type: 'notice', topic, ...(account === undefined ? {} : { account }) };
  const frame = new TextEncoder().encode(JSON.stringify(notice));
  bus.publish({ type: 'accounts', accounts, frame, droppable: false });
}

// Presence as the gateways of a cluster share it: the sockets of a gateway that ends without a word stay for as long as its
// lease.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { Presence } from '../../packages/server/src/presence/presence.ts';
import type { Life } from './life.ts';
import type { WorldTime } from './timeline-clock.ts';

/** The sockets of a process that is gone are believed to be there for so long. Milliseconds. */
const leaseMs = 10_000;

/** What one gateway has of it. */
export function presenceOfGateway(shared: Presence, life: Life, time: WorldTime): Presence {
  const sockets: (readonly [AccountId, DeviceId])[] = [];
  life.onEnd(() => {
    for (const [account, device] of sockets)
      time.after(leaseMs, () => void shared.disconnected(account, device, leaseMs));
  });
  const own = life.fence(shared);
  return {
    connected(account, device) {
      if (!life.over) sockets.push([account, device]);
      return own.connected(account, device);
    },
    disconnected(account, device, silentMs) {
      const at = sockets.findIndex(([, each]) => each === device);
      if (!life.over && at >= 0) sockets.splice(at, 1);
      return own.disconnected(account, device, silentMs);
    },
    of: (accounts) => own.of(accounts),
    isOnline: (device) => own.isOnline(device),
    changed: (listener) => shared.changed((seen) => (life.over ? undefined : listener(seen))),
    async [Symbol.asyncDispose]() {},
  };
}

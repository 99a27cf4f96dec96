// Own devices: what they are, when they were there, and the end of one of them. Its sockets end everywhere within two
// seconds.
import type { Device } from '@parley/protocol';
import type { DeviceRow } from '../directory/directory.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { callerOf } from './callers.ts';
import { leaveIfStranded } from './leaving.ts';
import { mayEnd } from './new-devices.ts';
import { notify } from './notices.ts';
import type { Context } from './parts.ts';

export function createDevices(context: Context) {
  return {
    listDevices: async (call) => {
      const { account, device: current } = callerOf(call);
      const rows = await context.directory.devices.list(account);
      const items = await Promise.all(rows.map((row) => toDevice(context, row, row.device === current)));
      return ok({ items, has_more: false });
    },
    revokeDevice: async (call) => {
      const { account, device: by } = callerOf(call);
      const { bus, clock, directory, revocations } = context;
      const { device } = call.params;
      const end = { device, except: null, reason: 'revoked', time: clock.now() } as const;
      const rows = await directory.devices.list(account);
      const may = mayEnd(rows, by, { ended: (each) => each === device, now: end.time });
      if (!may.ok) return may;
      const ended = await directory.devices.end(account, end);
      if (ended.length === 0) return refuse('not_found');
      revocations.announce(ended, 'revoked');
      notify(bus, [account], 'devices');
      await leaveIfStranded(context, account);
      return ok({});
    },
  } satisfies Partial<Handlers>;
}

async function toDevice({ isOnline, lastSeen }: Context, row: DeviceRow, current: boolean): Promise<Device> {
  const { device, name, createdAt, oldTokenUsedAt } = row;
  const seenAt = lastSeen.timeOf(row);
  return {
    device,
    name,
    created_at: rfc3339(createdAt),
    ...(seenAt === null ? {} : { last_seen_at: rfc3339(seenAt) }),
    ...(oldTokenUsedAt === null ? {} : { old_token_used_at: rfc3339(oldTokenUsedAt) }),
    current,
    online: await isOnline(device),
  };
}

// What a device that has just been signed in may not do yet: end older ones, so that whoever has got hold of a password
// shuts nobody out before the owner has seen the new device. The recovery key is proof enough.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { DeviceRow } from '../directory/directory.ts';
import { newDeviceMs } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { Context } from './parts.ts';

/** May this device end those? One that came with it or after it, and itself, it always may. */
export function mayEnd(
  rows: readonly DeviceRow[],
  by: DeviceId,
  { ended, now }: { readonly ended: (device: DeviceId) => boolean; readonly now: number },
): Result<null, 'device.too_new'> {
  const own = rows.find(({ device }) => device === by);
  if (own === undefined || own.provedAt !== null) return ok(null);
  const wait = Math.min(newDeviceMs, own.createdAt + newDeviceMs - now);
  const isOlder = rows.some(({ device, createdAt }) => ended(device) && createdAt < own.createdAt);
  return isOlder && wait > 0 ? refuse('device.too_new', { retry_after_ms: wait }) : ok(null);
}

/** Somebody who is signed in, with a proof of the recovery key. */
export interface DeviceProof {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly proves: () => Promise<boolean>;
}

/** The device has the recovery key: it counts as an old one. A few tries at a time, counted with those of passwords. */
export async function proveDevice(
  { clock, directory, limits }: Pick<Context, 'clock' | 'directory' | 'limits'>,
  { account, device, proves }: DeviceProof,
): Promise<Result<Record<string, never>, 'auth.refused' | 'rate.limited'>> {
  const allowed = await limits.confirm(account);
  if (!allowed.ok) return allowed;
  if (!(await proves())) return refuse('auth.refused');
  await allowed.value.passed();
  await directory.devices.touch([{ device, provedAt: clock.now() }]);
  return ok({});
}

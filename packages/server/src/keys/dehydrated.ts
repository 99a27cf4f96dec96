// The device that receives while the others are off: its private half is sealed, its public keys are like any device's.
// Promise: it is the account's own, signed by itself and by the identity, and named after a key of its own.

import type { RouteBody } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { Caller, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { checkDevice, checkOneTime } from './device-keys.ts';
import type { KeysContext } from './parts.ts';
import { isSignedBy, userOf } from './signed.ts';
import { queuePage } from './to-device.ts';
import { selfSigners } from './upload.ts';

export function createDehydrated(context: KeysContext) {
  const { bus, clock, directory } = context;
  const { dehydrated } = directory;
  return {
    putDehydratedDevice: async (call) => {
      const caller = callerOf(call);
      const keys = await check(context, caller, call.body);
      if (!keys.ok) return keys;
      const { device, data } = call.body;
      const put = await dehydrated.put(caller.account, { device, data, createdAt: clock.now() }, keys.value);
      if (put !== 'done') return refuse(put === 'taken' ? 'keys.changed' : 'auth.required');
      bus.publish({ type: 'keys' });
      return ok({});
    },
    getDehydratedDevice: async (call) => {
      const row = await dehydrated.get(callerOf(call).account);
      if (row === undefined) return refuse('not_found');
      return ok({ device: row.device, data: row.data, created_at: rfc3339(row.createdAt) });
    },
    listDehydratedEvents: async (call) => {
      const { device, after = 0 } = call.query;
      const row = await dehydrated.get(callerOf(call).account);
      return row?.device === device ? ok(await queuePage(context, device, after)) : refuse('not_found');
    },
    deleteDehydratedDevice: async (call) => {
      await dehydrated.drop(callerOf(call).account);
      bus.publish({ type: 'keys' });
      return ok({});
    },
  } satisfies Partial<Handlers>;
}

type Checked = Parameters<KeysContext['directory']['dehydrated']['put']>[2];

async function check(
  context: KeysContext,
  { account }: Caller,
  { device, device_keys: given, one_time_keys: oneTime, fallback_key: fallback }: RouteBody<'putDehydratedDevice'>,
): Promise<Result<Checked, 'keys.invalid'>> {
  const [vouching] = await selfSigners(context, account);
  if (vouching === undefined || given.dehydrated !== true || !Object.values(given.keys).includes(device))
    return refuse('keys.invalid');
  const own = checkDevice(given, { account, device }, [vouching]);
  if (own === null || !isSignedBy(given, userOf(account), vouching)) return refuse('keys.invalid');
  const { signer, json } = own;
  const rows = checkOneTime(oneTime, { account, signer, fallback: false });
  const last = checkOneTime(fallback === undefined ? [] : [fallback], { account, signer, fallback: true });
  if (rows === null || last === null) return refuse('keys.invalid');
  return ok({ json, oneTime: rows, fallback: last[0] ?? null });
}

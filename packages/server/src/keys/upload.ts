// A device publishes its keys: those that it is known by, once and for ever, and those that others begin sessions with.
// Promise: nothing is stored that is not the device's own, strong and signed by itself.
import type { DeviceKeys, IdentityKey, KeyCounts, RouteBody } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { OneTimeKeyRow } from '../directory/keys.ts';
import type { Caller, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { type CheckedDevice, checkDevice, checkOneTime, deviceSigner } from './device-keys.ts';
import type { KeysContext } from './parts.ts';
import { type Signer, signerOf } from './signed.ts';

type Refusal = 'auth.required' | 'keys.invalid' | 'keys.changed' | 'keys.too_many';

export function createUpload(context: KeysContext) {
  const { keys } = context.directory;
  return {
    uploadKeys: async (call) => {
      const caller = callerOf(call);
      const checked = await check(context, caller, call.body);
      if (!checked.ok) return checked;
      const stored = await store(context, caller, checked.value);
      return stored.ok ? ok(await countsOf(context, caller.device)) : stored;
    },
  } satisfies Partial<Handlers>;

  async function store(
    { bus }: KeysContext,
    { account, device }: Caller,
    { own, oneTime, fallback }: Checked,
  ): Promise<Result<null, Refusal>> {
    if (own !== null) {
      const put = await keys.putDevice({ account, device, json: own.json });
      if (put === 'changed') return refuse('keys.changed');
      if (put === 'gone') return refuse('auth.required');
      if (put === 'done') bus.publish({ type: 'keys' });
    }
    if (oneTime.length > 0) {
      const added = await keys.addOneTime(device, oneTime, wire.maxOneTimeKeys);
      if (added === 'changed') return refuse('keys.changed');
      if (added === 'full') return refuse('keys.too_many');
      if (added === 'gone') return refuse('auth.required');
    }
    if (fallback !== null && (await keys.setFallback(device, fallback)) === 'gone') return refuse('auth.required');
    return ok(null);
  }
}

/** How many keys the device has left here. */
export async function countsOf(
  { directory }: Pick<KeysContext, 'directory'>,
  device: Caller['device'],
): Promise<KeyCounts> {
  const { oneTime, fallbackUnused } = await directory.keys.counts(device);
  return { one_time_keys: oneTime, fallback_unused: fallbackUnused };
}

/** Who signs for the devices of an account: its self-signing key, where it has an identity. */
export async function selfSigners(
  { directory }: Pick<KeysContext, 'directory'>,
  account: Caller['account'],
): Promise<readonly Signer[]> {
  const [identity] = await directory.keys.identities([account]);
  const signer = identity === undefined ? null : identitySigner(JSON.parse(identity.selfSigning) as IdentityKey);
  return signer === null ? [] : [signer];
}

/** Who signs with a key of an identity: its one key, under its own name. */
export function identitySigner({ keys }: IdentityKey): Signer | null {
  const [[name, text] = ['', '']] = Object.entries(keys);
  return name === `ed25519:${text}` ? signerOf(text, text) : null;
}

interface Checked {
  readonly own: CheckedDevice | null;
  readonly oneTime: readonly OneTimeKeyRow[];
  readonly fallback: OneTimeKeyRow | null;
}

/** Everything of an upload, before any of it is stored. */
async function check(
  context: KeysContext,
  caller: Caller,
  body: RouteBody<'uploadKeys'>,
): Promise<Result<Checked, Refusal>> {
  const { device_keys: given, one_time_keys: oneTime = [], fallback_key: fallback } = body;
  const own = given === undefined ? null : checkDevice(given, caller, await selfSigners(context, caller.account));
  if (given !== undefined && own === null) return refuse('keys.invalid');
  const kinds = { oneTime, fallback: fallback === undefined ? [] : [fallback] };
  if (kinds.oneTime.length + kinds.fallback.length === 0) return ok({ own, oneTime: [], fallback: null });
  const signer = own?.signer ?? (await storedSigner(context, caller));
  if (signer === null) return refuse('keys.invalid');
  const { account } = caller;
  const rows = checkOneTime(kinds.oneTime, { account, signer, fallback: false });
  const last = checkOneTime(kinds.fallback, { account, signer, fallback: true });
  if (rows === null || last === null) return refuse('keys.invalid');
  return ok({ own, oneTime: rows, fallback: last[0] ?? null });
}

async function storedSigner({ directory }: KeysContext, { account, device }: Caller): Promise<Signer | null> {
  const rows = await directory.keys.devices([account]);
  const row = rows.find((each) => each.device === device && !each.former);
  return row === undefined ? null : deviceSigner(JSON.parse(row.json) as DeviceKeys);
}

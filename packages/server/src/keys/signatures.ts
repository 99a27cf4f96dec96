// Signatures that are added: the identity vouches for a device, a device vouches for the identity. Signatures of other
// people's keys are not kept here: whom somebody has verified is nobody's business, so clients keep it sealed.
import type { DeviceKeys, IdentityKey } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { SignedRow } from '../directory/keys.ts';
import type { Caller, Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import { deviceSigner } from './device-keys.ts';
import { ownSigners } from './identity.ts';
import type { KeysContext } from './parts.ts';
import { keptJson, type Signed, type Signer, signedText, userOf } from './signed.ts';
import { selfSigners } from './upload.ts';

export function createSignatures(context: KeysContext) {
  const { bus, directory } = context;
  return {
    uploadSignatures: async (call) => {
      const caller = callerOf(call);
      const { devices = [], master_keys: masters = [] } = call.body;
      const added = [...(await ofDevices(caller, devices)), ...(await ofMasters(caller, masters))];
      if (added.includes(null)) return refuse('keys.invalid');
      const rows = added.filter((row) => row !== null && row.json !== row.before) as readonly SignedRow[];
      if (rows.length === 0) return ok({});
      if ((await directory.keys.addSignatures(rows)) === 'conflict') return refuse('keys.conflict');
      bus.publish({ type: 'keys' });
      return ok({});
    },
  } satisfies Partial<Handlers>;

  async function ofDevices(
    { account }: Caller,
    devices: readonly DeviceKeys[],
  ): Promise<readonly (SignedRow | null)[]> {
    if (devices.length === 0) return [];
    const rows = (await directory.keys.devices([account])).filter((row) => !row.former);
    const signers = await selfSigners(context, account);
    return devices.map((keys) => {
      const row = rows.find(({ device }) => device === keys.device_id);
      if (row === undefined) return null;
      const itself = deviceSigner(JSON.parse(row.json) as DeviceKeys);
      const json = itself === null ? null : merged(row.json, keys, userOf(account), [itself, ...signers]);
      return json === null ? null : { account, target: row.device, json, before: row.json };
    });
  }

  async function ofMasters({ account }: Caller, keys: readonly IdentityKey[]): Promise<readonly (SignedRow | null)[]> {
    if (keys.length === 0) return [];
    const [identity] = await directory.keys.identities([account]);
    const signers = await ownSigners(context, account);
    return keys.map((key) => {
      const json = identity === undefined ? null : merged(identity.master, key, userOf(account), signers);
      return json === null || identity === undefined
        ? null
        : { account, target: 'master', json, before: identity.master };
    });
  }
}

/** What is kept with the signatures that were given beside those it has; null: it is something else, or one is bad. */
function merged(before: string, given: Signed & object, user: string, signers: readonly Signer[]): string | null {
  const kept = JSON.parse(before) as Signed & object;
  if (signedText(kept) !== signedText(given)) return null;
  const signatures = { [user]: { ...kept.signatures?.[user], ...given.signatures?.[user] } };
  return keptJson({ ...kept, signatures }, user, signers);
}

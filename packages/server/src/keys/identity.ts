// The identity of an account: the keys that vouch for its devices and for other people. The first is free; another one
// is what somebody who took over a device would make, so it needs the password.
import { verify } from 'node:crypto';
import {
  type AccountId,
  type DeviceKeys,
  type FormerIdentity,
  formerIdentityText,
  type IdentityKey,
  type RouteBody,
} from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { IdentityRow } from '../directory/keys.ts';
import type { Caller, Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import { deviceSigner } from './device-keys.ts';
import type { KeysContext } from './parts.ts';
import { isSignedBy, keptJson, type Signer, signerOf, userOf } from './signed.ts';
import { identitySigner } from './upload.ts';

export function createIdentity(context: KeysContext) {
  const { accounts, bus, directory } = context;
  return {
    uploadIdentity: async (call) => {
      const caller = callerOf(call);
      const { account } = caller;
      const row = checkIdentity(call.body, caller, await ownSigners(context, account));
      if (row === null) return refuse('keys.invalid');
      const [present] = await directory.keys.identities([account]);
      if (present !== undefined) {
        // Its answer was lost on the way.
        if (isSame(present, row)) return ok({});
        const confirmed = await accounts.confirmPassword(account, call.body.password, call.signal);
        if (!confirmed.ok) return confirmed;
      }
      if ((await directory.keys.putIdentity(row)) === 'conflict') return refuse('keys.conflict');
      bus.publish({ type: 'keys' });
      return ok({});
    },
  } satisfies Partial<Handlers>;
}

/** Who may sign the master key of an account: its present devices. */
export async function ownSigners({ directory }: KeysContext, account: AccountId): Promise<readonly Signer[]> {
  const rows = (await directory.keys.devices([account])).filter((row) => !row.former);
  return rows.flatMap(({ json }) => deviceSigner(JSON.parse(json) as DeviceKeys) ?? []);
}

/** The identity as it is kept: of this account, each key for its own purpose, the others signed by the master key. */
function checkIdentity(
  body: RouteBody<'uploadIdentity'>,
  { account }: Caller,
  devices: readonly Signer[],
): IdentityRow | null {
  const { master_key, self_signing_key, user_signing_key, former_identities = [], version } = body;
  const user = userOf(account);
  const master = purposeSigner(master_key, user, 'master');
  if (master === null) return null;
  const below = (key: IdentityKey, purpose: string) =>
    purposeSigner(key, user, purpose) !== null && isSignedBy(key, user, master) ? keptJson(key, user, [master]) : null;
  const json = keptJson(master_key, user, devices);
  const selfSigning = below(self_signing_key, 'self_signing');
  const userSigning = below(user_signing_key, 'user_signing');
  const names = new Set([master_key, self_signing_key, user_signing_key].flatMap(({ keys }) => Object.keys(keys)));
  if (json === null || selfSigning === null || userSigning === null || names.size !== 3) return null;
  const former = former_identities.map((one) => checkFormer(one, account, master));
  if (former.includes(null)) return null;
  return { account, version, master: json, selfSigning, userSigning, former: `[${former.join()}]` };
}

/** One before it as it is kept: by the word of the new master key, and with a key that its own master key signed. */
function checkFormer(
  { master_key, self_signing_key, signature }: FormerIdentity,
  account: AccountId,
  present: Signer,
): string | null {
  const user = userOf(account);
  const [master, text] = [signerOf(master_key, master_key), formerIdentityText(account, master_key, nameIn(present))];
  if (master === null || text === null || purposeSigner(self_signing_key, user, 'self_signing') === null) return null;
  if (!verify(null, Buffer.from(text), present.key, Buffer.from(signature, 'base64'))) return null;
  if (!isSignedBy(self_signing_key, user, master)) return null;
  const kept = keptJson(self_signing_key, user, [master]);
  return kept && `{"master_key":"${master_key}","self_signing_key":${kept},"signature":"${signature}"}`;
}

/** The key of a signer that is named after it. */
function nameIn({ name }: Signer): string {
  return name.slice('ed25519:'.length);
}

function purposeSigner(key: IdentityKey, user: string, purpose: string): Signer | null {
  return key.user_id === user && key.usage.length === 1 && key.usage[0] === purpose ? identitySigner(key) : null;
}

/** The same keys; signatures may have been added since. */
function isSame(a: IdentityRow, b: IdentityRow): boolean {
  const keysOf = ({ master, selfSigning, userSigning }: IdentityRow) =>
    JSON.stringify([master, selfSigning, userSigning].map((json) => (JSON.parse(json) as IdentityKey).keys));
  return a.version === b.version && keysOf(a) === keysOf(b);
}

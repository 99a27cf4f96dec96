// Keys of others, for those who share a conversation with them. Promise: somebody who may not be known is left out as
// somebody who does not exist is; the key with which an account signs other people is seen by itself only.
import type { AccountId, AccountKeys, DeviceKeys, FormerIdentity, IdentityKey } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { DeviceKeysRow, IdentityRow } from '../directory/keys.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok } from '../kernel/result.ts';
import type { KeysContext } from './parts.ts';

export function createQuery({ acquaintances, directory }: KeysContext) {
  return {
    queryKeys: async (call) => {
      const { account: asker } = callerOf(call);
      // Read first: what changes meanwhile is told again rather than not at all.
      const { head: n } = await directory.keys.changes(null, 1);
      const known = await acquaintances.among(asker, call.body.accounts, 'past');
      const accounts = [...new Set(call.body.accounts)].filter((account) => known.has(account));
      if (accounts.length === 0) return ok({ items: [], n });
      const devices = Map.groupBy(await directory.keys.devices(accounts), ({ account }) => account);
      const identities = new Map((await directory.keys.identities(accounts)).map((row) => [row.account, row]));
      const items = accounts.map((account) =>
        keysOf({ account, devices: devices.get(account) ?? [], identity: identities.get(account) }, asker),
      );
      return ok({ items, n });
    },
  } satisfies Partial<Handlers>;
}

interface Rows {
  readonly account: AccountId;
  /** Oldest first. */
  readonly devices: readonly DeviceKeysRow[];
  readonly identity: IdentityRow | undefined;
}

function keysOf({ account, devices, identity }: Rows, asker: AccountId): AccountKeys {
  const parsed = (rows: readonly DeviceKeysRow[]) => rows.map(({ json }) => JSON.parse(json) as DeviceKeys);
  const former = devices.filter((row) => row.former).toReversed();
  return {
    account,
    devices: parsed(devices.filter((row) => !row.former)),
    former_devices: parsed(former.slice(0, wire.maxFormerDevices)),
    ...(identity === undefined ? {} : identityOf(identity, account === asker)),
    identity_version: identity?.version ?? 0,
  };
}

function identityOf(row: IdentityRow, isOwn: boolean) {
  const parsed = (json: string) => JSON.parse(json) as IdentityKey;
  const former = JSON.parse(row.former) as readonly FormerIdentity[];
  return {
    master_key: parsed(row.master),
    self_signing_key: parsed(row.selfSigning),
    ...(former.length > 0 && { former_identities: [...former] }),
    ...(isOwn ? { user_signing_key: parsed(row.userSigning) } : {}),
  };
}

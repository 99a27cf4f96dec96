// What an embedded directory has → rows of the owners in Cassandra, as `directory/cassandra-*.ts` keeps them. Pure.
import { type AccountId, type DeviceId, limits as wire } from '@parley/protocol';
import { deviceEntry, keysEntry } from '../directory/cassandra-account.ts';
import { padded } from '../directory/cassandra-owners.ts';
import type { Entry } from '../directory/cassandra-slices.ts';
import type { BackupRow, ToDeviceRow } from '../directory/keys.ts';
import type { WholeAccount, WholePool } from './directory-source.ts';
import { movedVersion } from './owned-rows.ts';

/** Rows of the owner of an account; its root is the row of the account itself. */
export function accountEntries(whole: WholeAccount): readonly Entry[] {
  const { devices, identity, vault, dehydrated, invites, redemptions, changes } = whole;
  return [
    ...devices.map(deviceEntry),
    ...keyEntries(whole),
    ...(identity === undefined ? [] : [{ kind: 'identity', key: '', value: identity }]),
    ...vault.map((item) => ({ kind: 'vault', key: item.name, value: item })),
    ...(dehydrated === undefined ? [] : [{ kind: 'dehydrated', key: '', value: dehydrated }]),
    ...invites.map((invite) => ({ kind: 'invite', key: invite.invite, value: invite })),
    ...redemptions.map(({ invite, account }) => ({
      kind: 'redemption',
      key: `${invite} ${account}`,
      value: { invite, account, outcome: 'used', claim: null },
    })),
    ...changes.map(({ change, n }) => ({ kind: 'change', key: change, value: n })),
  ];
}

/** Every id of a device that is or was the account's. */
export function devicesOf({ devices, keys, dehydrated }: WholeAccount): ReadonlySet<DeviceId> {
  return new Set([...devices, ...keys, ...(dehydrated === undefined ? [] : [dehydrated])].map(({ device }) => device));
}

/** Their turns end before that of the next change. Of more former ones than are ever shown the id alone stays. */
function keyEntries({ keys }: WholeAccount): readonly Entry[] {
  const formers = keys.filter(({ state }) => state === 'former');
  const hidden = new Set(formers.slice(0, Math.max(0, formers.length - wire.maxFormerDevices)));
  return keys.map((each, i) => {
    const turn = movedVersion - keys.length + i;
    const { device, json, state } = each;
    if (state === 'spent' || hidden.has(each)) return { kind: 'spent', key: device, value: turn };
    return keysEntry({ device, json, state, turn });
  });
}

/** One-time keys of a device. `epoch`: of the last restore; those that it called in are among the given ones already. */
export function poolRows({ keys, fallback }: WholePool, epoch: number): { root: object; entries: readonly Entry[] } {
  const bare = keys.map(({ id, json, turn }) => ({ id, json, turn }));
  const free = bare.filter((_, i) => keys[i]?.given === 0);
  const given = bare.filter((_, i) => keys[i]?.given === 1);
  const last = fallback && { key: { id: fallback.id, json: fallback.json }, isUsed: fallback.used === 1 };
  return {
    root: { epoch, turn: Math.max(0, ...keys.map(({ turn }) => turn)) },
    entries: [
      ...free.map((value) => ({ kind: 'free', key: padded(value.turn), value })),
      ...given.map((value, i) => ({ kind: 'given', key: padded(1 + i), value })),
      ...(last === undefined ? [] : [{ kind: 'fallback', key: '', value: last }]),
    ],
  };
}

/** How much stands in a queue up to some row. */
export interface Sum {
  readonly count: number;
  readonly bytes: number;
}

/** Some rows of a queue, after those that are counted. */
export function queueEntries(rows: readonly (ToDeviceRow & { readonly n: number })[], before: Sum) {
  let { count, bytes } = before;
  const entries = rows.map(({ n, ...row }): Entry => {
    count += 1;
    bytes += row.content.length;
    return { kind: 'waiting', key: padded(n), value: { row, sum: { count, bytes } } };
  });
  return { entries, sum: { count, bytes } };
}

/** A room key of an account. */
export function roomKeyEntries(row: BackupRow & { readonly account: AccountId; readonly n: number }): readonly Entry[] {
  const { account: _, ...stored } = row;
  const { session, epoch, n } = row;
  return [
    { kind: 'session', key: session, value: { ...stored, at: movedVersion } },
    { kind: 'n', key: padded(n), value: { session, epoch, at: movedVersion } },
  ];
}

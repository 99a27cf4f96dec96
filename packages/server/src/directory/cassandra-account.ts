// An account as its partition holds it: the row itself is the root; devices with their tokens, and their public keys,
// stand beside it. What happens to them when devices end is worked out here, and written by who asked.
import { type AccountId, type DeviceId, limits as wire } from '@parley/protocol';
import type { Due } from './cassandra-dues.ts';
import { accountOwner, poolOwner, queueOwner, tokenPointer } from './cassandra-names.ts';
import type { Owners, Root, Write } from './cassandra-owners.ts';
import type { Entry, Ref } from './cassandra-slices.ts';
import type { AccountRow, Bearer, DeviceRow } from './directory.ts';
import type { DehydratedRow } from './keys.ts';

/** A token of a device, oldest first where they stand. */
export interface StoredToken {
  readonly hash: string;
  readonly state: Bearer['tokenState'];
}

export type StoredDevice = DeviceRow & { readonly tokens: readonly StoredToken[] };

/** Public keys; those of a device that was spent are no more, only its id is remembered. */
export interface StoredKeys {
  readonly device: DeviceId;
  readonly json: string;
  readonly state: 'present' | 'former' | 'spent';
  /** The change of the account that brought them: they sort by it. */
  readonly turn: number;
}

/** An account at one moment. */
export interface Account {
  readonly root: Root;
  readonly row: AccountRow;
  readonly devices: readonly StoredDevice[];
  readonly keys: readonly StoredKeys[];
  readonly dehydrated: DehydratedRow | null;
}

/** Rows that change when devices end, and what is due. */
export type Ends = Required<Pick<Write, 'put' | 'remove' | 'due'>> & { readonly pointers: readonly string[] };

/** Reads what can end, after its root. */
export async function accountOf(owners: Owners, owner: string, root: Root): Promise<Account> {
  const rows = await owners.slices.kinds(owner, ['dehydrated', 'device', 'keys']);
  const of = <T>(kind: string) => rows.filter((row) => row.kind === kind).map(({ value }) => value as T);
  return {
    root,
    row: root.value as AccountRow,
    devices: of<StoredDevice>('device').sort(byAge),
    keys: of<StoredKeys>('keys').sort((a, b) => a.turn - b.turn),
    dehydrated: of<DehydratedRow>('dehydrated')[0] ?? null,
  };
}

/** Devices are signed out: their public keys stay, as those of former ones, up to a bound. */
export function endDevices(account: Account, devices: readonly DeviceId[], from: number): Ends {
  const ending = new Set(devices);
  const ended = account.keys.filter((each) => each.state === 'present' && ending.has(each.device));
  const formers = account.keys
    .map((each) => (ended.includes(each) ? ({ ...each, state: 'former' } as const) : each))
    .filter((each) => each.state === 'former');
  const spent = formers.slice(0, Math.max(0, formers.length - wire.maxFormerDevices));
  const kept = formers.slice(spent.length).filter(({ device }) => ending.has(device));
  const gone = account.devices.filter(({ device }) => ending.has(device));
  const pointers = gone.flatMap(({ tokens }) => tokens.map(({ hash }) => tokenPointer(hash)));
  return {
    put: [...kept.map(keysEntry), ...spent.map(({ device, turn }) => spentEntry(device, turn))],
    remove: [...gone.map(({ device }): Ref => ['device', device]), ...spent.map(({ device }): Ref => ['keys', device])],
    due: [...revoked(account, ended.length > 0, from), ...closed(devices)],
    pointers,
  };
}

/** The device that received while the others were off is no more; only its id is remembered. */
export function endDehydrated(account: Account, from: number): Ends {
  const { dehydrated, keys } = account;
  if (dehydrated === null) return { put: [], remove: [], due: [], pointers: [] };
  const { device } = dehydrated;
  const turn = keys.find((each) => each.device === device)?.turn ?? 0;
  return {
    put: [spentEntry(device, turn)],
    remove: [
      ['dehydrated', ''],
      ['keys', device],
    ],
    due: [...revoked(account, true, from), ...closed([device])],
    pointers: [],
  };
}

export function keysEntry(keys: StoredKeys): Entry {
  return { kind: 'keys', key: keys.device, value: keys };
}

export function deviceEntry(device: StoredDevice): Entry {
  return { kind: 'device', key: device.device, value: device };
}

function spentEntry(device: DeviceId, turn: number): Entry {
  return { kind: 'spent', key: device, value: turn };
}

/** Whose keys those of this account are: entry of the list of changes. */
function revoked({ row }: Account, isNeeded: boolean, from: number): readonly Due[] {
  return isNeeded ? [{ type: 'change', from, account: row.account, change: 'revoked' }] : [];
}

function closed(devices: readonly DeviceId[]): readonly Due[] {
  if (devices.length === 0) return [];
  return [{ type: 'close', owners: devices.flatMap((each) => [poolOwner(each), queueOwner(each)]), devices }];
}

/** Several ends of one change. Of equal entries of the list of changes one is enough. */
export function together(...ends: readonly Ends[]): Ends {
  const due = ends.flatMap((each) => each.due);
  const isFirst = (one: Due, at: number) =>
    one.type !== 'change' || due.findIndex((other) => other.type === 'change' && other.change === one.change) === at;
  return {
    put: ends.flatMap((each) => each.put),
    remove: ends.flatMap((each) => each.remove),
    due: due.filter(isFirst),
    pointers: ends.flatMap((each) => each.pointers),
  };
}

/** The row of an account as of now, or undefined; a plain read. */
export async function rowOf(owners: Owners, account: AccountId): Promise<AccountRow | undefined> {
  return (await owners.slices.root(accountOwner(account)))?.value as AccountRow | undefined;
}

/** Is the account there, and not on its way out? */
export function isHere(row: AccountRow | undefined): boolean {
  return row?.state === 'active' || row?.state === 'disabled';
}

export function bareDevice(device: StoredDevice): DeviceRow {
  const { tokens: _, ...row } = device;
  return row;
}

function byAge(a: DeviceRow, b: DeviceRow): number {
  return a.createdAt - b.createdAt || (a.device < b.device ? -1 : 1);
}

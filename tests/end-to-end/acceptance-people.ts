// Who is in the acceptance tests, with one device or more, and where these are opened.
import assert from 'node:assert/strict';
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Device } from './acceptance-device.ts';

/** A device that stays until the place is closed. */
export interface Home {
  readonly device: Device;
  /** Opens it again from what it has kept; what was open before is closed. */
  again(): Promise<Device>;
  /** Its clock goes on so many days ahead. */
  later(days: number): Promise<Device>;
}

/** Where devices are opened. */
export interface Place {
  readonly url: string;
  /** Makes the account, or signs in to it: then it is another device. `timed`: its clock can be moved. */
  enter(way: 'signUp' | 'signIn', handle: string, kind?: 'timed'): Promise<Home>;
}

/** Somebody with a device or more. */
export interface Somebody {
  readonly name: string;
  readonly account: AccountId;
  readonly homes: Home[];
}

export const handleOf = ({ name }: Somebody): string => name;
export const deviceOf = ({ homes: [home] }: Somebody): Device => home?.device ?? assert.fail();

export async function somebody(place: Place, name: string, kind?: 'timed'): Promise<Somebody> {
  const home = await place.enter('signUp', name, kind);
  await home.device.stands('ready');
  await home.device.isOpen();
  return { name, account: await home.device.account(), homes: [home] };
}

/** New accounts, one after the other, whom anybody may add. */
export async function people<const N extends readonly string[]>(
  place: Place,
  story: string,
  names: N,
): Promise<{ readonly [K in keyof N]: Somebody }> {
  const all: Somebody[] = [];
  for (const name of names) all.push(await somebody(place, `${story}.${name}`));
  return all as unknown as { readonly [K in keyof N]: Somebody };
}

/** Another device that has the keys of the account. */
export async function secondDevice(place: Place, who: Somebody): Promise<void> {
  const words = await deviceOf(who).recoveryWords();
  const home = await place.enter('signIn', handleOf(who));
  await home.device.stands('needs_linking');
  await home.device.recover(words);
  await home.device.stands('ready');
  who.homes.push(home);
}

/** A group of these, in which everybody is and knows it. */
export async function groupOf(owner: Somebody, others: readonly Somebody[]): Promise<ConversationId> {
  const accounts = others.map(({ account }) => account);
  const group = await deviceOf(owner).group('Garden', accounts);
  for (const one of [owner, ...others])
    for (const { device } of one.homes) await device.counts(group, accounts.length + 1);
  return group;
}
